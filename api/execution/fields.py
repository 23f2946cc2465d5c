"""A field of a plan, and reading the fields of an object."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType, is_non_null_type
from graphql.execution.collect_fields import FieldDetailsList

from api.execution.run import Pending, Place, Run

# Writes a value as the answer has it; raises whatever is wrong with it.
Complete: TypeAlias = Callable[[Any, Place, Run], Any]
# Gives a field's value, or a coroutine that does.
Resolve: TypeAlias = Callable[[Any, Place, Run], Any]
# Writes an object whose type is known. The root has no place.
Project: TypeAlias = Callable[[Any, Place | None, Run], dict[str, Any]]


@dataclass(kw_only=True, slots=True)
class Field:
    """A field of one object type, wherever the operation asks for it under one name.

    Its value is the source's `attribute`, or what `resolve` gives. A value of exactly the type
    `plain` is written as it is; `complete` writes all others.
    """

    key: str
    definition: GraphQLField
    details: FieldDetailsList
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    is_async: bool = False
    attribute: str | None = None
    resolve: Resolve | None = None
    plain: type | None = None
    complete: Complete | None = None

    @property
    def is_non_null(self) -> bool:
        """Whether an error here nulls what it stands in."""
        return is_non_null_type(self.definition.type)


def projector(fields: list[Field], parent: GraphQLObjectType) -> Project:
    """Read the fields of an object in order; async ones are begun, and left pending."""
    type_name = parent.name
    steps: list[tuple[str, str | None, Any, type | None, Any, Field]] = [
        (
            field.key,
            field.attribute,
            field.resolve,
            field.plain,
            _defer(field) if field.is_async else field.complete,
            field,
        )
        for field in fields
    ]

    def project(source: Any, place: Place | None, run: Run) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for key, attribute, resolve, plain, complete, field in steps:
            try:
                if attribute is not None:
                    value = getattr(source, attribute)
                else:
                    value = resolve(source, (place, key, type_name), run)
                if type(value) is plain:
                    answer[key] = value
                else:
                    answer[key] = complete(value, (place, key, type_name), run)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of the field
                here = (place, key, type_name)
                run.fail(error, field.nodes, here, is_non_null=field.is_non_null)
                answer[key] = None
        return answer

    return project


def _defer(field: Field) -> Complete:
    def complete(value: Any, place: Place, run: Run) -> None:
        run.pending = Pending(field=field, awaitable=value, place=place)

    return complete
