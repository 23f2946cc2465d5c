"""Subscriptions over a WebSocket: the server's side of the protocol graphql-transport-ws.

Whatever a client says is answered, or the socket is closed with the protocol's code.
"""

import asyncio
from contextlib import ExitStack, aclosing, suppress
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.context import RequestContext
from api.failures import OperationRefusedError, UnauthenticatedError
from api.failures import entry as error_entry
from api.streams import frames
from api.streams.frames import Closed, Complete, Init, Ping, Said, Subscribe
from api.streams.running import results_of
from api.streams.streams import SEND_S_MAX, Streams, TooManyStreams

INIT_S_MAX = 5.0  # until a connection has said who it is
SUBSCRIPTIONS_MAX = 5  # of one connection: there is one thing to subscribe to


async def serve_socket(streams: Streams, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket."""
    await _Conversation(streams, WebSocket(scope, receive, send)).hold()


class _Conversation:
    def __init__(self, streams: Streams, socket: WebSocket) -> None:
        self._streams = streams
        self._socket = socket
        self._sending = asyncio.Lock()
        self._context: RequestContext | None = None
        self._authorization = socket.headers.get("authorization")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # those that are being cancelled, too

    async def hold(self) -> None:
        """From the handshake to the end."""
        if frames.SUBPROTOCOL not in self._socket.scope["subprotocols"]:
            await self._socket.accept()
            await self._close(
                Closed(frames.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            )
            return
        await self._socket.accept(subprotocol=frames.SUBPROTOCOL)
        goodbye = asyncio.create_task(self._say_goodbye())
        with ExitStack() as counted:
            try:
                await self._converse(counted)
            except Closed as closed:
                await self._close(closed)
            except WebSocketDisconnect:
                pass
            except Exception as error:  # noqa: BLE001 -- told by an id, as every fault
                await self._close(Closed(frames.INTERNAL_ERROR, self._streams.fault(error)))
            finally:
                tasks = [goodbye, *self._tasks]
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    async def _converse(self, counted: ExitStack) -> None:
        try:
            async with asyncio.timeout(INIT_S_MAX) as patience:
                while True:
                    said = await self._hear()
                    if isinstance(said, Init):
                        await self._welcome(said, counted)
                        patience.reschedule(None)
                    else:
                        await self._answer(said)
        except TimeoutError:
            reason = "Connection initialisation timeout"
            raise Closed(frames.INITIALISATION_TIMEOUT, reason) from None

    async def _hear(self) -> Said:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        text = message.get("text")
        return frames.said(text if text is not None else message.get("bytes"))

    async def _welcome(self, init: Init, counted: ExitStack) -> None:
        if self._context is not None:
            raise Closed(frames.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        self._authorization = init.authorization or self._authorization
        self._context = await self._authorised()
        try:
            counted.enter_context(self._streams.counted(self._context.subject))
        except TooManyStreams:
            raise Closed(frames.TRY_AGAIN_LATER, "Too many connections of one member") from None
        await self._send({"type": "connection_ack"})

    async def _authorised(self) -> RequestContext:
        """Who this connection stands for, now. Raises Closed."""
        try:
            return await self._streams.context_for(self._authorization)
        except UnauthenticatedError:
            raise Closed(frames.FORBIDDEN, "Forbidden") from None
        except self._streams.busy_errors:
            raise Closed(frames.TRY_AGAIN_LATER, "Try again later") from None

    async def _answer(self, said: Said) -> None:
        match said:
            case Ping():
                await self._send({"type": "pong"})
            case Subscribe():
                await self._subscribe(said)
            case Complete() if said.id in self._running:
                self._running.pop(said.id).cancel()

    async def _subscribe(self, asked: Subscribe) -> None:
        if self._context is None:
            raise Closed(frames.UNAUTHORISED, "Unauthorized")
        if asked.id in self._running:
            raise Closed(frames.SUBSCRIBER_EXISTS, f"Subscriber for {asked.id[:80]} already exists")
        if len(self._running) >= SUBSCRIPTIONS_MAX:
            message = f"A connection has at most {SUBSCRIPTIONS_MAX} subscriptions."
            refusal = [error_entry(message, code="LIMIT_EXCEEDED")]
            await self._send({"id": asked.id, "type": "error", "payload": refusal})
            return
        task = self._running[asked.id] = asyncio.create_task(self._run(asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, asked: Subscribe) -> None:
        try:
            await self._relay(asked)
        except Closed as closed:
            await self._close(closed)
        except WebSocketDisconnect:
            pass  # the conversation hears of it, too
        except self._streams.busy_errors:
            await self._close(Closed(frames.TRY_AGAIN_LATER, "Try again later"))
        except Exception as error:  # noqa: BLE001 -- told by an id, as every fault
            await self._close(Closed(frames.INTERNAL_ERROR, self._streams.fault(error)))

    async def _relay(self, asked: Subscribe) -> None:
        context = await self._authorised()
        results = results_of(
            self._streams.endpoint, asked.request, context, authorise=self._authorised
        )
        try:
            async with aclosing(results):
                async for payload in results:
                    if payload is not None:
                        await self._send({"id": asked.id, "type": "next", "payload": payload})
        except OperationRefusedError as refused:
            last = {"id": asked.id, "type": "error", "payload": list(refused.errors)}
        else:
            last = {"id": asked.id, "type": "complete"}
        if self._running.get(asked.id) is asyncio.current_task():
            del self._running[asked.id]
        await self._send(last)

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            if self._socket.application_state is not WebSocketState.CONNECTED:
                raise WebSocketDisconnect
            try:
                async with asyncio.timeout(SEND_S_MAX):
                    await self._socket.send_text(orjson.dumps(message).decode())
            except TimeoutError:
                raise Closed(frames.TRY_AGAIN_LATER, "Read too slowly") from None
            except RuntimeError:  # the server has closed it by itself
                raise WebSocketDisconnect from None

    async def _close(self, closed: Closed) -> None:
        """Close with a code; the conversation hears of it, and ends."""
        async with self._sending:
            if self._socket.application_state is WebSocketState.CONNECTED:
                with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
                    async with asyncio.timeout(SEND_S_MAX):
                        await self._socket.close(closed.code, closed.reason)

    async def _say_goodbye(self) -> None:
        await self._streams.ending.wait()
        await self._close(Closed(frames.GOING_AWAY, "The server stops; come again"))
