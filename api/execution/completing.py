"""How values that hold others are written: lists, objects, and objects of an abstract type."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    default_type_resolver,
)
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import is_iterable
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import get_strawberry_type_cast

from api.execution.fields import Complete, Field, Project
from api.execution.leaves import is_null
from api.execution.run import Place, Run, Unplanned

_BACKREF = "strawberry-definition"


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """How the items of a list are written, as a field's own values are."""

    complete: Complete
    plain: type | None
    is_non_null: bool


def list_of(items: Items, field: Field, missing: str | None) -> Complete:
    """Write a list item by item; an item that fails is null, or the list fails with it."""
    complete_item, plain, is_non_null = items.complete, items.plain, items.is_non_null

    def complete(value: Any, place: Place, run: Run) -> list[Any] | None:
        if type(value) is not list:
            if is_null(value, missing):
                return None
            if not is_iterable(value):
                raise GraphQLError(
                    "Expected Iterable, but did not find one for field"
                    f" '{field.parent}.{field.nodes[0].name.value}'."
                )
        answers: list[Any] = []
        for index, item in enumerate(value):
            try:
                if type(item) is plain:
                    answers.append(item)
                else:
                    answers.append(complete_item(item, (place, index, None), run))
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of the item
                run.fail(error, field.nodes, (place, index, None), is_non_null=is_non_null)
                answers.append(None)
        return answers

    return complete


def object_of(
    type_: GraphQLObjectType, project: Project, field: Field, missing: str | None
) -> Complete:
    """Write an object of the type that the schema names."""
    is_type_of = type_.is_type_of
    _refuse_async(is_type_of)
    origin = origin_of(type_)
    asks = is_type_of is not None  # where it is not, any object will do

    def complete(value: Any, place: Place, run: Run) -> dict[str, Any] | None:
        if type(value) is not origin or (asks and get_strawberry_type_cast(value) is not None):
            if is_null(value, missing):
                return None
            _require_type(type_, value, field, place, run)
        return project(value, place, run)

    return complete


def abstract_of(
    type_: GraphQLAbstractType,
    projects: Mapping[GraphQLObjectType, Project],
    field: Field,
    missing: str | None,
) -> Complete:
    """Write an object of one of several types: by its class, else as the schema tells."""
    by_class = _by_class(type_, projects)
    resolve_type = type_.resolve_type or default_type_resolver
    _refuse_async(resolve_type)
    for each in projects:
        _refuse_async(each.is_type_of)

    def complete(value: Any, place: Place, run: Run) -> dict[str, Any] | None:
        project = by_class.get(type(value))
        if project is not None and get_strawberry_type_cast(value) is None:
            return project(value, place, run)
        if is_null(value, missing):
            return None
        info = run.info(field, place)
        found = run.executor.ensure_valid_runtime_type(
            resolve_type(value, info, type_), type_, field.details, info, value
        )
        _require_type(found, value, field, place, run)
        return projects[found](value, place, run)

    return complete


def origin_of(type_: GraphQLObjectType) -> type | None:
    """The class whose instances are of a type and of no other; None where one cannot tell."""
    definition = type_.extensions.get(_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    origin: type = definition.origin
    if (
        definition.is_type_of is not None
        or definition.is_graphql_generic
        or definition.concrete_of is not None
        or definition.name != type_.name
        or origin.__dict__.get("__strawberry_definition__") is not definition
    ):
        return None
    return origin


def _by_class(
    type_: GraphQLAbstractType, projects: Mapping[GraphQLObjectType, Project]
) -> dict[type, Project]:
    interface = type_.extensions.get(_BACKREF) if isinstance(type_, GraphQLInterfaceType) else None
    if isinstance(interface, StrawberryObjectDefinition) and interface.resolve_type is not None:
        return {}
    return {
        origin: project
        for each, project in projects.items()
        if (origin := origin_of(each)) is not None
        and (interface is None or issubclass(origin, interface.origin))
    }


def _require_type(
    type_: GraphQLObjectType, value: Any, field: Field, place: Place, run: Run
) -> None:
    if type_.is_type_of and not type_.is_type_of(value, run.info(field, place)):
        raise invalid_return_type_error(type_, value, field.details)


def _refuse_async(function: object) -> None:
    if iscoroutinefunction(function):
        raise Unplanned("a type that is told by a coroutine")
