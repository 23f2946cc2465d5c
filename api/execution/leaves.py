"""How scalars and enumerations are written."""

import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.types.base_scalars import isoformat

from api.execution.fields import Complete
from api.execution.run import Place, Run

# Written as they are when a value has exactly this type.
PLAIN: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
}

# Since then every zone's offset is of whole minutes, and orjson writes a time as `isoformat`
# does, in a fifth of the time; offsets with seconds it would cut.
_WHOLE_MINUTES_SINCE = 1973
_FLOAT_MAX = sys.float_info.max  # neither infinity nor NaN is within

# Neither null nor an error nor awaitable, which is all there is to ask before they are written.
_VALUES = frozenset({str, int, float, bool, datetime, date, time, Decimal, UUID})


def is_null(value: Any, missing: str | None) -> bool:
    """Tell whether a value is null, where it may be: `missing` is the complaint where it may not.

    Raises an exception that a resolver returned.
    """
    if value is None or value is Undefined:
        if missing is not None:
            raise TypeError(missing)
        return True
    if optimized_is_awaitable(value):
        if hasattr(value, "close"):
            value.close()
        raise TypeError("A resolver that is not async gave something to be awaited.")
    if isinstance(value, Exception):
        raise value
    return False


def leaf(type_: GraphQLLeafType, missing: str | None) -> Complete:
    """Write a scalar or an enumeration's value."""
    general = _general(type_, missing)
    if type_ is GraphQLInt:
        return _whole_number(general)
    if type_ is GraphQLFloat:
        return _number(general)
    if type_.coerce_output_value is isoformat:
        return _moment(general)
    if isinstance(type_, GraphQLEnumType):
        return _enumeration(type_, general)
    return general


def _general(type_: GraphQLLeafType, missing: str | None) -> Complete:
    coerce = type_.coerce_output_value

    def complete(value: Any, _place: Place, _run: Run) -> Any:
        if type(value) not in _VALUES and is_null(value, missing):
            return None
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})`"
                f" to return non-nullable value, returned: {inspect(coerced)}"
            )
        return coerced

    return complete


def _whole_number(general: Complete) -> Complete:
    def complete(value: Any, place: Place, run: Run) -> Any:
        if type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
            return value
        return general(value, place, run)

    return complete


def _number(general: Complete) -> Complete:
    def complete(value: Any, place: Place, run: Run) -> Any:
        if type(value) is float and -_FLOAT_MAX <= value <= _FLOAT_MAX:
            return value
        return general(value, place, run)

    return complete


def _moment(general: Complete) -> Complete:
    def complete(value: Any, place: Place, run: Run) -> Any:
        if type(value) is datetime and value.year >= _WHOLE_MINUTES_SINCE:
            zone = value.tzinfo
            if zone is UTC or type(zone) is ZoneInfo:
                return orjson.dumps(value)[1:-1].decode()
        return general(value, place, run)

    return complete


def _enumeration(type_: GraphQLEnumType, general: Complete) -> Complete:
    """Names are looked up by the member of a Python enumeration, once for each."""
    members: type[Enum] | None = getattr(type_, "wrapped_cls", None)
    names = {member: type_.coerce_output_value(member) for member in members or ()}

    def complete(value: Any, place: Place, run: Run) -> Any:
        if type(value) is members:
            return names[value]
        return general(value, place, run)

    return complete
