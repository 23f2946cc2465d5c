"""Values for the odd schema: right ones, and what may stand in their place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import strawberry

from schema.scalars import BigInt
from tests.api.execution.odd_schema import AskedError, Branch, Colour, Leaf, Other

WARSAW = ZoneInfo("Europe/Warsaw")


class Text(str):
    """A string that is not exactly one."""

    __slots__ = ()


def leaf(**changes: Any) -> Leaf:
    return Leaf(
        **{
            "id": strawberry.ID("l1"),
            "name": "Łeaf",
            "text": "text",
            "number": 7,
            "big": BigInt(2**40),
            "ratio": 0.25,
            "flag": True,
            "at": datetime(2026, 3, 2, 11, 0, 0, 5, tzinfo=WARSAW),
            "day": date(2026, 3, 2),
            "hour": time(11, 5),
            "price": Decimal("4.50"),
            "key": UUID(int=5),
            "colour": Colour.BLUE,
            "maybe": None,
            **changes,
        }
    )


def branch(**changes: Any) -> Branch:
    return Branch(
        **{
            "id": strawberry.ID("b1"),
            "name": None,
            "leaf": leaf(),
            "maybe_leaf": None,
            "leaves": [leaf(), leaf(name=None)],
            "some_leaves": [leaf(), None],
            "maybe_leaves": None,
            "texts": ["a", "b"],
            "some_numbers": [1, None, 3],
            "grid": [[1, 2], [], [3]],
            "times": [datetime(2026, 3, 2, tzinfo=UTC)],
            "colours": [Colour.RED],
            "named": leaf(),
            "maybe_named": None,
            "any": leaf(),
            "many": [leaf(), Other(name=3)],
            **changes,
        }
    )


def failing(error: Exception) -> Iterator[Leaf]:
    yield leaf()
    raise error


def _cast_leaf() -> Any:
    return strawberry.cast(Leaf, Duck())


class Duck:
    """Looks like a leaf, without being one."""

    def __init__(self) -> None:
        self.__dict__.update(leaf().__dict__)


# What may stand in a field, each made anew for each execution.
ODD: dict[str, Any] = {
    "text": [
        lambda: Text("sub"),
        lambda: 5,
        lambda: None,
        list,
        object,
        lambda: True,
    ],
    "number": [
        lambda: 2**31,
        lambda: -(2**31),
        lambda: True,
        lambda: 3.0,
        lambda: 3.5,
        lambda: "12",
        lambda: "x",
        lambda: Decimal(4),
        lambda: None,
    ],
    "big": [lambda: True, lambda: "1", lambda: None, lambda: 2**80],
    "ratio": [
        lambda: 1,
        lambda: float("nan"),
        lambda: float("inf"),
        lambda: "0.5",
        lambda: Decimal("0.5"),
        lambda: None,
        lambda: False,
    ],
    "flag": [lambda: 1, lambda: 0.0, lambda: "true", lambda: None],
    "at": [
        lambda: datetime(1900, 1, 1, tzinfo=WARSAW),
        lambda: datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=WARSAW),
        lambda: datetime(2026, 3, 2, tzinfo=timezone(timedelta(seconds=61))),
        lambda: datetime(2026, 3, 2, tzinfo=UTC),
        lambda: datetime(2026, 3, 2),  # noqa: DTZ001 -- on purpose
        lambda: date(2026, 3, 2),
        lambda: "2026-03-02",
        lambda: None,
    ],
    "day": [lambda: "x", lambda: datetime(2026, 3, 2, tzinfo=UTC)],
    "price": [lambda: 4, lambda: "4", lambda: None, lambda: Decimal("1E+3")],
    "colour": [lambda: "red", lambda: "RED", lambda: 3, lambda: None, list],
    "maybe": [lambda: 5, lambda: "x", lambda: AskedError("a value"), lambda: AskedError],
    "name": [lambda: None, lambda: 3, dict],
    "id": [lambda: 5, lambda: 5.5, lambda: None, lambda: ()],
    "leaf": [
        lambda: None,
        Duck,
        _cast_leaf,
        lambda: Other(name=1),
        lambda: AskedError("given"),
        lambda: 3,
    ],
    "maybe_leaf": [leaf, Duck, _cast_leaf, lambda: AskedError("given"), lambda: leaf(number="x")],
    "leaves": [
        lambda: None,
        lambda: (leaf(), leaf(text=None)),
        lambda: iter([leaf(), leaf()]),
        lambda: failing(AskedError("halfway")),
        lambda: "text",
        lambda: {"a": 1},
        lambda: 5,
        lambda: [leaf(), None],
        lambda: [AskedError("item")],
    ],
    "some_leaves": [
        lambda: [leaf(at=None), leaf(), AskedError("item"), None, 5],
        lambda: failing(AskedError("halfway")),
        lambda: [leaf(number="x"), leaf(number="y")],
    ],
    "maybe_leaves": [
        lambda: [leaf(), leaf(number="x")],
        lambda: failing(AskedError("halfway")),
        list,
    ],
    "texts": [lambda: ["a", None], lambda: ["a", 5, True], lambda: ("a",), lambda: {"a"}],
    "some_numbers": [lambda: ["x", 5, None, 2**40], lambda: None],
    "grid": [lambda: [[1], None], lambda: [[1, None]], lambda: [1], lambda: [["x"], ["y"]]],
    "times": [lambda: ["x"], lambda: [None]],
    "colours": [lambda: [Colour.BLUE, "red", "blue"], lambda: None],
    "named": [
        branch,
        Duck,
        _cast_leaf,
        lambda: Other(name=1),
        lambda: None,
        lambda: 5,
        lambda: "x",
    ],
    "maybe_named": [
        lambda: branch(leaf=None),
        Duck,
        lambda: AskedError("given"),
        lambda: Other(name=1),
    ],
    "any": [branch, lambda: Other(name=1), Duck, _cast_leaf, lambda: None, lambda: 5, dict],
    "many": [lambda: [branch(), Duck()], lambda: [Other(name="x"), leaf()], lambda: [None]],
}
