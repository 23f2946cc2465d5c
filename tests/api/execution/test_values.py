"""Every kind of value, right and wrong, is answered by a plan as by graphql-core."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from api.documents import core_schema
from api.execution.leaves import leaf as leaf_of
from tests.api.execution.compared import both
from tests.api.execution.odd_schema import SCHEMA
from tests.api.execution.odd_values import ODD, Duck, branch, leaf

LEAF = "id name text number big ratio flag at day hour price key colour maybe"
TEXT = f"""
{{
  now {{ ...All }}
  maybeNow {{ id maybeNow: leaf {{ number }} someLeaves {{ ...Leaf }} any {{ ...Leaf }} }}
}}
fragment Leaf on Leaf {{ __typename {LEAF} }}
fragment All on Branch {{
  id name
  leaf {{ ...Leaf }} maybeLeaf {{ ...Leaf }} leaves {{ ...Leaf }}
  someLeaves {{ ...Leaf }} maybeLeaves {{ ...Leaf }}
  texts someNumbers grid times colours
  named {{ __typename id name ... on Leaf {{ text }} ... on Branch {{ leaf {{ at }} }} }}
  maybeNamed {{ id ... on Branch {{ leaf {{ price }} }} }}
  any {{
    __typename
    ... on Named {{ key: id }} ... on Other {{ otherName: name }} ... on Leaf {{ at big }}
  }}
  many {{ ... on Leaf {{ id at }} ... on Other {{ otherName: name branch {{ id }} }} }}
}}
"""

Make = Callable[[], Any]
IN_A_LEAF = {name for name in ODD if name in LEAF.split()}
CASES = [(name, make) for name, makes in ODD.items() for make in makes]


def test_what_is_right_is_answered_alike_and_without_errors() -> None:
    data, errors, _ = both(SCHEMA, TEXT, context=lambda: {"branch": branch()})
    assert errors == []
    assert b'"at": "2026-03-02T11:00:00.000005+01:00"' in data


@pytest.mark.parametrize(("name", "make"), CASES)
def test_a_value_of_another_kind_fails_or_is_taken_alike(name: str, make: Make) -> None:
    def context() -> dict[str, Any]:
        if name in IN_A_LEAF:
            odd = leaf(**{name: make()})
            return {"branch": branch(leaf=odd, some_leaves=[leaf(), odd], any=odd, many=[odd])}
        return {"branch": branch(**{name: make()})}

    data, _, _ = both(SCHEMA, TEXT, context=context)
    assert data


@pytest.mark.parametrize("name", [*LEAF.split(), "leaf", "leaves", "texts", "any"])
def test_an_attribute_that_is_not_there_is_an_error_of_its_field(name: str) -> None:
    def context() -> dict[str, Any]:
        found = branch()
        where = found.leaf if name in IN_A_LEAF | {"hour", "key"} else found
        delattr(where, name)
        return {"branch": found}

    _, errors, causes = both(SCHEMA, TEXT, context=context)
    assert "AttributeError" in causes[0]
    assert errors[0]["path"][0] == "now"


@pytest.mark.parametrize("make", [branch, Duck, lambda: None, lambda: 5, leaf])
def test_an_object_of_another_class_than_the_schemas_is_answered_alike(make: Make) -> None:
    data, _, _ = both(SCHEMA, TEXT, context=lambda: {"branch": make()})
    assert data


def test_many_errors_stand_in_the_order_in_which_they_happened() -> None:
    def context() -> dict[str, Any]:
        items = [leaf(number="x"), None, leaf(maybe="y"), leaf(at=5), leaf(ratio=float("nan"))]
        return {"branch": branch(some_leaves=items, some_numbers=["x", 1, "y"], maybe_leaf=3)}

    _, errors, _ = both(SCHEMA, TEXT, context=context)
    assert [error["path"][-1] for error in errors if error["path"][0] == "now"] == [
        "maybeLeaf",
        "number",
        "maybe",
        "at",
        "ratio",
        0,
        2,
    ]


@pytest.mark.parametrize("year", [1900, 1972, 1973, 2026, 2400])
def test_a_time_in_any_zone_is_written_as_the_scalar_writes_it(year: int) -> None:
    moment: Any = core_schema(SCHEMA).type_map["DateTime"]
    write: Any = leaf_of(moment, None)
    for name in sorted(available_timezones()):
        for month in (1, 7):
            at = datetime(year, month, 5, 23, 59, 59, month - 1, tzinfo=ZoneInfo(name))
            assert write(at, None, None) == moment.coerce_output_value(at)
