"""Compiles an operation: from its selections to closures that read objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from strawberry import Schema

from api.execution.completing import Items, abstract_of, list_of, object_of
from api.execution.fields import Complete, Field, Project, projector
from api.execution.leaves import PLAIN, leaf
from api.execution.plan import Plan
from api.execution.resolving import set_resolver
from api.execution.run import Unplanned

FIELDS_MAX = 1_000  # of one plan: each type of a union has its own; the home screen's has 80


@dataclass(kw_only=True, slots=True)
class Compiler:
    """Compiles one operation.

    `conditions` are the values of the variables that decide what is asked for.
    """

    schema: Schema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Mapping[str, bool]
    hide_suggestions: bool
    _fields: int = 0
    _details: dict[str, FragmentDetails] = field(init=False)
    _deciding: VariableValues = field(init=False)
    _chain: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        """Keep what graphql-core's own collecting of fields takes."""
        self._details = {name: FragmentDetails(node) for name, node in self.fragments.items()}
        self._deciding = VariableValues({}, dict(self.conditions))

    def compile(self) -> Plan:
        """Raises Unplanned for what graphql-core has to execute."""
        core = self.schema._schema  # noqa: SLF001 -- Strawberry has no public name for it
        root = core.get_root_type(self.operation.operation)
        if root is None or self.operation.operation is OperationType.SUBSCRIPTION:
            raise Unplanned("a subscription, or a root that the schema does not have")
        collected = collect_fields(
            core, self._details, self._deciding, root, self.operation, self.hide_suggestions
        )
        is_serial = self.operation.operation is OperationType.MUTATION
        fields = self._collected(collected, root, None if is_serial else ())
        return Plan(
            root=root,
            fields=fields,
            project=projector(fields, root),
            is_serial=is_serial,
            chain=self._chain,
            size=self._fields,
        )

    def _project(
        self, type_: GraphQLObjectType, details: FieldDetailsList, above: tuple[Field, ...] | None
    ) -> Project:
        core = self.schema._schema  # noqa: SLF001 -- as above
        collected = collect_subfields(
            core,
            self._details,
            self._deciding,
            self.operation,
            type_,
            details,
            self.hide_suggestions,
        )
        return projector(self._collected(collected, type_, above), type_)

    def _collected(
        self, collected: CollectedFields, parent: GraphQLObjectType, above: tuple[Field, ...] | None
    ) -> list[Field]:
        return [
            self._field(key, details, parent, above)
            for key, details in collected.grouped_field_set.items()
        ]

    def _field(
        self,
        key: str,
        details: FieldDetailsList,
        parent: GraphQLObjectType,
        above: tuple[Field, ...] | None,
    ) -> Field:
        """Compile a field and what is below it.

        `above` are the fields from the root, as long as each gives one object of a known type.
        """
        self._fields += 1
        if self._fields > FIELDS_MAX:
            raise Unplanned(f"more than {FIELDS_MAX} fields")
        nodes = [each.node for each in details]
        name = nodes[0].name.value
        definition = self.schema._schema.get_field(parent, name)  # noqa: SLF001 -- as above
        if definition is None:
            raise Unplanned(f"the field {parent.name}.{name}")
        made = Field(key=key, definition=definition, details=details, nodes=nodes, parent=parent)
        set_resolver(made, self.schema, hide_suggestions=self.hide_suggestions)
        if made.is_async and not self._is_serial_root(parent):
            if above is None or self._chain:
                raise Unplanned("several fields to wait for")
            self._chain = (*above, made)
        below = None if above is None or made.is_async else (*above, made)
        made.plain, made.complete = self._value(definition.type, made, below)
        return made

    def _is_serial_root(self, parent: GraphQLObjectType) -> bool:
        return (
            self.operation.operation is OperationType.MUTATION
            and parent is self.schema._schema.mutation_type  # noqa: SLF001 -- as above
        )

    def _value(
        self, type_: GraphQLOutputType, made: Field, above: tuple[Field, ...] | None
    ) -> tuple[type | None, Complete]:
        """How values of a type are written: as they are if of a class, and otherwise."""
        missing = None
        if is_non_null_type(type_):
            name = made.nodes[0].name.value
            missing = f"Cannot return null for non-nullable field {made.parent}.{name}."
            type_ = type_.of_type
        inner: Any = type_
        if is_list_type(inner):
            plain, complete = self._value(inner.of_type, made, None)
            items = Items(
                complete=complete, plain=plain, is_non_null=is_non_null_type(inner.of_type)
            )
            return None, list_of(items, made, missing)
        if is_leaf_type(inner):
            return PLAIN.get(inner), leaf(inner, missing)
        if is_abstract_type(inner):
            possible = self.schema._schema.get_possible_types(inner)  # noqa: SLF001 -- as above
            projects = {each: self._project(each, made.details, None) for each in possible}
            return None, abstract_of(inner, projects, made, missing)
        if is_object_type(inner):
            project = self._project(inner, made.details, above)
            return None, object_of(inner, project, made, missing)
        raise Unplanned(f"the type {type_}")
