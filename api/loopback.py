"""Runs an ASGI app on a free loopback port beside the caller: for the demo, and for tests."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

START_S_MAX = 30.0
"""A start beyond this is taken for a hang; migrations of a new database take a few seconds."""

STREAMS_S_MAX = 1
"""What open streams get to finish when the server stops, before they are cancelled."""

STOP_S_MAX = 10.0
"""A stop beyond this is a hang: the app's own shutdown did not end."""

_LOOK_EVERY_S = 0.005


@contextmanager
def serve_in_thread(app: ASGIApp) -> Iterator[str]:
    """Serve `app` at the yielded base URL (`http://127.0.0.1:PORT`, no slash) until the block ends.

    The app's lifespan has started when the block begins, and has ended when it is left. Raises
    the app's own error when it cannot start. Stopping takes about 0.3 s, and `STREAMS_S_MAX` more
    when a response is still being sent.
    """
    faults: list[BaseException] = []
    watched = _with_startup_faults(app, faults)
    config = uvicorn.Config(
        watched, log_config=None, access_log=False, timeout_graceful_shutdown=STREAMS_S_MAX
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def run() -> None:
            try:
                server.run(sockets=[listener])
            except BaseException as error:  # noqa: BLE001 -- raised again in the caller's thread
                faults.append(error)

        thread = threading.Thread(target=run, name=f"serve {url}", daemon=True)
        thread.start()
        try:
            _wait_for_start(server, thread, faults)
            yield url
        finally:
            server.should_exit = True
            thread.join(STOP_S_MAX)
        if thread.is_alive():
            raise TimeoutError(f"the server at {url} did not stop within {STOP_S_MAX:.0f} s")


def _wait_for_start(
    server: uvicorn.Server, thread: threading.Thread, faults: list[BaseException]
) -> None:
    for _ in range(int(START_S_MAX / _LOOK_EVERY_S)):
        if server.started:
            return
        if not thread.is_alive():
            raise faults[0] if faults else RuntimeError("the server ended before it started")
        thread.join(_LOOK_EVERY_S)
    raise TimeoutError(f"the app did not start within {START_S_MAX:.0f} s")


def _with_startup_faults(app: ASGIApp, faults: list[BaseException]) -> ASGIApp:
    """Keep what goes wrong in the app's lifespan, of which uvicorn only writes a log line."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def watched_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                reported.append(RuntimeError(message.get("message", "startup failed")))
            await send(message)

        reported: list[BaseException] = []
        try:
            await app(scope, receive, watched_send)
        except BaseException as error:
            faults.append(error)
            raise
        finally:
            faults.extend(reported)

    return watched
