"""Tests that can fail: each of them asserts something, itself or through a helper."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.tidy.files import python_files, shown, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Of pytest, hypothesis and playwright.
EXPECTS = {"raises", "warns", "run_state_machine_as_test", "expect"}


def called(function: ast.AST) -> set[str]:
    """The last names of all that a function calls."""
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {
        name.attr if isinstance(name, ast.Attribute) else name.id
        for name in calls
        if isinstance(name, ast.Attribute | ast.Name)
    }


def functions(module: ast.Module) -> Iterator[Function]:
    for node in ast.walk(module):
        if isinstance(node, Function):
            yield node


@cache
def asserting() -> frozenset[str]:
    """The names of the helpers that assert, or call one that does."""
    helpers = [function for path in python_files("tests") for function in functions(tree(path))]
    names = set(EXPECTS)
    while True:
        more = {
            function.name
            for function in helpers
            if function.name not in names and can_fail(function, names)
        }
        if not more:
            return frozenset(names)
        names |= more


def can_fail(function: Function, helpers: set[str] | frozenset[str]) -> bool:
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
    return asserts or bool(called(function) & helpers)


def test_every_test_can_fail() -> None:
    idle = [
        f"{shown(path, function.lineno)}: {function.name}"
        for path in python_files("tests")
        if path.name.startswith("test_")
        for function in functions(tree(path))
        if function.name.startswith("test_") and not can_fail(function, asserting())
    ]
    assert idle == []


def test_a_test_without_an_assertion_is_found() -> None:
    idle, busy = functions(ast.parse("def test_a(): print(1)\ndef test_b(): assert 1"))
    assert not can_fail(idle, asserting())
    assert can_fail(busy, asserting())
