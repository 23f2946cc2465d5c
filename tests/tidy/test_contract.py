"""The contract: everything in it is described, and the shared operations ask for what is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    build_schema,
    is_specified_scalar_type,
    parse,
    validate,
)

from tests.tidy.files import ROOT

SCHEMA = build_schema((ROOT / "schema/schema.graphql").read_text("utf-8"))
OPERATIONS = sorted((ROOT / "schema/operations").glob("*.graphql"))


def undescribed(kind: GraphQLNamedType) -> Iterator[str]:
    """What of a type has no description: itself, a field, an argument, a value."""
    if not kind.description:
        yield kind.name
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in kind.fields.items():
            described = {"": field, **getattr(field, "args", {})}
            yield from (
                f"{kind.name}.{name}({key})" for key in described if not described[key].description
            )
    if isinstance(kind, GraphQLEnumType):
        yield from (
            f"{kind.name}.{name}" for name in kind.values if not kind.values[name].description
        )


def test_every_type_field_argument_and_value_is_described() -> None:
    ours = [
        kind
        for name, kind in SCHEMA.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(kind)
    ]
    assert ours
    assert [name for kind in ours for name in undescribed(kind)] == []


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_that_apps_run_is_valid(path: Path) -> None:
    document = parse(path.read_text("utf-8"))
    assert [str(error) for error in validate(SCHEMA, document)] == []


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_has_the_name_of_its_file_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    names = [
        definition.name.value if definition.name else None
        for definition in parse(text).definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    assert names == [path.stem]
    assert text.startswith("# ")
