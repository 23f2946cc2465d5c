"""Logs that name nobody: one line per event on standard error, of known fields only.

What a field may hold is not judged by its looks: a field not in `FIELDS` is dropped, texts of
exceptions are never written (they quote what a caller sent), and a path is written as its route.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from enum import Enum
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

_FIELD_NAMES = """
    at level event dropped logger text error cause where log_id request_id method path status ms
    role problem member_id staff_id store_id visit_id activity_id reward_id voucher_id nudge_id
    device_id job_id lane outcome reason rule programme_version variable count attempt attempts
    retry_after_s deadline_s duration_s depth cost host port version slot process exit_code
"""
FIELDS = frozenset(_FIELD_NAMES.split())
"""Every field that a line may have: ids, numbers and our own words, never what a person typed."""

VALUE_LENGTH_MAX = 200
"""Longer values are cut, so that one line stays readable and no pipe is flooded."""

PLACES_MAX = 5
"""The innermost frames of an exception that are written."""

REQUEST_ID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")
"""A caller's own request id is taken up only in this shape, that of UUIDs and of trace ids: letters
at will would spell names, and fewer digits are somebody's number."""

NO_ROUTE = "(no route)"
"""Stands for a path that no route knows: it may hold anything."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_SERVER_ERROR = 500
_SWITCHED = 101
_FORBIDDEN = 403

_SILENT = ("uvicorn.access",)  # its lines are `RequestLog`'s, with the query string


def configure_logs(*, level: str, pretty: bool = False, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's logs to `stream` (default: standard error).

    `level` is one of debug, info, warning, error. Libraries speak from warning on, whatever the
    level. `pretty` writes for a person at a terminal, otherwise each line is a JSON object.
    Run uvicorn with `log_config=None`, or its own configuration takes the place of this one.
    """
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=_processors(pretty=pretty, colours=out.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    # The handler has a level too: a library that sets its own logger's would pass the root's.
    root.handlers = [_Forward(max(threshold, logging.WARNING))]
    root.setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).disabled = True
    # DBOS writes to the console by itself unless it finds a handler; its lines go with the rest.
    engine = logging.getLogger("dbos")
    engine.handlers = [logging.NullHandler()]
    engine.propagate = True


def _processors(*, pretty: bool, colours: bool) -> list[Processor]:
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="at")
        if pretty
        else structlog.processors.JSONRenderer(serializer=_json)
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _tell_exception,
        _keep_known_fields,
        render,
    ]


def _json(fields: Mapping[str, Any], **_: Any) -> str:
    return orjson.dumps(fields).decode()


def _tell_exception(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Replace an exception by its type, its cause's type, and the places it passed."""
    given = fields.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["error"] = type(error).__name__
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None:
            fields["cause"] = type(cause).__name__
        fields["where"] = _places(error.__traceback__)
    return fields


def _places(traceback: TracebackType | None) -> str:
    places = []
    while traceback is not None:
        frame = traceback.tb_frame
        module = frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return " > ".join(places[-PLACES_MAX:])


def _keep_known_fields(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    """Drop what is not in `FIELDS`, and count it in `dropped`."""
    kept = {name: _plain(value) for name, value in fields.items() if name in FIELDS}
    if len(kept) < len(fields):
        kept["dropped"] = len(fields) - len(kept)
    return kept


def _plain(value: object) -> object:
    """Give a number, or a text of one line; of anything else only its type's name."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return type(value).__name__
    text = value[:VALUE_LENGTH_MAX]
    # Terminals obey control characters, and a newline would begin a line of the caller's making.
    return "".join(character if character.isprintable() else "?" for character in text)


class _Forward(logging.Handler):
    """Gives the records of the standard library's loggers to structlog.

    Of the message only the first line of the template is kept: uvicorn fills in query strings,
    asyncio and others the text of exceptions.
    """

    def emit(self, record: logging.LogRecord) -> None:
        text = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        level = logging.ERROR if record.levelno >= logging.ERROR else logging.WARNING
        # The handler's own way with errors would print the message in full.
        with suppress(Exception):
            structlog.get_logger().log(
                level,
                "library",
                logger=record.name,
                text=text.partition("\n")[0],
                exc_info=record.exc_info,
            )


class RequestLog:
    """ASGI middleware: gives each request an id, and writes a line when it has been answered.

    The id stands in `x-request-id` of the response and in every line of the request's task. The
    path is the matched route's own (`/cards/{handle}`), so that nothing a caller put into an
    address is written; likewise the query string is never read.
    """

    def __init__(
        self, app: ASGIApp, *, log: FilteringBoundLogger, new_id: Callable[[], str]
    ) -> None:
        self._app = app
        self._log = log
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if REQUEST_ID.fullmatch(offered) else self._new_id()
        status = _SERVER_ERROR  # what the server answers for an app that did not

        async def send_with_id(message: Message) -> None:
            nonlocal status
            kind = message["type"]
            if kind in {"http.response.start", "websocket.http.response.start"}:
                status = message["status"]
            elif kind == "websocket.accept":
                status = _SWITCHED
            elif kind == "websocket.close" and status != _SWITCHED:
                status = _FORBIDDEN  # what the server answers for a close before the accept
            if kind.endswith((".start", ".accept")):
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        error: BaseException | None = None
        started_s = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except BaseException as raised:
                error = raised
                raise
            finally:
                ms = (time.perf_counter() - started_s) * 1000
                write = self._log.error if status >= _SERVER_ERROR else self._log.info
                write(
                    "request",
                    method=_method_of(scope),
                    path=getattr(scope.get("route"), "path", NO_ROUTE),
                    status=status,
                    ms=round(ms, 1),
                    exc_info=error,
                )


def _method_of(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return "WEBSOCKET"
    return scope["method"] if scope["method"] in _METHODS else "OTHER"
