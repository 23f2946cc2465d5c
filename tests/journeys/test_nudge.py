"""A nudge's story: near a reward, one push and one line in the inbox, and never more."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.members.rules import MemberRecord
from notifications import planner
from tests.journeys.server import Server
from tests.journeys.story import (
    allow_pushes,
    home,
    open_visit,
    purchase,
    pushing,
    wait_until,
)
from tests.notifications.nudging import NEAR_COFFEE, devices, nudges

TITLE = "Już blisko: Dowolna kawa"
BODY = "Jeszcze 50 punktów i nagroda „Dowolna kawa” jest Twoja."


@pytest.fixture
def phones(server: Server) -> Iterator[Any]:
    """The worker at work; what phones get is in `received`."""
    with pushing(server) as phones:
        yield phones


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def come_near_a_coffee(server: Server, *, key: str = "till-1") -> dict[str, str]:
    """Buy at the till as members do; gives the visit."""
    target = {"visitId": open_visit(server, "ola")}
    answer = purchase(server, target, total=NEAR_COFFEE, idempotencyKey=key)
    assert answer["guest"]["points"] == 850
    return target


def is_settled(server: Server) -> bool:
    """Nothing is new, nothing due, and nothing with the engine."""
    world = server.world
    has_work = world.read(lambda c: planner.has_work(c, now=server.clock.now()))
    return not has_work and not any(nudge.state == "queued" for nudge in nudges(world))


def inbox(server: Server) -> list[Any]:
    return [edge["node"] for edge in home(server, "ola")["inbox"]["edges"]]


@pytest.mark.usefixtures("ola")
def test_near_a_reward_one_push_comes_and_stays_in_the_inbox(server: Server, phones: Any) -> None:
    allow_pushes(server, "ola", address="olas-phone")
    target = come_near_a_coffee(server)
    wait_until(lambda: phones.received)
    wait_until(lambda: inbox(server))
    again = purchase(server, target, total=NEAR_COFFEE, idempotencyKey="till-1")
    assert again["replayed"] is True
    purchase(server, target, total="0.50")
    wait_until(lambda: is_settled(server))
    (message,) = phones.received
    (line,) = inbox(server)
    assert message["token"] == "olas-phone"
    assert message["notification"] == {"title": TITLE, "body": BODY}
    assert (line["kind"], line["id"]) == ("near_reward", message["data"]["nudge_id"])
    # The line keeps what was true when it was told.
    assert (line["title"], line["body"]) == (TITLE, BODY)


@pytest.mark.usefixtures("ola")
@pytest.mark.parametrize("decisions", [(), (False,), (True, False)])
def test_who_does_not_consent_is_told_nothing(
    server: Server, phones: Any, decisions: tuple[bool, ...]
) -> None:
    for granted in decisions:
        allow_pushes(server, "ola", granted=granted)
    come_near_a_coffee(server)
    wait_until(lambda: is_settled(server))
    assert (list(phones.received), inbox(server)) == ([], [])
    assert [nudge.reason for nudge in nudges(server.world)] == ["no consent"]


@pytest.mark.usefixtures("ola")
def test_in_the_night_nothing_rings_until_nine_in_the_morning(server: Server, phones: Any) -> None:
    allow_pushes(server, "ola")
    server.pass_time(hours=10)  # ten in the evening in Warsaw
    come_near_a_coffee(server)
    wait_until(lambda: nudges(server.world))
    server.pass_time(hours=10, minutes=59)
    wait_until(lambda: is_settled(server))
    assert (list(phones.received), inbox(server)) == ([], [])
    server.pass_time(minutes=1)
    wait_until(lambda: phones.received)


@pytest.mark.usefixtures("ola")
def test_a_phone_that_is_gone_is_forgotten_and_the_other_one_rings(
    server: Server, phones: Any
) -> None:
    allow_pushes(server, "ola", address="unregistered-phone")
    allow_pushes(server, "ola", address="living-phone")
    come_near_a_coffee(server)
    wait_until(lambda: phones.received)
    wait_until(lambda: inbox(server))
    assert [message["token"] for message in phones.received] == ["living-phone"]
    assert list(phones.refused) == ["UNREGISTERED"]
    assert [device.address for device in devices(server.world)] == ["living-phone"]


@pytest.mark.usefixtures("ola")
def test_without_a_phone_the_inbox_tells(server: Server, phones: Any) -> None:
    allow_pushes(server, "ola", address="unregistered-phone")
    come_near_a_coffee(server)
    wait_until(lambda: inbox(server))
    assert [line["title"] for line in inbox(server)] == [TITLE]
    assert list(phones.received) == []
