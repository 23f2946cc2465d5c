"""A compiled operation, and executing it."""

from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, located_error

from api.execution.fields import Field, Project
from api.execution.run import Pending, Run, keys_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What an operation reads and writes. `size` counts its fields.

    `chain` leads from the root to the one field that has to be waited for; it is empty where
    there is none, and for a mutation, whose root fields wait for each other.
    """

    root: GraphQLObjectType
    fields: list[Field]
    project: Project
    is_serial: bool
    chain: tuple[Field, ...]
    size: int

    async def execute(self, run: Run) -> ExecutionResult:
        """Answer as graphql-core does."""
        data: dict[str, Any] | None
        try:
            if self.is_serial:
                data = await self._serially(run)
            else:
                data = self.project(run.executor.root_value, None, run)
        except GraphQLError as error:
            run.keep(error, None)
            data = None
        if data is not None and run.pending is not None:
            data = await self._finished(data, run.pending, run)
        return ExecutionResult(data, run.errors or None)

    async def _serially(self, run: Run) -> dict[str, Any]:
        source, name = run.executor.root_value, self.root.name
        answer: dict[str, Any] = {}
        for field in self.fields:
            place = (None, field.key, name)
            try:
                if field.resolve is None:
                    value = getattr(source, field.attribute or "")
                else:
                    value = field.resolve(source, place, run)
                if field.is_async:
                    value = await value
                answer[field.key] = _written(field, value, place, run)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of the field
                run.fail(error, field.nodes, place, is_non_null=field.is_non_null)
                answer[field.key] = None
        return answer

    async def _finished(
        self, data: dict[str, Any], pending: Pending, run: Run
    ) -> dict[str, Any] | None:
        """Put the value that is waited for into the answer, or the null that its error makes."""
        keys = keys_of(pending.place)
        field = pending.field
        try:
            value = _written(field, await pending.awaitable, pending.place, run)
        except Exception as raised:  # noqa: BLE001 -- whatever it is, it is an error of the field
            error = located_error(raised, field.nodes, keys.copy())
            run.pending = None
            run.keep(error, None)
            value = None
            while self.chain[len(keys) - 1].is_non_null:
                keys.pop()
                if not keys:
                    return None
        *above, last = keys
        holder = data
        for key in above:
            holder = holder[str(key)]
        holder[str(last)] = value
        return data


def _written(field: Field, value: Any, place: Any, run: Run) -> Any:
    if field.complete is None:
        raise TypeError(f"The field {field.key} was not compiled.")
    return field.complete(value, place, run)
