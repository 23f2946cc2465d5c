"""POST /graphql: GraphQL over HTTP, as its draft of June 2025 words it.

A request that is no GraphQL request is answered 4xx. A well-formed one whose operation cannot
be executed is answered 400 as application/graphql-response+json and 200 as application/json,
since old clients read errors only there. Whatever was executed is answered 200, errors or not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from api.bodies import (
    GRAPHQL_RESPONSE,
    JSON,
    parse_request,
    read_body,
    require_json,
    response_media_type,
)
from api.documents import Documents, is_subscription
from api.execution.operation import Operation
from api.execution.run import Run
from api.explorer import explorer_page
from api.failures import (
    CallerError,
    ErrorEntry,
    MalformedRequestError,
    OperationRefusedError,
    UnauthenticatedError,
    UnavailableError,
    cause_of,
    entries,
    entry,
    execution_entries,
)

DEADLINE_S = 10.0  # a phone on a poor network gives up after about as long
RETRY_AFTER_S = 1  # a write that found the database busy is over by then

ContextFor = Callable[[Request], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class GraphQLEndpoint:
    """An ASGI application for one URL.

    `context_for` makes the resolvers' context and may raise UnauthenticatedError or
    UnavailableError. `caller_errors` are exceptions of the resolvers, each with a `code`, whose
    message the caller may read; `busy_errors` say that the server can do it later. With
    `ide`, browsers get a page to try operations on, introspection is answered and errors
    make suggestions.

    The deadline cancels what waits. A thread at work is left to finish: a write that commits
    after its 503 is found again by its idempotency key.
    """

    schema: strawberry.Schema
    context_for: ContextFor
    log: FilteringBoundLogger
    new_id: Callable[[], str]
    ide: bool = False
    caller_errors: tuple[type[Exception], ...] = ()
    busy_errors: tuple[type[Exception], ...] = ()
    deadline_s: float = DEADLINE_S
    documents: Documents = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a schema whose extensions and directives would be passed over in silence."""
        if self.schema.extensions or self.schema.directives:
            raise ValueError("This endpoint runs no Strawberry extensions or directives.")
        documents = Documents(self.schema, introspection=self.ide)
        object.__setattr__(self, "documents", documents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept = ",".join(request.headers.getlist("accept"))
        if request.method != "POST":
            if self.ide and request.method == "GET" and "text/html" in accept:
                return explorer_page()
            error = entry("GraphQL is answered to POST.", code="METHOD_NOT_ALLOWED")
            return _refusal(error, status=405, headers={"Allow": "POST"})
        media_type = response_media_type(accept)
        if media_type is None:
            message = f"Answers are {GRAPHQL_RESPONSE} or {JSON}."
            return _refusal(entry(message, code="NOT_ACCEPTABLE"), status=406)
        try:
            async with asyncio.timeout(self.deadline_s):
                return await self._answer(request, media_type)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is JSON
            return self.failure(error, media_type)

    async def _answer(self, request: Request, media_type: str) -> Response:
        require_json(request.headers.get("content-type"))
        asked = parse_request(await read_body(request))
        # Who asks comes before the costly part, parsing and validation.
        context = await self.context_for(request)
        operation = self.documents.operation(asked.query, asked.operation_name)
        if is_subscription(operation.node):
            message = "A subscription needs a stream: a WebSocket or server-sent events."
            raise OperationRefusedError([entry(message, code="OPERATION_RESOLUTION_FAILURE")])
        result = await self._execute(operation, asked.variables, context)
        content: dict[str, Any] = {"data": result.data}
        if result.errors:
            content["errors"] = self.execution_errors(result.errors)
        return _json_response(content, status=200, media_type=media_type)

    async def _execute(
        self, operation: Operation, given: dict[str, Any], context: object
    ) -> ExecutionResult:
        variables = operation.variables.coerce(given)
        if isinstance(variables, list):  # the operation is known, so the variables are at fault
            raise OperationRefusedError(entries(variables, code="BAD_USER_INPUT"))
        executor = operation.executor(variables, context)
        plan = self.documents.plan(operation, variables)
        if plan is not None:
            return await plan.execute(Run(executor=executor))
        result = executor.execute_operation()
        if isawaitable(result):
            result = await result
        if not isinstance(result, ExecutionResult):
            raise TypeError("The schema must not have @defer and @stream.")
        return result

    def execution_errors(self, errors: list[GraphQLError]) -> list[ErrorEntry]:
        """Shape what went wrong in an execution. Raises what asks to come again."""
        for error in errors:
            cause = cause_of(error)
            if isinstance(cause, (UnavailableError, *self.busy_errors)):
                raise cause  # half an answer is of no use to who has to ask again anyway
        return execution_entries(
            errors,
            caller_errors=(CallerError, *self.caller_errors),
            log=self.log,
            new_id=self.new_id,
        )

    def failure(self, error: Exception, media_type: str) -> Response:
        """Answer with errors and no data."""
        if isinstance(error, self.busy_errors):
            self.log.warning("database_unavailable", reason=str(error))
            error = UnavailableError(retry_after_s=RETRY_AFTER_S)
        headers: dict[str, str] = {}
        match error:
            case OperationRefusedError():
                status = 400 if media_type == GRAPHQL_RESPONSE else 200
                content = {"errors": error.errors}
                return _json_response(content, status=status, media_type=media_type)
            case MalformedRequestError():
                status, shaped = error.status, entry(str(error), code=error.code)
            case UnauthenticatedError():
                status, shaped = 401, entry(str(error), code=error.code)
                headers["WWW-Authenticate"] = "Bearer"
            case UnavailableError():
                status, shaped = 503, entry(str(error), code="UNAVAILABLE")
                headers["Retry-After"] = str(error.retry_after_s)
            case TimeoutError():
                self.log.warning("graphql_deadline_exceeded", deadline_s=self.deadline_s)
                status, shaped = 503, entry("This took too long.", code="DEADLINE_EXCEEDED")
                headers["Retry-After"] = str(RETRY_AFTER_S)
            case ClientDisconnect():
                status, shaped = 400, entry("The body ended early.", code="BAD_REQUEST")
            case _:
                log_id = self.new_id()
                self.log.error("graphql_request_failed", log_id=log_id, exc_info=error)
                status, shaped = 500, entry("Internal error", code="INTERNAL")
                shaped["extensions"]["logId"] = log_id
        return _refusal(shaped, status=status, media_type=media_type, headers=headers)


def graphql_route(endpoint: GraphQLEndpoint, *, path: str = "/graphql") -> Route:
    """Mount the endpoint; it answers every HTTP method itself."""
    return Route(path, endpoint, methods=None)


def _json_response(
    content: Mapping[str, object],
    *,
    status: int,
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response(
        orjson.dumps(content),
        status_code=status,
        media_type=f"{media_type}; charset=utf-8",
        # The answer is about one person.
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _refusal(
    error: ErrorEntry,
    *,
    status: int,
    media_type: str = JSON,
    headers: dict[str, str] | None = None,
) -> Response:
    return _json_response(
        {"errors": [error]}, status=status, media_type=media_type, headers=headers
    )
