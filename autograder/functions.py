"""A solution module as text: its imports, its functions, and the earlier functions that it builds on."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from textwrap import indent

from autograder.errors import AssemblyError
from autograder.rooms import SOLUTIONS

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Function:
    """One function of a solution module, cut where a learner's work begins.

    Attributes:
        head: decorators, signature and docstring, as they stand in the module.
        body: the statements after the docstring.
    """

    name: str
    head: str
    body: str

    def whole(self) -> str:
        """The function as it stands in the module."""
        return f"{self.head}\n{self.body}"

    def with_markers(self) -> str:
        """The function with nbgrader's solution markers around its body."""
        return f"{self.head}\n    {BEGIN}\n{self.body}\n    {END}"


@dataclass(frozen=True)
class Module:
    """A solution module, as assembly needs it.

    Attributes:
        imports: its import statements, without those of other solutions.
        functions: its own functions, by name.
        given: sources of the functions of earlier solutions that it uses, in an order that runs.
    """

    stem: str
    imports: str
    functions: dict[str, Function]
    given: tuple[str, ...]

    def function(self, name: str) -> Function:
        """The function of that name.

        Raises:
            AssemblyError: the module has none.
        """
        if name not in self.functions:
            raise AssemblyError(
                f"exercises/{self.stem}.md asks for {name!r}, "
                f"but solutions/{self.stem}.py has: {', '.join(self.functions)}"
            )
        return self.functions[name]


def read(stem: str) -> Module:
    """Read `solutions/<stem>.py`."""
    path = SOLUTIONS / f"{stem}.py"
    source = path.read_text(encoding="utf-8")
    imports: list[str] = []
    own: dict[str, Function] = {}
    given: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions."):
            _add_given(
                given, imports, (node.module or "").removeprefix("solutions."), [alias.name for alias in node.names]
            )
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _add(imports, ast.unparse(node))
        elif isinstance(node, ast.FunctionDef):
            own[node.name] = _cut(node, source)
        elif not _is_docstring(node):
            raise AssemblyError(f"{path.name}:{node.lineno}: only imports and functions may stand at module level")
    return Module(stem, "\n".join(line for line in imports if "__future__" not in line), own, tuple(given))


def _add_given(given: list[str], imports: list[str], stem: str, names: list[str]) -> None:
    """Append the named functions of an earlier solution, what they call first."""
    earlier = read(stem)
    for line in earlier.imports.splitlines():
        _add(imports, line)
    for source in earlier.given:
        _add(given, source)
    wanted = set(names)
    while True:  # a named function may call others of its module
        called = {n for name in wanted for n in earlier.functions if _calls(earlier.function(name), n)}
        if called <= wanted:
            break
        wanted |= called
    for name, function in earlier.functions.items():
        if name in wanted:
            _add(given, function.whole())


def _calls(function: Function, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(function.whole())))


def _add(lines: list[str], line: str) -> None:
    if line not in lines:
        lines.append(line)


def _cut(node: ast.FunctionDef, source: str) -> Function:
    lines = source.splitlines()
    if len(node.body) < 2 or not _is_docstring(node.body[0]):
        raise AssemblyError(
            f"{node.name} (line {node.lineno}) needs a docstring and a body: learners see the one, write the other"
        )
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    end_of_docstring = node.body[0].end_lineno or 0
    head = "\n".join(lines[start:end_of_docstring])
    body = "\n".join(lines[end_of_docstring : node.end_lineno])
    return Function(node.name, head, body.strip("\n"))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def stub(function: Function, body: str) -> str:
    """The function with another body, given without indentation: how tests write a learner's answer."""
    return f"{function.head}\n{indent(body, '    ')}"
