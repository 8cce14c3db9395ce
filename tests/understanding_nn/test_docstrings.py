"""Learners try the examples of the docstrings: they must work, and every public function must have one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import solutions
import understanding_nn

MODULES = [
    module.name
    for package in (understanding_nn, solutions)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]


@pytest.mark.parametrize("name", ["understanding_nn", *MODULES])
def test_the_examples_work(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_and_class_has_an_example(name):
    module = importlib.import_module(name)
    for public, value in vars(module).items():
        if (
            not public.startswith("_")
            and inspect.isroutine(value) | inspect.isclass(value)
            and value.__module__ == name
        ):
            inherited = inspect.isclass(value) and issubclass(value, Exception)
            assert inherited or "Example:" in (inspect.getdoc(value) or ""), public


def test_there_are_examples_to_try():
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) > 20
