import asyncio
import threading
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from api.loopback import serve_in_thread


def quiet_app():
    return Starlette()


def test_a_server_stops_and_leaves_no_thread_behind():
    before = set(threading.enumerate())
    with serve_in_thread(quiet_app()) as url, httpx.Client(base_url=url) as client:
        client.get("/")  # an idle connection stays open
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_servers_run_side_by_side_on_ports_of_their_own():
    with serve_in_thread(quiet_app()) as first, serve_in_thread(quiet_app()) as second:
        assert first != second
        assert {httpx.get(url).status_code for url in (first, second)} == {404}


def test_an_app_that_cannot_start_raises_its_own_error():
    @asynccontextmanager
    async def lifespan(_):
        raise OSError("no room")
        yield

    before = set(threading.enumerate())
    with pytest.raises(OSError, match="no room"), serve_in_thread(Starlette(lifespan=lifespan)):
        pytest.fail("the block must not begin")
    assert set(threading.enumerate()) <= before


def test_an_app_that_reports_a_failed_start_raises_its_words():
    async def app(_scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "not today"})

    with pytest.raises(RuntimeError, match="not today"), serve_in_thread(app):
        pytest.fail("the block must not begin")


def test_an_app_without_a_lifespan_is_served():
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        await PlainTextResponse("hi")(scope, receive, send)

    with serve_in_thread(app) as url:
        assert httpx.get(url).text == "hi"


def test_the_lifespan_surrounds_the_block():
    steps = []

    @asynccontextmanager
    async def lifespan(_):
        steps.append("start")
        yield
        steps.append("stop")

    with serve_in_thread(Starlette(lifespan=lifespan)):
        steps.append("block")
    assert steps == ["start", "block", "stop"]


def test_an_error_in_the_block_comes_through_and_stops_the_server():
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError), serve_in_thread(quiet_app()):
        raise ZeroDivisionError
    assert set(threading.enumerate()) <= before


def test_an_endless_stream_does_not_hold_the_stop():
    async def endless():
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    async def stream(_):
        return StreamingResponse(endless())

    before = set(threading.enumerate())
    with httpx.Client() as client:
        with serve_in_thread(Starlette(routes=[Route("/", stream)])) as url:
            answer = client.send(client.build_request("GET", url), stream=True)
            pieces = answer.iter_raw()
            assert next(pieces) == b"x"
        pieces.close()
        answer.close()
    assert set(threading.enumerate()) <= before
