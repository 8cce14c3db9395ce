# Understanding NN. `make course` sets everything up and serves it; `make test` runs every test. `make help` lists the rest.

PYTHON_IN_VENV := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE :=
export TF_CPP_MIN_LOG_LEVEL ?= 3
PORT ?= 8888
# Side by side; a file's tests stay together, for they share what is slow to start.
PYTEST := $(PYTHON_IN_VENV) -m pytest -n logical --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help course test check book release demo selftest format lock clean environment browser

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

course: environment book release ## set up, build the site, release the exercises, serve it all at one address
	@$(PYTHON_IN_VENV) -m autograder.server --port $(PORT)

test: environment book browser ## run every test
	@$(PYTEST)

check: environment ## lint, types, fast tests: what every commit passes
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m mypy
	@$(PYTEST) -q -m "not slow and not browser"

format: environment ## format the code
	@$(PYTHON_IN_VENV) -m ruff check --fix .
	@$(PYTHON_IN_VENV) -m ruff format .

book: environment ## build the site into _build/
	@$(PYTHON_IN_VENV) -m autograder.site build

release: environment ## release the exercises into classroom/
	@$(PYTHON_IN_VENV) -m autograder release --no-cases

demo: environment ## grade a small class of good, wrong and hostile notebooks, and look at the result
	@$(PYTHON_IN_VENV) -m autograder.demo

selftest: environment ## try to break out of the sandbox
	@$(PYTHON_IN_VENV) -m autograder selftest

lock: environment ## make requirements.txt anew from pyproject.toml, for all Pythons that we support
	@$(PYTHON_IN_VENV) -m uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras --upgrade \
		--custom-compile-command "make lock" --quiet pyproject.toml --output-file requirements.txt

clean: ## remove what was built; never touches classroom/ or work/
	@rm -rf _build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .venv
	@find autograder book exercises setup solutions tests understanding_nn -name __pycache__ -prune -exec rm -rf {} +

environment:
	@python=$$(sh setup/find-python) && "$$python" setup/environment.py

browser:
	@sh setup/browser
