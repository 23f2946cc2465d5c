"""An operation made ready: how its variables are coerced, and a plan for each of its shapes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.executor import Executor
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from api.execution.compiling import Compiler
from api.execution.conditions import conditions_of
from api.execution.plan import Plan
from api.execution.run import Unplanned
from api.execution.variables import Variables

# Plain values, most of an answer, are told from awaitables by their type alone.
_is_awaitable = cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable)

PLANS_MAX = 4  # of one operation: an app has a screen with and without some part, and few more


@dataclass(kw_only=True, slots=True)
class Operation:
    """What is known of an operation. `size` counts the fields of its plans."""

    schema: Schema
    document: DocumentNode
    node: OperationDefinitionNode
    errors_max: int
    hide_suggestions: bool
    size: int = 0
    fragments: dict[str, FragmentDefinitionNode] = field(init=False)
    variables: Variables = field(init=False)
    _details: dict[str, FragmentDetails] = field(init=False)
    _deciding: tuple[str, ...] | None = field(init=False)
    _plans: dict[tuple[bool, ...], Plan | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Look at the variables once."""
        self.fragments = {
            each.name.value: each
            for each in self.document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._details = {name: FragmentDetails(each) for name, each in self.fragments.items()}
        self.variables = Variables(
            self.schema._schema,  # noqa: SLF001 -- Strawberry has no public name for it
            self.node,
            errors_max=self.errors_max,
            hide_suggestions=self.hide_suggestions,
        )
        try:
            self._deciding = conditions_of(self.node, self.fragments)
        except Unplanned:
            self._deciding = None

    def executor(self, variables: VariableValues, context: object) -> Executor[Any]:
        """Graphql-core's executor of this operation, as its own `build` makes it."""
        return self.schema.execution_context_class(
            self.schema._schema,  # noqa: SLF001 -- as above
            self.fragments,
            self._details,
            None,
            context,
            self.node,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=_is_awaitable,
            hide_suggestions=self.hide_suggestions,
        )

    def plan(self, variables: VariableValues) -> Plan | None:
        """The plan for these variables; None where graphql-core has to execute."""
        if self._deciding is None:
            return None
        conditions = {name: variables.coerced.get(name) for name in self._deciding}
        key: tuple[Any, ...] = tuple(conditions.values())
        if key in self._plans:
            return self._plans[key]
        if len(self._plans) >= PLANS_MAX or not all(type(value) is bool for value in key):
            return None
        plan = self._compiled(conditions)
        self._plans[key] = plan
        self.size += plan.size if plan else 0
        return plan

    def _compiled(self, conditions: dict[str, Any]) -> Plan | None:
        compiler = Compiler(
            schema=self.schema,
            operation=self.node,
            fragments=self.fragments,
            conditions=conditions,
            hide_suggestions=self.hide_suggestions,
        )
        try:
            return compiler.compile()
        except Unplanned:
            return None
