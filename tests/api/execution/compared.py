"""Runs an operation by its plan and by graphql-core, and compares what they answer."""

import asyncio
import inspect
import json
from collections.abc import Callable
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError

from api.documents import COERCION_ERRORS_MAX, Documents, core_schema
from api.execution.run import Run
from api.failures import cause_of

Answer = tuple[bytes, list[dict[str, Any]], list[str]]


def answer_of(result: ExecutionResult | list[GraphQLError]) -> Answer:
    """Data byte for byte, errors as they are told, and the exceptions under them."""
    data, errors = (None, result) if isinstance(result, list) else (result.data, result.errors)
    return (
        json.dumps(data).encode(),
        [dict(error.formatted) for error in errors or ()],
        [f"{type(cause_of(error)).__name__}: {cause_of(error)}" for error in errors or ()],
    )


def by_graphql_core(
    documents: Documents, schema: strawberry.Schema, text: str, given: dict[str, Any], context: Any
) -> Answer:
    operation = documents.operation(text, None)

    async def execute() -> ExecutionResult | list[GraphQLError]:
        executor = schema.execution_context_class.build(
            core_schema(schema),
            operation.document,
            context_value=context,
            raw_variable_values=given,
            max_coercion_errors=COERCION_ERRORS_MAX,
            hide_suggestions=operation.hide_suggestions,
        )
        if isinstance(executor, list):
            return executor
        result: Any = executor.execute_operation()
        found: ExecutionResult = await result if inspect.isawaitable(result) else result
        return found

    return answer_of(asyncio.run(execute()))


def by_plan(documents: Documents, text: str, given: dict[str, Any], context: Any) -> Answer | None:
    """None where there is no plan."""
    operation = documents.operation(text, None)

    async def execute() -> ExecutionResult | list[GraphQLError] | None:
        variables = operation.variables.coerce(given)
        if isinstance(variables, list):
            return variables
        plan = documents.plan(operation, variables)
        if plan is None:
            return None
        return await plan.execute(Run(executor=operation.executor(variables, context)))

    result = asyncio.run(execute())
    return None if result is None else answer_of(result)


def both(
    schema: strawberry.Schema,
    text: str,
    given: dict[str, Any] | None = None,
    *,
    context: Callable[[], Any] = dict,
) -> Answer:
    """The answer that both give; each gets a context of its own. There must be a plan."""
    documents = Documents(schema, introspection=True)
    expected = by_graphql_core(documents, schema, text, given or {}, context())
    answered = by_plan(documents, text, given or {}, context())
    assert answered is not None, "the operation was not planned"
    assert answered == expected
    return answered
