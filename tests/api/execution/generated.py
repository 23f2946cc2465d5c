"""Documents and objects made up from a schema: whatever may be asked, and whatever may be found."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)
from hypothesis import strategies as st

DEPTH_MAX = 5
FIELDS_MAX = 3  # of one selection set
LIST_MAX = 3
WRONG_ONE_IN = 80  # so that about half of the answers have errors
NOWHERE = "{ __typename }"

Draw = Any  # hypothesis gives its `draw` no better type
Arguments = dict[tuple[str, str], tuple[str, ...]]

_MOMENTS = st.sampled_from(
    [
        datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
        datetime(2026, 7, 2, 11, 0, 1, 70, tzinfo=ZoneInfo("Europe/Warsaw")),
        datetime(1890, 7, 2, 11, 0, tzinfo=ZoneInfo("Europe/Warsaw")),
        datetime(2026, 3, 2),  # noqa: DTZ001 -- on purpose
    ]
)
_LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "String": st.text(max_size=4),
    "ID": st.text(max_size=4) | st.integers(0, 9),
    "Int": st.integers(-(2**31), 2**31 - 1),
    "BigInt": st.integers(-(2**60), 2**60),
    "Float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 9),
    "Boolean": st.booleans(),
    "DateTime": _MOMENTS,
    "Date": st.just(date(2026, 3, 2)),
    "Time": st.just(time(11, 5)),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**6),
    "UUID": st.just(UUID(int=7)),
}
_WRONG = st.sampled_from([None, "x", 5, 2.5, [], (), {}, True, Decimal("0.1")])


@st.composite
def documents(draw: Draw, schema: GraphQLSchema, roots: dict[str, str], given: Arguments) -> str:
    """A document of one operation; it may still be refused by validation.

    `roots` are the root fields to choose from, with `query` or `mutation`. `given` are the
    arguments that a field of a type may have; a field that needs some and has none is left out.
    """
    name = draw(st.sampled_from(sorted(roots)))
    root = schema.mutation_type if roots[name] == "mutation" else schema.query_type
    assert root is not None
    maker = _Maker(draw, schema, given)
    again = " ".join(maker.field(root, name, DEPTH_MAX) for _ in range(draw(st.integers(1, 2))))
    more = draw(st.sampled_from(["", "__typename", "t: __typename @include(if: $yes)"]))
    return (
        f"{roots[name]} ($yes: Boolean! = true, $no: Boolean! = false)"
        f" {{ {again} {more} k: __typename @skip(if: $no) l: __typename @skip(if: $yes) }}"
        f" {' '.join(maker.fragments)}"
    )


class _Maker:
    def __init__(self, draw: Draw, schema: GraphQLSchema, given: Arguments) -> None:
        self.draw = draw
        self.schema = schema
        self.given = given
        self.fragments: list[str] = []

    def field(self, parent: GraphQLCompositeType, name: str, depth: int) -> str:
        definition: GraphQLField = parent.fields[name]  # type: ignore[union-attr]  # not asked of unions
        below = get_named_type(definition.type)
        arguments = ""
        if definition.args:
            arguments = self.draw(st.sampled_from(self.given[parent.name, name]))
        # One name for one field and its arguments, so that most documents are valid.
        alias = f"{parent.name}_{name}_{len(arguments)}: " if arguments else ""
        alias = alias or self.draw(st.sampled_from(["", f"{parent.name}_{name}: "]))
        inside = self.selection(below, depth - 1) if is_composite_type(below) else ""
        return f"{alias}{name}{arguments}{self.directive()} {inside}"

    def selection(self, type_: GraphQLCompositeType, depth: int) -> str:
        if depth <= 0:
            return NOWHERE
        count = self.draw(st.integers(1, FIELDS_MAX))
        return f"{{ {' '.join(self.part(type_, depth) for _ in range(count))} }}"

    def part(self, type_: GraphQLCompositeType, depth: int) -> str:
        kind = self.draw(st.sampled_from(["field", "field", "field", "inline", "spread"]))
        names = [] if is_union_type(type_) else self.askable(type_)
        if kind == "field":
            name = self.draw(st.sampled_from(["__typename", *names]))
            return "__typename" if name == "__typename" else self.field(type_, name, depth)
        on = self.draw(st.sampled_from(self.overlapping(type_)))
        inside = self.selection(on, depth - 1)
        if kind == "inline":
            return f"... on {on.name}{self.directive()} {inside}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {on.name} {inside}")
        return f"...{name}{self.directive()}"

    def askable(self, type_: Any) -> list[str]:
        return [
            name
            for name, field in type_.fields.items()
            if not field.args or (type_.name, name) in self.given
        ]

    def overlapping(self, type_: GraphQLCompositeType) -> list[Any]:
        if is_object_type(type_):
            return [type_, *type_.interfaces]
        return [type_, *self.schema.get_possible_types(type_)]  # type: ignore[arg-type]  # the other two are abstract

    def directive(self) -> str:
        choices = ["", "", "", " @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"]
        chosen: str = self.draw(st.sampled_from(choices))
        return chosen


@st.composite
def values(draw: Draw, schema: GraphQLSchema, type_: GraphQLOutputType, depth: int = 6) -> Any:
    """A value for a field of a type: mostly right, now and then wrong."""
    if draw(st.integers(0, WRONG_ONE_IN)) == 0:
        return draw(_WRONG)
    if is_non_null_type(type_):
        return draw(values(schema, type_.of_type, depth))
    if depth <= 0 or draw(st.integers(0, 6)) == 0:
        return [] if is_list_type(type_) else None
    if is_list_type(type_):
        count = draw(st.integers(0, LIST_MAX))
        return [draw(values(schema, type_.of_type, depth - 1)) for _ in range(count)]
    if is_composite_type(type_):
        possible = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        return draw(objects(schema, draw(st.sampled_from(possible)), depth))
    named = get_named_type(type_)
    return draw(st.sampled_from(named.wrapped_cls) if is_enum_type(named) else _LEAVES[named.name])


@st.composite
def objects(draw: Draw, schema: GraphQLSchema, type_: GraphQLObjectType, depth: int) -> Any:
    """An object of Strawberry's class for a type, its attributes made up too."""
    definition = type_.extensions["strawberry-definition"]
    made = object.__new__(definition.origin)
    by_python_name = {
        field.extensions["strawberry-definition"].python_name: field
        for field in type_.fields.values()
    }
    for field in definition.fields:
        if field.base_resolver is None and field.python_name in by_python_name:
            value = draw(values(schema, by_python_name[field.python_name].type, depth - 1))
            setattr(made, field.python_name, value)
    return made
