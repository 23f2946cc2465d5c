"""A schema with everything that GraphQL has, and resolvers that go wrong in every way."""

import asyncio
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from schema.scalars import SCALARS, BigInt


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = strawberry.enum_value("blue", description="as the sea")


class AskedError(Exception):
    code = "ASKED"


@strawberry.interface
class Named:
    id: strawberry.ID
    name: str | None


@strawberry.type
class Leaf(Named):
    text: str
    number: int
    big: BigInt
    ratio: float
    flag: bool
    at: datetime
    day: date
    hour: time
    price: Decimal
    key: UUID
    colour: Colour
    maybe: int | None


@strawberry.type
class Branch(Named):
    leaf: Leaf
    maybe_leaf: Leaf | None
    leaves: list[Leaf]
    some_leaves: list[Leaf | None]
    maybe_leaves: list[Leaf] | None
    texts: list[str]
    some_numbers: list[int | None]
    grid: list[list[int]]
    times: list[datetime]
    colours: list[Colour] | None
    named: Named
    maybe_named: Named | None
    any: "Any_"
    many: list["Any_"]

    @strawberry.field
    def product(self, by: int, plus: int = 1) -> int:
        return by * 7 + plus

    @strawberry.field
    def told(self, info: strawberry.Info, text: str | None = "none") -> str:
        raw = info._raw_info  # noqa: SLF001 -- what a resolver may look at
        where = f"{info.field_name} {info.path.as_list()} {raw.path.typename}"
        return f"{where} {info.variable_values} {text}"

    @strawberry.field
    def raises(self) -> int:
        raise AskedError("no")

    @strawberry.field
    def maybe_raises(self) -> int | None:
        raise AskedError("no")

    @strawberry.field
    def gives_error(self) -> int | None:
        return AskedError("given")  # type: ignore[return-value]  # on purpose


@strawberry.type
class Other:
    name: int
    branch: Branch | None = None


Any_ = Annotated[Leaf | Branch | Other, strawberry.union("AnyOf")]


@strawberry.input
class Part:
    name: str
    amount: Decimal = Decimal(1)
    colours: list[Colour] | None = None
    at: datetime | None = None


@strawberry.input(one_of=True)
class Which:
    id: strawberry.ID | None = strawberry.UNSET
    number: int | None = strawberry.UNSET
    part: Part | None = strawberry.UNSET


@strawberry.input
class Whole:
    which: Which
    parts: list[Part]
    some: list[int | None] | None = None
    note: str | None
    left: str | None = strawberry.UNSET
    colour: Colour = Colour.RED


class Allowed(BasePermission):
    message = "not allowed"

    def has_permission(self, source: Any, info: strawberry.Info, **arguments: Any) -> bool:  # noqa: ARG002 -- Strawberry's signature
        return False


@strawberry.type
class Holder:
    @strawberry.field
    async def branch(self, info: strawberry.Info) -> Branch | None:
        await asyncio.sleep(0)
        found: Branch | None = info.context["branch"]
        return found

    @strawberry.field
    async def strict(self, info: strawberry.Info) -> Branch:
        await asyncio.sleep(0)
        found: Branch = info.context["branch"]
        return found

    @strawberry.field
    def plain(self) -> str:
        return "plain"

    @strawberry.field
    def strict_raises(self) -> str:
        raise AskedError("in a sibling")


@strawberry.type
class Query:
    @strawberry.field
    def now(self, info: strawberry.Info) -> Branch:
        found: Branch = info.context["branch"]
        return found

    @strawberry.field
    def maybe_now(self, info: strawberry.Info) -> Branch | None:
        found: Branch | None = info.context["branch"]
        return found

    @strawberry.field
    async def later(self, info: strawberry.Info, whole: Whole | None = None) -> Branch:
        await asyncio.sleep(0)
        info.context["whole"] = whole
        found: Branch = info.context["branch"]
        return found

    @strawberry.field
    async def refuses(self, number: int = 3) -> int:
        raise AskedError(f"refused {number}")

    @strawberry.field
    def holder(self) -> Holder:
        return Holder()

    @strawberry.field
    def maybe_holder(self) -> Holder | None:
        return Holder()

    @strawberry.field
    def holders(self) -> list[Holder]:
        return [Holder(), Holder()]

    @strawberry.field
    def shown(self, whole: Whole) -> str:
        return repr(whole)

    @strawberry.field
    def listed(self, numbers: list[int | None] | None = None, which: Which | None = None) -> str:
        return f"{numbers!r} {which!r}"

    @strawberry.field
    def coloured(self, colour: Colour = Colour.RED, price: Decimal | None = None) -> str:
        return f"{colour!r} {price!r}"

    @strawberry.field(permission_classes=[Allowed])
    def guarded(self) -> str | None:
        return "secret"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: strawberry.Info, whole: Whole) -> Any_:
        await asyncio.sleep(0)
        info.context.setdefault("written", []).append(repr(whole))
        found: Any_ = info.context["branch"]
        return found

    @strawberry.mutation
    async def fail(self, info: strawberry.Info, word: str) -> str | None:
        info.context.setdefault("written", []).append(word)
        raise AskedError(word)

    @strawberry.mutation
    def fail_strictly(self) -> int:
        raise AskedError("strictly")

    @strawberry.mutation
    def count(self, info: strawberry.Info) -> int:
        return len(info.context.setdefault("written", []))


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS)
)
