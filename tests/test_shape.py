"""The shape of the code: small modules, small functions, few arguments."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "citiesforall"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES, MOST_STATEMENT_LINES, MOST_ARGUMENTS = 400, 40, 6


def body_lines(function):
    """Count the lines of a function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_and_functions_are_small(module):
    text = module.read_text("utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert body_lines(node) <= MOST_STATEMENT_LINES, node.name
            is_asked = module.parent.name == "cli" or module.name.endswith("_routes.py")
            if (
                not is_asked and module.name != "kernels.py"
            ):  # users' words; compiled loops take arrays one by one
                positional = [*node.args.posonlyargs, *node.args.args]
                assert len([a for a in positional if a.arg not in {"self", "cls"}]) <= MOST_ARGUMENTS, (
                    node.name
                )


def test_nothing_names_a_machine_or_a_path_of_one():
    for path in [*MODULES, *PACKAGE.rglob("*.toml")]:
        text = path.read_text("utf-8")
        assert "/home/" not in text, path
        assert "/root/" not in text, path
        assert "/work/" not in text, path
