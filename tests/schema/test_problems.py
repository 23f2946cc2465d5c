"""Refusals and problems agree: every code has its words, and every mutation can give its types."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, GraphQLUnionType, build_schema

from gamification.actions.scan_card import _REFUSALS as OF_CODES
from gamification.errors import Refusal
from schema.problems import InvalidInput, NotEnoughPoints
from schema.refusals import KINDS, problem_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("gamification", "notifications", "schema")
SCHEMA: GraphQLSchema = build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))
VOUCHER_STATES = ("captured", "lapsed", "withdrawn")  # the code is made from the state

# What each action can refuse beyond what its own file raises and its docstring names.
KEYED = {
    "IDEMPOTENCY_KEY_REQUIRED",
    "IDEMPOTENCY_CONFLICT",
    "TEXT_LENGTH",
    "TEXT_UNPRINTABLE",
}
TARGETED = {
    "FORBIDDEN",
    "VISIT_UNKNOWN",
    "VISIT_CLOSED",
    "CODE_NOT_MEANT_FOR_THIS",
    "MEMBER_UNKNOWN",
    "NUMBER_MISTYPED",
}
MONEY = {"AMOUNT_OUT_OF_RANGE", "TOO_MANY_DECIMALS"}
ACTIVITY = {"OCCURRED_IN_FUTURE", "OCCURRED_TOO_EARLY"}
BASKET = MONEY | {
    "QUANTITY_OUT_OF_RANGE",
    "TOO_MANY_LINES",
    "LINES_DO_NOT_ADD_UP",
    "RECEIPT_ALREADY_CLAIMED",
    "CURRENCY_MISMATCH",
}
MEMBERS = {"FORBIDDEN", "NOT_ENROLLED"}
PERSON = {
    "TEXT_LENGTH",
    "TEXT_UNPRINTABLE",
    "EMAIL",
    "BIRTHDAY",
    "LOCALE_UNKNOWN",
    "TIME_ZONE_UNKNOWN",
}
ATTRIBUTES = {"ATTRIBUTE_UNKNOWN", "ATTRIBUTE_MISSING", "ATTRIBUTE_WRONG"}
REACHED = {
    "adjust_points": KEYED | TARGETED,
    "decide_adjustment": KEYED | {"NOT_ENOUGH_POINTS", "BALANCE_TOO_LARGE"},
    "capture_voucher": KEYED | TARGETED | {f"VOUCHER_{each.upper()}" for each in VOUCHER_STATES},
    "claim_activity": KEYED | MEMBERS | ATTRIBUTES,
    "decide_claim": KEYED | ATTRIBUTES,
    "enrol_member": {"FORBIDDEN"},
    "join_challenge": MEMBERS,
    "mark_inbox_read": MEMBERS,
    "archive_inbox_line": MEMBERS,
    "look_up_member": {"NUMBER_MISTYPED", "MEMBER_UNKNOWN", "FORBIDDEN"},
    "record_activity": KEYED | TARGETED | ACTIVITY | ATTRIBUTES | {"ALREADY_COUNTED"},
    "record_purchase": KEYED | TARGETED | ACTIVITY | BASKET,
    "record_visit": KEYED | TARGETED | ACTIVITY,
    "redeem_reward": KEYED | MEMBERS | {"NOT_ENOUGH_POINTS"},
    "refund_purchase": KEYED | {"FORBIDDEN"},
    "register_device": MEMBERS | {"TEXT_LENGTH"},
    "scan_card": {"FORBIDDEN", *OF_CODES.values()},
    "tag_member": TARGETED,
    "update_profile": MEMBERS | PERSON,
    "set_consent": MEMBERS | {"TEXT_LENGTH", "TEXT_UNPRINTABLE"},
}
INSIDE = {"record_activity": ("ActivityAnswer",)}  # what each of several is answered
# Data as the refusals carry it, for the words of every code.
DATA: dict[str, Any] = {
    "field": "total",
    "minimum": 1,
    "maximum": 64,
    "minimum_minor": 0,
    "maximum_minor": 50_000,
    "lines_minor": 999,
    "total_minor": 1_000,
    "ahead_s": 121,
    "maximum_s": 120,
    "maximum_days": 90,
    "expected": "EUR",
    "available": 840,
    "required": 900,
    "room": 60,
    "left_minor": 450,
    "digits": 2,
    "lines": 3,
    "kind": "survey",
    "known": "survey",
    "wanted": "a text",
}


def is_refusal(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refusal"
        and bool(node.args)
    )


def codes_in(path: Path) -> Iterator[str]:
    """The codes of the refusals that a file makes, where they stand there in letters."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and is_refusal(node):
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            elif isinstance(code, ast.JoinedStr):
                yield from (f"VOUCHER_{state.upper()}" for state in VOUCHER_STATES)


@cache
def raised() -> frozenset[str]:
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return frozenset(code for path in files for code in codes_in(path)) | {*OF_CODES.values()}


def action_file(name: str) -> Path:
    folders = ("gamification/actions", "notifications/actions")
    (path,) = (file for folder in folders if (file := ROOT / folder / f"{name}.py").is_file())
    return path


def documented(name: str) -> set[str]:
    """The codes that the action's docstring names."""
    tree = ast.parse(action_file(name).read_text(encoding="utf-8"))
    (action,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    _, _, refusals = (ast.get_docstring(action) or "").partition("Refusal")
    return {*re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", refusals), *re.findall("FORBIDDEN", refusals)}


def union_of(name: str) -> set[str]:
    title = "".join(part.capitalize() for part in name.split("_"))
    unions = [SCHEMA.type_map[each] for each in (f"{title}Result", *INSIDE.get(name, ()))]
    return {kind.name for each in unions for kind in types_of(each)}


def types_of(union: object) -> tuple[GraphQLObjectType, ...]:
    assert isinstance(union, GraphQLUnionType)
    return union.types


def test_every_refusal_has_a_type_and_words() -> None:
    assert len(raised()) > 30
    assert raised() - set(KINDS) == set()


def test_no_words_wait_for_a_refusal_that_nobody_makes() -> None:
    assert set(KINDS) - raised() == {"TARGET_AMBIGUOUS"}


def test_the_table_has_every_mutation() -> None:
    assert set(REACHED) == {path.stem for path in (ROOT / "schema/mutations").glob("[!_]*.py")}


@pytest.mark.parametrize("name", REACHED)
def test_a_mutation_can_give_each_problem_that_its_action_can_meet(name: str) -> None:
    codes = REACHED[name] | documented(name) | set(codes_in(action_file(name)))
    assert codes - set(KINDS) == set()
    needed = {KINDS[code].type.__name__ for code in codes}
    assert needed - union_of(name) == set()


@pytest.mark.parametrize("name", REACHED)
def test_a_mutation_promises_no_problem_that_never_comes(name: str) -> None:
    codes = REACHED[name] | documented(name) | set(codes_in(action_file(name)))
    problems = {kind.type.__name__ for kind in KINDS.values()} & union_of(name)
    assert problems - {KINDS[code].type.__name__ for code in codes} == set()


@pytest.mark.parametrize("code", KINDS)
def test_every_code_is_told_in_one_sentence_without_gaps(code: str) -> None:
    problem = problem_of(Refusal(code, **DATA))
    assert problem.code == code
    assert isinstance(problem, KINDS[code].type)
    assert problem.message.endswith(".")
    assert not re.search(r"[{}\n]|None", problem.message)
    if isinstance(problem, InvalidInput):
        assert problem.field not in {"", "input"}


def test_what_is_missing_is_the_difference() -> None:
    problem = problem_of(Refusal("NOT_ENOUGH_POINTS", available=840, required=900))
    assert isinstance(problem, NotEnoughPoints)
    assert (problem.available, problem.required, problem.missing) == (840, 900, 60)


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    retryable = {code for code in KINDS if problem_of(Refusal(code, **DATA)).retryable}
    assert retryable == {"CODE_NOT_YET_VALID"}
