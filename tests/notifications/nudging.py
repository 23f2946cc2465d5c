"""Steps of a nudge's way in one line each, for tests."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from api.runner import Runner
from gamification.database import table_of
from gamification.members.rules import MemberRecord
from notifications import courier, planner
from notifications.actions.register_device import DeviceToRegister, register_device
from notifications.actions.set_consent import ConsentToSet, set_consent
from notifications.sender import Outcome, OutcomeKind, Push
from notifications.tables import Device, Nudge
from tests.world import World

NEAR_COFFEE = "74.00"  # of a first purchase: 850 points, and a coffee costs 900
NEAR_TIER_AND_COFFEE = "236.00"  # of 250.00; 820 points are left when two coffees were bought

_NUDGES = select(*table_of(Nudge).columns).order_by(table_of(Nudge).c.id)
_DEVICES = select(*table_of(Device).columns).order_by(table_of(Device).c.id)


class RecordingSender:
    """Sends nothing, and answers as told: by address, else that it was sent."""

    def __init__(self) -> None:
        self.sent: list[Push] = []
        self.answers: dict[str, Outcome] = {}

    def will_answer(self, address: str, kind: OutcomeKind, **more: Any) -> None:
        self.answers[address] = Outcome(nudge_id="", device_id="", kind=kind, **more)

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        self.sent += pushes
        taken = Outcome(nudge_id="", device_id="", kind=OutcomeKind.SENT)
        return [
            replace(
                self.answers.get(push.address, taken),
                nudge_id=push.nudge_id,
                device_id=push.device_id,
            )
            for push in pushes
        ]


def consent(
    world: World, member: MemberRecord, *, granted: bool = True, category: str = "marketing"
) -> None:
    request = ConsentToSet(
        member_id=member.id,
        category=category,
        channel="push",
        granted=granted,
        text_version="1",
        source="app",
    )
    world.write(lambda c: set_consent(c, request, now=world.now))


def device(world: World, member: MemberRecord, address: str = "phone") -> str:
    request = DeviceToRegister(
        member_id=member.id, address_kind="token", address=address, platform="android"
    )
    return world.write(lambda c: register_device(c, request, world.occasion()))


def willing_member(world: World, name: str = "Ola", **more: str) -> MemberRecord:
    """Enrol someone who wants to be told, and has a phone of their name."""
    member = world.enrol(name, **more)
    consent(world, member)
    device(world, member, address=name)
    return member


def near_tier_and_coffee(world: World, member: MemberRecord) -> None:
    world.buy(member, NEAR_TIER_AND_COFFEE)
    for _ in range(2):
        world.redeem(member, "coffee")


def plan(world: World) -> list[str]:
    return world.write(
        lambda c: planner.plan(c, programme=world.programme, now=world.now, new_id=world.new_id)
    )


def dispatch(world: World) -> list[list[str]]:
    """Give the nudges of each job."""
    jobs: list[list[str]] = []

    def enqueue(_: Runner, __: str, ids: list[str]) -> None:
        jobs.append(ids)

    world.write(lambda c: planner.dispatch(c, now=world.now, enqueue=enqueue))
    return jobs


def deliver(world: World, ids: Sequence[str], sender: RecordingSender) -> list[Outcome]:
    return asyncio.run(
        courier.deliver(
            ids,
            write=world.database.write,
            sender=sender,
            programme=world.programme,
            now=lambda: world.now,
        )
    )


def go_round(world: World, sender: RecordingSender) -> None:
    """Plan, dispatch and deliver what is due now."""
    plan(world)
    for ids in dispatch(world):
        deliver(world, ids, sender)


def nudges(world: World) -> list[Any]:
    return world.read(lambda c: c.all(_NUDGES))


def only_nudge(world: World) -> Any:
    (nudge,) = nudges(world)
    return nudge


def devices(world: World) -> list[Any]:
    return world.read(lambda c: c.all(_DEVICES))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
