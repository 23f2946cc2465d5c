"""One execution of a plan: what it was asked with, and what has gone wrong so far."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import FieldNode, GraphQLError, GraphQLResolveInfo, located_error
from graphql.execution import VariableValues
from graphql.execution.executor import Executor
from graphql.pyutils import Path

if TYPE_CHECKING:
    from api.execution.fields import Field

# Where a value stands: (what it stands in, key or index, the type that a key belongs to).
# A plain tuple, made for each object, costs a tenth of graphql-core's `Path`.
Place: TypeAlias = tuple[Any, str | int, str | None]


class Unplanned(Exception):  # noqa: N818 -- says what an operation is, not what went wrong
    """The operation is for graphql-core to execute; the message says what in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """The one field of a query that has to be waited for. No list stands above it."""

    field: "Field"
    awaitable: Coroutine[Any, Any, Any]
    place: Place


@dataclass(kw_only=True, slots=True)
class Run:
    """The state of one execution. `executor` is graphql-core's, for what resolvers are told."""

    executor: Executor[Any]
    errors: list[GraphQLError] = field(default_factory=list)
    pending: Pending | None = None

    @property
    def variables(self) -> VariableValues:
        """The operation's variables, coerced."""
        return self.executor.variable_values

    def info(self, asked: "Field", place: Place) -> GraphQLResolveInfo[Any]:
        """What a resolver of `asked` is told, as graphql-core tells it."""
        return self.executor.build_resolve_info(
            asked.definition, asked.nodes, asked.parent, path_of(place)
        )

    def fail(
        self, error: Exception, nodes: list[FieldNode], place: Place, *, is_non_null: bool
    ) -> None:
        """Keep an error, and null its value; raise it instead where the value cannot be null."""
        located = located_error(error, nodes, keys_of(place))
        if is_non_null:
            raise located
        self.keep(located, place)

    def keep(self, error: GraphQLError, place: Place | None) -> None:
        """Keep an error that nulls the value at `place`; None is the whole answer."""
        self.errors.append(error)
        if self.pending is not None and (place is None or _is_within(self.pending.place, place)):
            # Its place is gone, so that whatever it comes to is no part of the answer.
            self.pending.awaitable.close()
            self.pending = None


def keys_of(place: Place | None) -> list[str | int]:
    """The keys and indices from the root to a place."""
    keys = []
    while place is not None:
        keys.append(place[1])
        place = place[0]
    return keys[::-1]


def path_of(place: Place) -> Path:
    """A place as graphql-core writes it."""
    above, key, type_name = place
    return Path(path_of(above) if above is not None else None, key, type_name)


def _is_within(inner: Place, outer: Place) -> bool:
    keys = keys_of(outer)
    return keys_of(inner)[: len(keys)] == keys
