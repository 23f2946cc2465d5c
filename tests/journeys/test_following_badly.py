"""Apps that follow as they should not: always an answer or a close with its code, never a fault."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from api.identity import issue_demo_token
from api.streams import frames, socket
from api.streams.socket import SUBSCRIPTIONS_MAX
from api.streams.streams import STREAMS_OF_ONE_MAX
from gamification.staff.rules import Role
from tests.journeys.following import (
    FOLLOW,
    following,
    opened,
    request,
    streaming,
    talk,
    told,
)
from tests.journeys.server import TOKEN_KEY, Server, serving
from tests.world import World

INIT = {"type": "connection_init"}
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": request()}


@pytest.fixture(scope="module")
def server(shared_world: World) -> Iterator[Server]:
    with serving(shared_world) as server:
        shared_world.enrol("Ola", subject="ola")
        yield server


def bearer(token: str) -> dict[str, Any]:
    return {**INIT, "payload": {"authorization": f"Bearer {token}"}}


def short_token(server: Server, *, ttl_s: int) -> str:
    return issue_demo_token(TOKEN_KEY, subject="ola", now=server.clock.now(), ttl_s=ttl_s)


@pytest.mark.parametrize("given_by", ["message", "header"])
def test_a_token_is_taken_from_the_first_message_or_the_handshake(
    server: Server, given_by: str
) -> None:
    token = server.token(subject="ola")
    headers = {"Authorization": f"Bearer {token}"} if given_by == "header" else None
    with opened(server.url, headers=headers) as app:
        app.say(INIT if given_by == "header" else bearer(token))
        assert app.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize("protocol", [None, "graphql-ws", "nonsense"])
def test_another_protocol_is_not_spoken(server: Server, protocol: str | None) -> None:
    with opened(server.url, protocol=protocol) as app:
        assert app.code() == frames.SUBPROTOCOL_NOT_ACCEPTABLE


@pytest.mark.parametrize("token", ["nonsense", "rg_" + "x" * 43, "x" * 9000, None])
def test_without_a_good_token_a_socket_is_closed(server: Server, token: str | None) -> None:
    with opened(server.url) as app:
        app.say(INIT if token is None else bearer(token))
        assert app.code() == frames.FORBIDDEN


@pytest.mark.parametrize("token", ["nonsense", None])
def test_without_a_good_token_there_are_no_events(server: Server, token: str | None) -> None:
    with streaming(server.url, request(), token=token) as response:
        response.read()
        assert response.status_code == 401
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_socket_ends_with_its_token(server: Server) -> None:
    with opened(server.url) as app:
        app.init(short_token(server, ttl_s=60))
        app.follow()
        server.clock.advance(timedelta(seconds=61))
        assert app.code() == frames.FORBIDDEN


def test_a_stream_of_events_ends_with_its_token(server: Server) -> None:
    token = short_token(server, ttl_s=60)
    with streaming(server.url, request("0"), token=token) as response:
        events = told(response)
        assert next(events)[0] == "next"
        server.clock.advance(timedelta(seconds=61))
        *_, (_, failed), last = events
    assert failed["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert last == ("complete", None)


def test_no_event_passes_once_the_token_has_ended(server: Server) -> None:
    world = server.world
    with opened(server.url) as app:
        app.init(short_token(server, ttl_s=60))
        app.follow()
        server.clock.advance(timedelta(seconds=61))
        world.buy(world.enrol("Ola", subject="ola"))
        with pytest.raises(ConnectionClosed):
            app.hear()


def test_staff_and_strangers_have_no_events(server: Server) -> None:
    for token in (server.token(subject="nobody"), server.token(Role.MANAGER), server.staff_key()):
        with opened(server.url) as app:
            app.init(token)
            app.say(SUBSCRIBE)
            answer = app.hear()
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert answer["payload"][0]["extensions"]["code"] == "NOT_ENROLLED"


def test_who_says_nothing_is_let_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "INIT_S_MAX", 0.2)
    with opened(server.url) as app:
        assert app.code() == frames.INITIALISATION_TIMEOUT


def test_pings_do_not_put_the_first_message_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "INIT_S_MAX", 0.5)
    started_s = time.monotonic()
    with opened(server.url) as app:
        code = None
        while code is None and time.monotonic() - started_s < 5:
            code = talk(app, [], None)
    assert code == frames.INITIALISATION_TIMEOUT


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (SUBSCRIBE, frames.UNAUTHORISED),
        ("", frames.BAD_REQUEST),
        ("{", frames.BAD_REQUEST),
        ("1", frames.BAD_REQUEST),
        ("null", frames.BAD_REQUEST),
        ("[" * 20_000, frames.BAD_REQUEST),
        ("9" * 5_000, frames.BAD_REQUEST),
        (b"\xff\x00", frames.BAD_REQUEST),
        (b"{}", frames.BAD_REQUEST),
        ({}, frames.BAD_REQUEST),
        ({"type": None}, frames.BAD_REQUEST),
        ({"type": ["ping"]}, frames.BAD_REQUEST),
        ({"type": "connection_ack"}, frames.BAD_REQUEST),
        ({"type": "next"}, frames.BAD_REQUEST),
        ({"type": "ping", "payload": 1}, frames.BAD_REQUEST),
        ({"type": "complete"}, frames.BAD_REQUEST),
        ({"type": "complete", "id": 1}, frames.BAD_REQUEST),
        ({"type": "connection_init", "payload": []}, frames.BAD_REQUEST),
        ({"type": "connection_init", "payload": {"authorization": 1}}, frames.BAD_REQUEST),
        ({"type": "subscribe", "payload": request()}, frames.BAD_REQUEST),
        ({"type": "subscribe", "id": "", "payload": request()}, frames.BAD_REQUEST),
        ({"type": "subscribe", "id": "i" * 129, "payload": request()}, frames.BAD_REQUEST),
        ({"type": "subscribe", "id": "1"}, frames.BAD_REQUEST),
        ({"type": "subscribe", "id": "1", "payload": {}}, frames.BAD_REQUEST),
        ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, frames.BAD_REQUEST),
    ],
)
def test_what_is_no_message_closes_the_socket_with_its_code(
    server: Server, frame: Any, code: int
) -> None:
    with opened(server.url) as app:
        app.say(frame)
        assert app.code() == code


def test_what_is_said_twice_closes_the_socket(server: Server) -> None:
    token = server.token(subject="ola")
    with following(server, "ola") as app:
        app.say(bearer(token))
        assert app.code() == frames.TOO_MANY_INITIALISATIONS
    with following(server, "ola") as app:
        app.say(SUBSCRIBE)
        assert app.code() == frames.SUBSCRIBER_EXISTS


REFUSED = [
    ("{ viewer { __typename } }", "OPERATION_RESOLUTION_FAILURE"),
    ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
    (FOLLOW.replace("cursor", "cursor " * 40 + "cursor"), "LIMIT_EXCEEDED"),
    ('subscription { memberEvents(after: "x") { cursor } }', "CURSOR"),
    ('subscription { memberEvents(after: "999999") { cursor } }', "CURSOR"),
    (f'subscription {{ memberEvents(after: "{"9" * 4000}") {{ cursor }} }}', "CURSOR"),
    ("subscription { a: memberEvents { cursor } b: memberEvents { cursor } }", None),
    ("subscription { ...F } fragment F on Subscription { ...F }", "LIMIT_EXCEEDED"),
    ("subscription ($a: Int!) { memberEvents { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
]


@pytest.mark.parametrize(("query", "code"), REFUSED)
def test_what_cannot_be_run_is_told_and_the_socket_goes_on(
    server: Server, query: str, code: str | None
) -> None:
    with following(server, "ola") as app:
        app.say({"id": "2", "type": "subscribe", "payload": {"query": query}})
        answer = app.hear()
        app.say({"id": "2", "type": "subscribe", "payload": request("0")})
        assert app.hear()["type"] == "next"
    assert (answer["id"], answer["type"]) == ("2", "error")
    found = answer["payload"][0]["extensions"]["code"]
    assert found == (code or "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize(("query", "code"), REFUSED)
def test_what_cannot_be_run_is_told_in_the_stream(
    server: Server, query: str, code: str | None
) -> None:
    token = server.token(subject="ola")
    with streaming(server.url, {"query": query}, token=token) as response:
        (kind, data), last = told(response)
        assert response.status_code == 200
    assert (kind, last) == ("next", ("complete", None))
    found = data["errors"][0]["extensions"]["code"]
    assert found == (code or "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize("body", [1, None, "x", {}, {"query": 1}])
def test_what_is_no_request_is_no_stream(server: Server, body: Any) -> None:
    with streaming(server.url, body, token=server.token(subject="ola")) as response:
        response.read()
    assert response.status_code == 400


def test_a_subscription_without_a_stream_is_refused(server: Server) -> None:
    token = server.token(subject="ola")
    with streaming(server.url, request(), token=token, accept="*/*") as response:
        response.read()
    assert response.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


def test_a_socket_has_so_many_subscriptions_and_no_more(server: Server) -> None:
    with following(server, "ola") as app:
        for number in range(2, SUBSCRIPTIONS_MAX + 1):
            app.follow(name=str(number))
        app.say({**SUBSCRIBE, "id": "more"})
        answer = app.hear()
        assert answer["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        app.say({"id": "2", "type": "complete"})
        app.follow(name="more")
        app.say({"type": "ping"})
        assert app.hear() == {"type": "pong"}


def test_a_member_has_so_many_streams_and_no_more(server: Server) -> None:
    server.world.enrol("Jan", subject="jan")
    token = server.token(subject="jan")
    with ExitStack() as stack:
        for _ in range(STREAMS_OF_ONE_MAX):
            stack.enter_context(following(server, "jan"))
        with opened(server.url) as app:
            app.say(bearer(token))
            assert app.code() == frames.TRY_AGAIN_LATER
        with streaming(server.url, request(), token=token) as response:
            assert response.status_code == 429
            assert response.headers["retry-after"]


def test_a_plain_get_of_the_address_is_still_answered(server: Server) -> None:
    assert httpx.get(f"{server.url}/graphql").status_code == 405
