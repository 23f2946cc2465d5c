"""An open app that follows its member: over a WebSocket, or by server-sent events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from api.streams.frames import SUBPROTOCOL
from tests.journeys.server import OPERATIONS, Server
from tests.journeys.story import home

FOLLOW = (OPERATIONS / "Follow.graphql").read_text(encoding="utf-8")
WAIT_S_MAX = 10.0


def request(after: str | None = None, query: str = FOLLOW) -> dict[str, Any]:
    return {"query": query, "variables": {"after": after}}


def code_of(closed: ConnectionClosed) -> int:
    """What the server closed a socket with; 1006 where it said nothing."""
    return closed.rcvd.code if closed.rcvd else 1006


class Socket:
    """One WebSocket, on which messages are JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def hear(self, *, within_s: float = WAIT_S_MAX) -> Any:
        return json.loads(self.connection.recv(timeout=within_s))

    def init(self, token: str) -> None:
        self.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert self.hear() == {"type": "connection_ack"}

    def follow(self, after: str | None = None, *, name: str = "1") -> None:
        self.say({"id": name, "type": "subscribe", "payload": request(after)})

    def events(self, count: int) -> list[Any]:
        """The next events, of whichever subscription."""
        heard = [self.hear() for _ in range(count)]
        assert {message["type"] for message in heard} <= {"next"}, heard
        return [message["payload"]["data"]["memberEvents"] for message in heard]

    def code(self) -> int:
        """What the server closes it with; whatever comes before is passed over."""
        try:
            while True:
                self.connection.recv(timeout=WAIT_S_MAX)
        except ConnectionClosed as closed:
            return code_of(closed)


def talk(socket: Socket, said: list[Any], token: str | None) -> int | None:
    """Say all of it; gives the code of the close, or None if the socket still answers."""
    try:
        if token is not None:
            socket.init(token)
        for each in said:
            socket.say(each if isinstance(each, str | bytes) else json.dumps(each))
        socket.say({"type": "ping"})
        while socket.hear() != {"type": "pong"}:
            pass
    except ConnectionClosed as closed:
        return code_of(closed)
    return None


@contextmanager
def opened(
    url: str,
    *,
    protocol: str | None = SUBPROTOCOL,
    headers: dict[str, str] | None = None,
    unread_max: int | None = None,
) -> Iterator[Socket]:
    """A WebSocket; with `unread_max`, no more messages come in while so many are unread."""
    address = f"ws{url.removeprefix('http')}/graphql"
    with connect(
        address,
        subprotocols=[protocol] if protocol else None,  # type: ignore[list-item]  # a new type of str
        additional_headers=headers,
        compression=None,
        max_queue=unread_max,
    ) as connection:
        yield Socket(connection)


@contextmanager
def following(server: Server, subject: str, after: str | None = None) -> Iterator[Socket]:
    """A WebSocket that follows a member: behind `after`, else behind what there is by now."""
    newest = home(server, subject, facts=1)["timeline"]["edges"][0]["node"]["number"]
    with opened(server.url) as socket:
        socket.init(server.token(subject=subject))
        socket.follow(after or str(newest))
        yield socket


@contextmanager
def streaming(
    url: str, body: Any, *, token: str | None, accept: str = "text/event-stream"
) -> Iterator[httpx.Response]:
    """A POST that asks for events; the answer is read as it comes."""
    headers = {"Accept": accept, "Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    with (
        httpx.Client(timeout=WAIT_S_MAX) as client,
        client.stream("POST", f"{url}/graphql", content=json.dumps(body), headers=headers) as got,
    ):
        yield got


def told(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Each event's name and data, as they come; comments are passed over."""
    name = ""
    for line in response.iter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, json.loads(value) if value.strip() else None
