"""One subscription under way: its results one by one, as long as its holder may have them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from graphql import ExecutionResult, GraphQLError
from graphql.execution import create_source_event_stream, map_source_to_response_event

from api.bodies import GraphQLRequest
from api.documents import is_subscription
from api.failures import OperationRefusedError, entries, entry
from api.graphql import GraphQLEndpoint

AUTHORISED_EVERY_S = 1.0  # how long a stream outlives its token at most

Payload = dict[str, Any]


async def results_of(
    endpoint: GraphQLEndpoint,
    asked: GraphQLRequest,
    context: object,
    *,
    authorise: Callable[[], Awaitable[object]],
) -> AsyncGenerator[Payload | None, None]:
    """Give the payload of each event; None when nothing came for `AUTHORISED_EVERY_S`.

    `authorise` is asked before each item, and what it raises ends the stream. Raises
    OperationRefusedError for what cannot be run, before it starts or later.
    """
    async with aclosing(await _started(endpoint, asked, context)) as stream:
        pending: asyncio.Task[ExecutionResult | None] | None = None
        try:
            while True:
                pending = pending or asyncio.create_task(_next(stream))
                await asyncio.wait({pending}, timeout=AUTHORISED_EVERY_S)
                await authorise()
                if not pending.done():
                    yield None
                    continue
                result, pending = _result(pending, endpoint), None
                if result is None:
                    return
                yield _payload(result, endpoint)
        finally:
            if pending is not None:
                pending.cancel()
                await asyncio.wait({pending})


async def _started(
    endpoint: GraphQLEndpoint, asked: GraphQLRequest, context: object
) -> AsyncGenerator[ExecutionResult, None]:
    operation = endpoint.documents.operation(asked.query, asked.operation_name)
    if not is_subscription(operation.node):
        message = "A stream is for subscriptions; queries and mutations are answered to POST."
        raise OperationRefusedError([entry(message, code="OPERATION_RESOLUTION_FAILURE")])
    variables = operation.variables.coerce(asked.variables)
    if isinstance(variables, list):
        raise OperationRefusedError(entries(variables, code="BAD_USER_INPUT"))
    executor = operation.executor(variables, context)
    source = create_source_event_stream(executor)
    if isinstance(source, Awaitable):
        source = await source
    if isinstance(source, ExecutionResult):
        raise OperationRefusedError(endpoint.execution_errors(source.errors or []))
    return map_source_to_response_event(executor, source)


async def _next(stream: AsyncGenerator[ExecutionResult, None]) -> ExecutionResult | None:
    return await anext(stream, None)


def _result(
    done: "asyncio.Task[ExecutionResult | None]", endpoint: GraphQLEndpoint
) -> ExecutionResult | None:
    error = done.exception()
    if isinstance(error, endpoint.busy_errors):
        raise error
    if isinstance(error, Exception):
        located = GraphQLError("The stream failed.", original_error=error)
        raise OperationRefusedError(endpoint.execution_errors([located])) from error
    return done.result()


def _payload(result: ExecutionResult, endpoint: GraphQLEndpoint) -> Payload:
    payload: Payload = {"data": result.data}
    if result.errors:
        payload["errors"] = endpoint.execution_errors(result.errors)
    return payload
