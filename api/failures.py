"""What goes wrong with a request, in the words and codes its sender gets.

A caller's own mistake is told as it is. Anything else is masked: the sender gets an id, and
the log holds the error's type and its places under that id, and no text of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryGraphQLError
from structlog.typing import FilteringBoundLogger

# An entry of `errors`: message, and where known locations, path and extensions.code.
ErrorEntry: TypeAlias = dict[str, Any]

_PLACE_KEYS = frozenset({"locations", "path"})
TRACEBACKS_MAX = 5  # a list of a hundred broken items has one cause, and needs not fill the log


class CallerError(Exception):
    """A mistake of the caller. Its message and code reach the caller."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class UnauthenticatedError(CallerError):
    """The bearer token is missing, expired or not ours: answered 401 before execution."""

    def __init__(self, message: str = "A valid bearer token is needed.") -> None:
        super().__init__(message, code="UNAUTHENTICATED")


class UnavailableError(Exception):
    """The server cannot do it now (a busy database): answered 503, to be tried again."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(f"Busy; try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class MalformedRequestError(Exception):
    """The HTTP request is no GraphQL request; `status` is its 4xx answer."""

    def __init__(self, message: str, *, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OperationRefusedError(Exception):
    """The request is well-formed, its operation cannot be executed; `errors` say why."""

    def __init__(self, errors: Sequence[ErrorEntry]) -> None:
        super().__init__()
        self.errors = errors


def entry(message: str, *, code: str) -> ErrorEntry:
    """Shape an error that belongs to no place in the document."""
    return {"message": message, "extensions": {"code": code}}


def entries(errors: Sequence[GraphQLError], *, code: str) -> list[ErrorEntry]:
    """Shape errors of graphql-core; an error's own code goes before `code`."""
    return [
        {**error.formatted, "extensions": {"code": code, **(error.extensions or {})}}
        for error in errors
    ]


def cause_of(error: GraphQLError) -> Exception:
    """Give the exception a resolver raised, from under the errors wrapped around it."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_bad_argument(cause: Exception) -> bool:
    """Tell whether the libraries refused an argument while executing.

    Validation cannot see the null given for a nullable variable with a default. Such an error
    points at the argument; graphql-core's complaints about our own results point at the field
    or at nothing.
    """
    if isinstance(cause, StrawberryGraphQLError):
        return True
    return (
        type(cause) is GraphQLError
        and bool(cause.nodes)
        and not any(isinstance(node, FieldNode) for node in cause.nodes or ())
    )


def execution_entries(
    errors: Sequence[GraphQLError],
    *,
    caller_errors: tuple[type[Exception], ...],
    log: FilteringBoundLogger,
    new_id: Callable[[], str],
) -> list[ErrorEntry]:
    """Shape the errors of an execution, masking what is not the caller's.

    `caller_errors` are classes with a `code`. All masked errors of one answer share one id.
    """
    shaped: list[ErrorEntry] = []
    log_id: str | None = None
    masked = 0
    for error in errors:
        cause = cause_of(error)
        place = {key: value for key, value in error.formatted.items() if key in _PLACE_KEYS}
        if isinstance(cause, caller_errors):
            message, extensions = str(cause), {"code": getattr(cause, "code", "BAD_USER_INPUT")}
        elif _is_bad_argument(cause):
            message, extensions = error.message, {"code": "BAD_USER_INPUT"}
        else:
            log_id = log_id or new_id()
            masked += 1
            if masked <= TRACEBACKS_MAX:
                log.error(
                    "graphql_field_failed", log_id=log_id, path=_dotted(error.path), exc_info=cause
                )
            message, extensions = "Internal error", {"code": "INTERNAL", "logId": log_id}
        shaped.append({"message": message, **place, "extensions": extensions})
    return shaped


def _dotted(path: list[str | int] | None) -> str:
    return ".".join(str(part) for part in path or ())
