"""The arguments of a field: from its node in the document to what a resolver takes."""

from collections.abc import Callable
from dataclasses import MISSING
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    Undefined,
    ValueNode,
    VariableNode,
    get_argument_values,
    is_non_null_type,
)
from graphql.execution import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry import UNSET, Schema
from strawberry.relay import GlobalID
from strawberry.schema.compat import is_scalar
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField

from api.execution.run import Unplanned

# Cannot be changed by a resolver, so that one value serves every request.
CONSTANTS = (str, int, float, bool, type(None), Decimal, datetime, date, time, UUID, Enum)

Given: TypeAlias = dict[str, Any]
Gather: TypeAlias = Callable[[VariableValues], Given]
Convert: TypeAlias = Callable[[Any], Any]


def gather_of(definition: GraphQLField, node: FieldNode, *, hide_suggestions: bool) -> Gather:
    """How the arguments of a field are gathered: as graphql-core's `get_argument_values` does.

    Values that stand in the document, and variables as a whole, are looked up; everything else
    is left to graphql-core, and so are errors.
    """
    if not definition.args:
        return lambda _variables: {}

    def gather_slowly(variables: VariableValues) -> Given:
        return get_argument_values(definition, node, variables, None, hide_suggestions)

    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    parts = [_part(name, each, nodes.get(name)) for name, each in definition.args.items()]
    if any(part is None for part in parts):
        return gather_slowly
    known = [part for part in parts if part is not None]
    if not any(is_variable for _, _, is_variable, _ in known):
        constants = {name: value for name, value, _, _ in known if value is not Undefined}
        return lambda _variables: dict(constants)

    def gather(variables: VariableValues) -> Given:
        given, values = {}, variables.coerced
        for name, value, is_variable, may_be_null in known:
            if not is_variable:
                if value is not Undefined:
                    given[name] = value
                continue
            found = values.get(value, Undefined)
            if found is Undefined or (found is None and not may_be_null):
                return gather_slowly(variables)
            given[name] = found
        return given

    return gather


def _part(
    name: str, argument: GraphQLArgument, node: ValueNode | None
) -> tuple[str, Any, bool, bool] | None:
    """An argument's name, its value or variable, whether it is one, and whether it may be null."""
    out_name = argument.out_name or name
    may_be_null = not is_non_null_type(argument.type)
    if isinstance(node, VariableNode):
        return out_name, node.name.value, True, may_be_null
    if node is not None:
        value = coerce_input_literal(node, argument.type)
        return (out_name, value, False, True) if isinstance(value, CONSTANTS) else None
    value = coerce_default_value(argument)
    if value is Undefined:
        return (out_name, Undefined, False, True) if may_be_null else None
    return (out_name, value, False, True) if isinstance(value, CONSTANTS) else None


def conversion_of(field: StrawberryField, schema: Schema) -> Convert | None:
    """How gathered arguments become those of a resolver: as Strawberry's `convert_arguments` does.

    None where they stay as they are. Raises Unplanned for inputs that make themselves.
    """
    name_of = schema.config.name_converter.from_argument
    parts = [
        (name_of(each), each.python_name, _conversion(each.type, schema, ()))
        for each in field.arguments
    ]
    if all(name == python_name and convert is None for name, python_name, convert in parts):
        return None

    def convert_all(given: Given) -> Given:
        return {
            python_name: given[name] if convert is None else convert(given[name])
            for name, python_name, convert in parts
            if name in given
        }

    return convert_all


def _conversion(type_: Any, schema: Schema, above: tuple[object, ...]) -> Convert | None:
    if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
        raise Unplanned(f"an argument of {type_}")
    if isinstance(type_, StrawberryOptional):
        return _conversion(type_.of_type, schema, above)
    if isinstance(type_, StrawberryList):
        return _list_conversion(_conversion(type_.of_type, schema, above))
    registry = schema.schema_converter.scalar_registry
    if is_scalar(type_, registry) or isinstance(type_, StrawberryEnumDefinition):
        return None
    if has_enum_definition(type_):
        return None
    definition = get_object_definition(type_)
    if definition is None or definition.from_input is not None or definition in above:
        raise Unplanned(f"an argument of {type_}")
    return _input_conversion(type_, definition, schema, (*above, definition))


def _list_conversion(convert: Convert | None) -> Convert:
    def convert_list(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        return list(value) if convert is None else [convert(item) for item in value]

    return convert_list


def _input_conversion(
    type_: Any, definition: StrawberryObjectDefinition, schema: Schema, above: tuple[object, ...]
) -> Convert:
    name_of = schema.config.name_converter.from_field
    parts = [
        (
            name_of(field),
            field.python_name,
            _conversion(field.resolve_type(type_definition=definition), schema, above),
        )
        for field in definition.fields
    ]
    # A nullable field without a default is None when it is left out.
    left_out = {
        field.python_name: None
        for field in definition.fields
        if definition.is_input
        and field.default_value is MISSING
        and field.default_factory is MISSING
    }

    def convert_input(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        given = dict(left_out)
        for name, python_name, convert in parts:
            if name in value:
                part = value[name]
                given[python_name] = part if convert is None else convert(part)
        return type_(**given)

    return convert_input
