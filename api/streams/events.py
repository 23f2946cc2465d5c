"""Subscriptions as server-sent events: GraphQL over SSE, in distinct connections mode.

One POST, one stream. What is no request is answered 4xx as always; what cannot be run is told in
the stream, as the protocol wants it, since a browser shows nothing of a failed one.
"""

import asyncio
import time
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from api.bodies import JSON, GraphQLRequest, parse_request, read_body, require_json
from api.context import RequestContext
from api.failures import OperationRefusedError, UnauthenticatedError, entry
from api.streams.running import results_of
from api.streams.streams import SEND_S_MAX, Streams, TooManyStreams

EVENT_STREAM = "text/event-stream"
BEAT_EVERY_S = 12.0  # a comment keeps proxies from taking a quiet stream for a dead one
RETRY_AFTER_S = 5
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ],
}
_BEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


def wants_events(scope: Scope) -> bool:
    """Whether a request asks for a stream by its name: a POST that accepts it, of all types."""
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["method"] == "POST" and EVENT_STREAM.encode() in accept.lower()


async def serve_events(streams: Streams, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request for a stream."""
    request = Request(scope, receive)
    authorization = request.headers.get("authorization")
    try:
        async with asyncio.timeout(streams.endpoint.deadline_s):
            require_json(request.headers.get("content-type"))
            asked = parse_request(await read_body(request))
            context = await streams.context_for(authorization)
        with streams.counted(context.subject):
            await _stream(streams, asked, context, authorization, receive=receive, send=send)
    except TooManyStreams:
        error = entry("Too many streams of one member.", code="LIMIT_EXCEEDED")
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        await JSONResponse({"errors": [error]}, 429, headers)(scope, receive, send)
    except ClientDisconnect:
        pass
    except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is JSON
        await streams.endpoint.failure(error, JSON)(scope, receive, send)


async def _stream(
    streams: Streams,
    asked: GraphQLRequest,
    context: RequestContext,
    authorization: str | None,
    *,
    receive: Receive,
    send: Send,
) -> None:
    """Tell all events, until the caller goes or the server stops."""
    writing = asyncio.create_task(_write(streams, asked, context, authorization, send))
    others = {
        asyncio.create_task(_gone(receive)),
        asyncio.create_task(streams.ending.wait()),
    }
    try:
        await asyncio.wait({writing, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (writing, *others):
            task.cancel()
        await asyncio.wait({writing, *others})
    with suppress(OSError, TimeoutError):  # the caller is gone, or reads too slowly
        if writing.cancelled():
            # Cut off without `complete`: the app comes again with `after`.
            await _send(send, b"", more=False)
        else:
            writing.result()


async def _write(
    streams: Streams,
    asked: GraphQLRequest,
    context: RequestContext,
    authorization: str | None,
    send: Send,
) -> None:
    async def authorise() -> object:
        return await streams.context_for(authorization)

    await send(_START)
    last = _COMPLETE
    try:
        told_s = time.monotonic()
        results = results_of(streams.endpoint, asked, context, authorise=authorise)
        async with aclosing(results):
            async for payload in results:
                if payload is not None:
                    await _send(send, _next(payload))
                elif time.monotonic() - told_s < BEAT_EVERY_S:
                    continue
                else:
                    await _send(send, _BEAT)
                told_s = time.monotonic()
    except OperationRefusedError as refused:
        last = _next({"errors": list(refused.errors)}) + _COMPLETE
    except UnauthenticatedError as ended:
        last = _next({"errors": [entry(str(ended), code=ended.code)]}) + _COMPLETE
    except (OSError, TimeoutError):
        raise
    except streams.busy_errors:
        last = b""  # cut off: the app comes again
    except Exception as error:  # noqa: BLE001 -- told by an id, as every fault
        fault = entry("Internal error", code="INTERNAL")
        fault["extensions"]["logId"] = streams.fault(error)
        last = _next({"errors": [fault]}) + _COMPLETE
    await _send(send, last, more=False)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_S_MAX):
        await send({"type": "http.response.body", "body": body, "more_body": more})


def _next(payload: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(payload) + b"\n\n"
