"""Ten thousand hostile expressions: none hangs, none kills, and each refusal has its reason."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gamification.expressions import BASKET_LINES_MAX, ExpressionFault, compile_expression
from tests.gamification.hostile import FAMILIES, hostile

EXPRESSIONS = 10_000
# Far above the 0.1 s that the worst took, and above the 4 s that all took together: they tell a
# hang from a busy machine.
HANG_S = 30.0
ALL_S = 300.0


def test_ten_thousand_hostile_expressions_neither_crash_nor_hang_and_say_why() -> None:
    child = [sys.executable, "-m", "tests.gamification.hostile_run", "0", str(EXPRESSIONS)]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(  # noqa: S603 -- our own Python and our own words
            child, cwd=root, capture_output=True, text=True, timeout=ALL_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        told = (error.stdout or b"").decode().split()
        pytest.fail(f"hung at {named(told[-1])}" if told else "never began")
    *told, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, ""), f"died at {named(last)}"
    assert len(told) == EXPRESSIONS
    found = json.loads(last)
    assert found["no_reason"] == []
    assert found["refused"] + found["failed"] + found["gave"] == EXPRESSIONS
    assert found["failed"] + found["gave"] >= EXPRESSIONS // 10, "many must reach the evaluator"
    slowest_s, number = found["slowest"]
    assert slowest_s < HANG_S, named(number)
    assert BASKET_LINES_MAX == 100


def named(number: str | int) -> str:
    return f"expression {number}: {hostile(int(number))!r}"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_each_family_comes_in_turn_and_is_refused_at_times(family: object) -> None:
    numbers = range(FAMILIES.index(family), 60 * len(FAMILIES), len(FAMILIES))  # type: ignore[arg-type]  # of pytest
    assert len({hostile(number) for number in numbers}) > len(numbers) // 3
    assert any(map(is_refused, map(hostile, numbers)))


def is_refused(source: str) -> bool:
    try:
        compile_expression(source)
    except ExpressionFault:
        return True
    return False
