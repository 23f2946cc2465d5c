"""Firebase is away: the till does not notice, and nothing is forgotten."""

import asyncio
from typing import Any

import pytest

from gamification.members.rules import MemberRecord
from notifications.fcm_standin import FcmStandIn
from tests.journeys.server import Server
from tests.journeys.story import allow_pushes, open_visit, purchase, pushing, wait_until
from tests.notifications.nudging import NEAR_COFFEE, nudges

PURCHASES = 10


class Silent(FcmStandIn):
    """Takes every request and answers none, until it wakes up."""

    asked = 0
    is_awake = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.asked += 1
            while not self.is_awake:  # noqa: ASYNC110 -- set by another thread
                await asyncio.sleep(0.01)
        await super().__call__(scope, receive, send)


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


@pytest.mark.usefixtures("ola")
def test_purchases_go_on_while_firebase_answers_nobody(server: Server) -> None:
    allow_pushes(server, "ola", address="olas-phone")
    target = {"visitId": open_visit(server, "ola")}
    fcm = Silent()
    with pushing(server, fcm):
        purchase(server, target, total=NEAR_COFFEE, idempotencyKey="till-0")
        wait_until(lambda: fcm.asked)
        for number in range(1, PURCHASES):
            answer = purchase(server, target, total="0.10", idempotencyKey=f"till-{number}")
            assert answer["__typename"] == "PurchaseRecorded"
        assert (fcm.asked, len(fcm.received)) == (1, 0)
        fcm.is_awake = True
        wait_until(lambda: fcm.received)
        wait_until(lambda: [each.state for each in nudges(server.world)] == ["sent"])


@pytest.mark.usefixtures("ola")
def test_what_was_due_in_an_outage_rings_after_it(server: Server) -> None:
    allow_pushes(server, "ola", address="quota-phone")
    target = {"visitId": open_visit(server, "ola")}
    fcm = FcmStandIn()
    with pushing(server, fcm):
        purchase(server, target, total=NEAR_COFFEE, idempotencyKey="till-0")
        wait_until(lambda: [each.attempts for each in nudges(server.world)] == [1])
        allow_pushes(server, "ola", address="another-phone")
        server.pass_time(seconds=8)  # it was asked to wait seven
        wait_until(lambda: fcm.received)
    assert [message["token"] for message in fcm.received] == ["another-phone"]
