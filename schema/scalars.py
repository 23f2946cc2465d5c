"""Scalars beyond GraphQL's own."""

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("BigInt is a whole number")
    return value


BigInt = NewType("BigInt", int)
BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number beyond 32 bits, as a JSON number.",
    serialize=_whole,
    parse_value=_whole,
)
SCALARS: dict[object, ScalarDefinition] = {BigInt: BIG_INT}
