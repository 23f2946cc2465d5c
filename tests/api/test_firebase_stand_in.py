import asyncio
import threading
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from api.firebase_stand_in import FAULTS, FCM_ERROR_TYPE, stand_in_app
from api.loopback import serve_in_thread

PATH = "/v1/projects/demo/messages:send"
MESSAGE = {"token": "phone", "notification": {"title": "Hello", "body": "You"}, "data": {"a": "b"}}


@pytest.fixture(scope="module")
def fcm():
    app = stand_in_app()
    with serve_in_thread(app) as url, httpx.Client(base_url=url) as client:
        yield app, client


@pytest.fixture(autouse=True)
def _forget_messages(fcm):
    fcm[0].state.received.clear()
    fcm[0].state.refused.clear()


def test_a_message_is_taken_named_and_remembered(fcm):
    app, client = fcm
    names = [client.post(PATH, json={"message": MESSAGE}).json()["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert all(name.startswith("projects/demo/messages/") for name in names)
    assert list(app.state.received) == [MESSAGE, MESSAGE]


def test_the_listener_hears_each_message_that_is_taken():
    heard = []
    with serve_in_thread(stand_in_app(heard.append)) as url:
        httpx.post(url + PATH, json={"message": MESSAGE})
        httpx.post(url + PATH, json={"message": {**MESSAGE, "token": "unregistered"}})
    assert heard == [MESSAGE]


@pytest.mark.parametrize("word", FAULTS)
def test_an_address_asks_for_its_fault(fcm, word):
    app, client = fcm
    answer = client.post(PATH, json={"message": {**MESSAGE, "token": f"my-{word}-1"}})
    error = answer.json()["error"]
    assert answer.status_code == error["code"] == FAULTS[word].http_status
    assert error["status"] == FAULTS[word].status
    assert error["details"] == [{"@type": FCM_ERROR_TYPE, "errorCode": FAULTS[word].code}]
    assert not app.state.received
    assert list(app.state.refused) == [FAULTS[word].code]


def test_a_quota_fault_names_its_wait(fcm):
    answer = fcm[1].post(PATH, json={"message": {**MESSAGE, "token": "quota"}})
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"1",
        b"[]",
        b"{}",
        b'{"message": null}',
        b'{"message": {}}',
        b'{"message": {"token": ""}}',
        b'{"message": {"token": 1}}',
        b'{"message": {"token": "a", "fid": "b"}}',
        b'{"message": {"token": "a", "notification": "x"}}',
        b'{"message": {"token": "a", "notification": {"title": 1}}}',
        b'{"message": {"token": "a", "data": {"n": 1}}}',
    ],
)
def test_a_malformed_request_is_refused_as_an_invalid_argument(fcm, body):
    app, client = fcm
    answer = client.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert not app.state.received


def test_a_server_stops_and_leaves_no_thread_behind():
    before = set(threading.enumerate())
    with serve_in_thread(stand_in_app()) as url, httpx.Client(base_url=url) as client:
        client.post(PATH, json={"message": MESSAGE})  # an idle connection stays open
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_servers_run_side_by_side_on_ports_of_their_own():
    with serve_in_thread(stand_in_app()) as first, serve_in_thread(stand_in_app()) as second:
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
    with pytest.raises(ZeroDivisionError), serve_in_thread(stand_in_app()):
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
