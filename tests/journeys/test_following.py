"""An open app follows its member: every fact once, in order, also after a cut."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from typing import Any

import pytest

from api.database import database_at
from api.streams import feed
from api.streams.streams import STREAMS_OF_ONE_MAX
from gamification.members.rules import MemberRecord
from tests.journeys.following import following, opened, request, streaming, told
from tests.journeys.server import Server, serving
from tests.journeys.story import home, wait_until
from tests.world import World

FOLLOWERS = pytest.mark.parametrize("way", ["socket", "events"])


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


@contextmanager
def events_of(server: Server, way: str, after: str | None = None) -> Iterator[Iterator[Any]]:
    """The events of Ola, one by one, by either way."""
    if way == "socket":
        with opened(server.url) as socket:
            socket.init(server.token(subject="ola"))
            socket.follow(after)
            yield (socket.events(1)[0] for _ in iter(int, 1))
    else:
        token = server.token(subject="ola")
        with streaming(server.url, request(after), token=token) as response:
            yield (data["data"]["memberEvents"] for _, data in told(response))


def numbers_of(server: Server) -> list[int]:
    """The numbers of Ola's facts, oldest first, as the timeline has them."""
    facts = home(server, "ola", facts=100)["timeline"]["edges"]
    return [int(edge["node"]["number"]) for edge in facts][::-1]


def take(events: Iterator[Any], count: int) -> list[int]:
    return [int(next(events)["cursor"]) for _ in range(count)]


@FOLLOWERS
def test_what_happens_is_told_as_the_timeline_has_it(
    server: Server, ola: MemberRecord, way: str
) -> None:
    with events_of(server, way, "0") as events:
        before = len(take(events, len(numbers_of(server))))
        server.world.buy(ola, "12.00")
        facts = home(server, "ola", facts=100)["timeline"]["edges"][::-1][before:]
        heard = [next(events) for _ in facts]
    assert [event["fact"] for event in heard] == [edge["node"] for edge in facts]
    assert [int(event["cursor"]) for event in heard] == [event["fact"]["number"] for event in heard]


@contextmanager
def somebody_buys(server: Server, member: MemberRecord) -> Iterator[None]:
    """All the time, until the block ends."""
    stop = threading.Event()

    def keep_buying() -> None:
        while not stop.wait(0.01):
            server.world.buy(member, "1.00")

    buying = threading.Thread(target=keep_buying)
    buying.start()
    try:
        yield
    finally:
        stop.set()
        buying.join()


@FOLLOWERS
def test_without_a_cursor_events_begin_now(server: Server, ola: MemberRecord, way: str) -> None:
    server.world.buy(ola)
    newest = numbers_of(server)[-1]
    with somebody_buys(server, ola), events_of(server, way) as events:
        first = take(events, 5)
    assert first[0] > newest
    assert first == list(range(first[0], first[0] + 5))


@FOLLOWERS
def test_an_app_that_is_cut_off_goes_on_without_a_gap_or_a_repeat(
    server: Server, ola: MemberRecord, way: str
) -> None:
    heard: list[int] = []
    with somebody_buys(server, ola):
        for count in (1, 5, 2, 7, 3):
            with events_of(server, way, str(heard[-1]) if heard else "0") as events:
                heard += take(events, count)
    assert heard == list(range(1, 19))


def test_more_than_is_read_at_once_comes_in_one_row(server: Server, ola: MemberRecord) -> None:
    for _ in range(120):
        server.world.buy(ola, "1.00")
    newest = server.world.rows("SELECT max(number) FROM fact")[0]
    with following(server, "ola", "0") as socket:
        heard = [int(event["cursor"]) for event in socket.events(newest)]
    assert heard == list(range(1, newest + 1))


def test_a_member_hears_nothing_of_another(server: Server, ola: MemberRecord) -> None:
    ewa = server.world.enrol("Ewa", subject="ewa")
    with following(server, "ola") as socket:
        server.world.buy(ewa)
        server.world.buy(ola)
        first = socket.events(1)[0]
    facts = home(server, "ola", facts=100)["timeline"]["edges"]
    assert first["fact"] == facts[-2]["node"]


def test_two_subscriptions_of_one_socket_and_its_pings_do_not_disturb_each_other(
    server: Server, ola: MemberRecord
) -> None:
    with following(server, "ola") as socket:
        socket.follow(str(numbers_of(server)[-1]), name="2")
        server.world.buy(ola)
        count = len(numbers_of(server)) - 1
        heard = [socket.hear() for _ in range(2 * count)]
        socket.say({"id": "1", "type": "complete"})
        socket.say({"type": "ping"})
        assert socket.hear() == {"type": "pong"}
        server.world.buy(ola)
        rest = socket.hear()
    for name in ("1", "2"):
        assert sum(message["id"] == name for message in heard) == count
    assert rest["id"] == "2"


def test_an_event_of_a_purchase_comes_soon(
    server: Server, ola: MemberRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_EVERY_S", 60.0)
    with following(server, "ola") as socket:
        server.world.buy(ola)
        assert socket.events(1)[0]["fact"]["kind"]


def other_writer(world: World) -> World:
    """The same world through connections of its own, as another process has it."""
    other = copy(world)
    other.database = database_at(world.database.url)
    return other


def test_where_nothing_tells_of_a_write_a_look_finds_it(server: Server, ola: MemberRecord) -> None:
    other = other_writer(server.world)
    try:
        with following(server, "ola") as socket:
            other.buy(ola)
            assert socket.events(1)[0]["fact"]["kind"]
    finally:
        other.database.close()


def test_on_postgresql_one_server_hears_of_what_another_wrote(
    server: Server, ola: MemberRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    if server.world.database.url.startswith("sqlite"):
        pytest.skip("processes on SQLite look by themselves")
    monkeypatch.setattr(feed, "LOOK_EVERY_S", 60.0)
    other = other_writer(server.world)
    try:
        with serving(other), following(server, "ola") as socket:
            time.sleep(1.0)  # until both listen
            other.buy(ola)
            assert socket.events(1)[0]["fact"]["kind"]
    finally:
        other.database.close()


def test_who_reads_slowly_misses_nothing_and_holds_nobody_up(
    server: Server, ola: MemberRecord
) -> None:
    for _ in range(60):
        server.world.buy(ola, "1.00")
    newest = server.world.rows("SELECT max(number) FROM fact")[0]
    with opened(server.url, unread_max=2) as slow:
        slow.init(server.token(subject="ola"))
        for name in ("1", "2", "3", "4", "5"):
            slow.say({"id": name, "type": "subscribe", "payload": request("0")})
        with following(server, "ola", "0") as quick:
            assert len(quick.events(newest)) == newest
        heard = [slow.hear() for _ in range(5 * newest)]
    for name in ("1", "2", "3", "4", "5"):
        of_one = [message for message in heard if message["id"] == name]
        cursors = [int(m["payload"]["data"]["memberEvents"]["cursor"]) for m in of_one]
        assert cursors == list(range(1, newest + 1))


@FOLLOWERS
def test_who_goes_makes_room_for_others(server: Server, ola: MemberRecord, way: str) -> None:
    with ExitStack() as stack:
        for _ in range(STREAMS_OF_ONE_MAX):
            stack.enter_context(events_of(server, way, "0"))
        assert not is_let_in(server)
    wait_until(lambda: is_let_in(server))
    server.world.buy(ola)
    with events_of(server, way, "0") as events:
        assert take(events, 2) == [1, 2]


def is_let_in(server: Server) -> bool:
    with streaming(server.url, request("0"), token=server.token(subject="ola")) as response:
        return response.status_code == 200
