"""The variables of an operation: good ones are coerced by closures made for their types.

Whatever is not plainly good is coerced again by graphql-core, which finds the words for what is
wrong with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import VariableValues
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValueSource
from graphql.type import is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value

from api.execution.arguments import CONSTANTS

Coerce: TypeAlias = Callable[[Any], Any]


class _Doubt(Exception):  # noqa: N818 -- not an error yet: graphql-core is asked
    """A value that is not plainly good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Variable:
    name: str
    left_out: VariableValueSource  # what is told of the variable when it has no value
    default: Any  # Undefined for none
    is_required: bool
    coerce: Coerce


class Variables:
    """How the variables of one operation are coerced."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        *,
        errors_max: int,
        hide_suggestions: bool,
    ) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._errors_max = errors_max
        self._hide_suggestions = hide_suggestions
        try:
            self._known: list[_Variable] | None = [_known(schema, node) for node in self._nodes]
        except _Doubt:
            self._known = None

    def coerce(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Give the values, or what is wrong with them, as graphql-core's `get_variable_values`."""
        if self._known is not None:
            try:
                return _coerced(self._known, given)
            except Exception:  # noqa: BLE001, S110 -- graphql-core finds it too, and the words for it
                pass
        return get_variable_values(
            self._schema,
            self._nodes,
            given,
            max_errors=self._errors_max,
            hide_suggestions=self._hide_suggestions,
        )


def _coerced(known: list[_Variable], given: dict[str, Any]) -> VariableValues:
    sources, coerced = {}, {}
    for variable in known:
        name = variable.name
        value = given.get(name, Undefined)
        if value is not Undefined:
            sources[name] = VariableValueSource(variable.left_out.signature, value)
            coerced[name] = variable.coerce(value)
        elif variable.default is not Undefined:
            sources[name] = variable.left_out
            coerced[name] = variable.default
        elif variable.is_required:
            raise _Doubt
        else:
            sources[name] = variable.left_out
    return VariableValues(sources, coerced)


def _known(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        raise _Doubt
    default = Undefined
    if signature.default is not None:
        try:
            default = coerce_default_value(signature)
        except TypeError:
            raise _Doubt from None
        if not isinstance(default, CONSTANTS):
            raise _Doubt
    return _Variable(
        name=signature.name,
        left_out=VariableValueSource(signature),
        default=default,
        is_required=is_non_null_type(signature.type),
        coerce=_coercion(signature.type, ()),
    )


def _coercion(type_: GraphQLInputType, above: tuple[GraphQLInputType, ...]) -> Coerce:
    """Coerce a value of JSON; raises for whatever is not plainly good."""
    if is_non_null_type(type_):
        return _present(type_.of_type, above)
    present = _present(type_, above)
    return lambda value: None if value is None else present(value)


def _present(type_: GraphQLInputType, above: tuple[GraphQLInputType, ...]) -> Coerce:
    if is_list_type(type_):
        return _list_coercion(_coercion(type_.of_type, above))
    if is_input_object_type(type_):
        if type_ in above or type_.is_one_of:
            raise _Doubt
        return _object_coercion(type_, (*above, type_))
    if not is_leaf_type(type_):
        raise _Doubt
    leaf = type_.coerce_input_value

    def coerce(value: Any) -> Any:
        if value is None:
            raise _Doubt
        coerced = leaf(value)
        if coerced is Undefined:
            raise _Doubt
        return coerced

    return coerce


def _list_coercion(item: Coerce) -> Coerce:
    def coerce(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _Doubt
        return [item(each) for each in value]

    return coerce


def _object_coercion(type_: GraphQLInputObjectType, above: tuple[GraphQLInputType, ...]) -> Coerce:
    make = type_.out_type
    names = type_.fields.keys()
    parts = []
    for name, field in type_.fields.items():
        try:
            default = coerce_default_value(field)
        except TypeError:
            raise _Doubt from None
        is_required = is_required_input_field(field)
        parts.append(
            (name, field.out_name or name, _coercion(field.type, above), default, is_required)
        )

    def coerce(value: Any) -> Any:
        if type(value) is not dict or not value.keys() <= names:
            raise _Doubt
        coerced = {}
        for name, out_name, coerce_part, default, is_required in parts:
            if name in value:
                coerced[out_name] = coerce_part(value[name])
            elif is_required:
                raise _Doubt
            elif default is not Undefined:
                coerced[out_name] = default
        return make(coerced)

    return coerce
