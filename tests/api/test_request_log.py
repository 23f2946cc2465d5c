import asyncio
import io
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from api.ids import new_id
from api.logs import NO_ROUTE, RequestLog
from api.loopback import serve_in_thread
from tests.api.log_capture import captured_logs, lines_of, structured_log

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"
CODE = "LC1:6BFOXN%TSMAHN-H3YS1IK47ES6IXJR4E47X5*T917VF+UOGIS1RYZV:X9"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NAME = "Annika Virtanen"
MAIL = "annika.virtanen@example.org"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    with captured_logs() as stream:
        yield stream


async def _answer(request: Request) -> Response:
    body = await request.body()
    structured_log().info("handled", count=len(body), body=body.decode())
    return PlainTextResponse("fine")


async def _fail(request: Request) -> Response:
    raise ValueError(f"{request.url} {request.headers} {(await request.body()).decode()}")


async def _talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("fine")
    await socket.close()


async def _hang_up(socket: WebSocket) -> None:
    await socket.close()


def _app() -> Starlette:
    app = Starlette(
        routes=[
            Route("/graphql", _answer, methods=["GET", "POST"]),
            Route("/cards/{handle}/image", _answer),
            Route("/fail", _fail, methods=["GET", "POST"]),
            Mount("/inside", routes=[Route("/{rest:path}", _answer)]),
            WebSocketRoute("/talk", _talk),
            WebSocketRoute("/hang-up", _hang_up),
        ]
    )
    app.add_middleware(RequestLog, log=structured_log(), new_id=new_id)
    return app


def _ask(method: str, path: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(_app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(ask())


def _requests(out: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in lines_of(out) if line["event"] == "request"]


def test_a_request_is_one_line_with_its_time_and_id(out: io.StringIO) -> None:
    answer = _ask("POST", "/graphql?q=1", content=b"abc")
    (line,) = _requests(out)
    assert (line["method"], line["path"], line["status"]) == ("POST", "/graphql", 200)
    assert line["ms"] >= 0
    assert line["request_id"] == answer.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])


def test_lines_written_in_a_request_carry_its_id_and_later_ones_do_not(out: io.StringIO) -> None:
    _ask("POST", "/graphql", headers={"x-request-id": TRACE})
    structured_log().info("later")
    handled, request, later = lines_of(out)
    assert handled["request_id"] == request["request_id"] == TRACE
    assert "request_id" not in later


def test_a_request_id_is_taken_up_that_is_a_uuid_or_a_trace_id(out: io.StringIO) -> None:
    for offered in (TRACE, str(uuid.UUID(TRACE))):
        answer = _ask("GET", "/graphql", headers={"x-request-id": offered})
        assert answer.headers["x-request-id"] == offered
    assert [line["request_id"] for line in _requests(out)] == [TRACE, str(uuid.UUID(TRACE))]


@pytest.mark.parametrize(
    "offered",
    [
        "short",
        "a" * 31,
        "a" * 33,
        "x" * 32,
        "4bf92f35-77b34da6-a3ce-929d-0e0e4736",
        MAIL,
        "Annika-Virtanen",
        "annika_virtanen_1985",
        "0048600700800",
        TOKEN,
        CODE,
        "a b c d e f",
        "",
    ],
)
def test_a_request_id_of_another_shape_is_not_taken_up(out: io.StringIO, offered: str) -> None:
    answer = _ask("GET", "/graphql", headers={"x-request-id": offered})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert _requests(out)[0]["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("path", "shown", "status"),
    [
        (f"/cards/{TOKEN}/image", "/cards/{handle}/image", 200),
        (f"/{MAIL}", NO_ROUTE, 404),
        (f"/graphql/{MAIL}", NO_ROUTE, 404),
        (f"/inside/{MAIL}", "/{rest:path}", 200),
    ],
)
def test_a_path_is_written_as_its_route(
    out: io.StringIO, path: str, shown: str, status: int
) -> None:
    _ask("GET", path)
    (line,) = _requests(out)
    assert (line["path"], line["status"]) == (shown, status)


def test_a_failure_is_an_error_by_type_and_place(out: io.StringIO) -> None:
    _ask("GET", f"/fail?{NAME}")
    (line,) = _requests(out)
    assert (line["level"], line["status"], line["error"]) == ("error", 500, "ValueError")
    assert "test_request_log" in line["where"]


def test_a_method_nobody_knows_is_not_repeated(out: io.StringIO) -> None:
    _ask("ANNIKA", "/graphql")
    assert _requests(out)[0]["method"] == "OTHER"


@pytest.mark.parametrize("path", ["/graphql", "/fail", "/inside", "/unknown"])
def test_what_a_request_carries_is_not_in_the_logs(out: io.StringIO, path: str) -> None:
    secrets = (TOKEN, CODE, NAME, NAME.replace(" ", "-"), MAIL, "rg_hush")
    with serve_in_thread(_app()) as url:
        for secret in secrets:
            headers = dict.fromkeys(("x-request-id", "user-agent", "referer", "cookie"), secret)
            headers["authorization"] = f"Bearer {secret}"
            params = {"q": secret, secret: "1"}
            httpx.post(f"{url}{path}", params=params, headers=headers, content=secret.encode())
            httpx.get(f"{url}{path}/{secret}")
            httpx.get(f"{url}/{secret}")
            httpx.get(f"{url}/cards/{secret}/image", params={"sig": secret})
    assert len(_requests(out)) == 4 * len(secrets)
    assert not [shown for shown in (*secrets, *NAME.split()) if shown in out.getvalue()]


def test_a_websocket_is_one_line_and_its_query_string_is_not_written(out: io.StringIO) -> None:
    with serve_in_thread(_app()) as url:
        address = url.replace("http", "ws")
        with connect(f"{address}/talk?token={TOKEN}") as socket:
            assert socket.recv() == "fine"
            assert socket.response is not None
            request_id = socket.response.headers["x-request-id"]
        with pytest.raises(Exception, match="403"):
            connect(f"{address}/hang-up?token={TOKEN}")
    talked, refused = _requests(out)
    assert (talked["method"], talked["path"], talked["status"]) == ("WEBSOCKET", "/talk", 101)
    assert talked["request_id"] == request_id
    assert refused["status"] == 403
    assert TOKEN not in out.getvalue()


def test_the_lifespan_passes_unwritten(out: io.StringIO) -> None:
    with serve_in_thread(_app()):
        pass
    assert out.getvalue() == ""
