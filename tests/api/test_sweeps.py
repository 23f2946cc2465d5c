"""A sweep goes on where one member's write fails, and ends where no write gets through."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from api import sweeps
from api.database import DatabaseBusy
from api.sweeps import Sweeps
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from tests.api.log_capture import captured_logs, lines_of, structured_log
from tests.world import World

NAMES = ("Ola", "Jan", "Ewa")


@pytest.fixture
def trio(world: World, market: Programme) -> list[MemberRecord]:
    """Three members in the order of their ids, whose birthday is today."""
    world.programme = market
    return [world.enrol(name, birthday=world.now.date()) for name in NAMES]


def swept(world: World, sweep: Callable[[Sweeps], Callable[[], Awaitable[None]]]) -> list[Any]:
    """What a round logs: (event, reason, member) of each line."""
    with captured_logs() as out:
        work = sweep(
            Sweeps(
                database=world.database,
                occasion=world.occasion,
                is_stopping=lambda: False,
                log=structured_log(),
            )
        )
        asyncio.run(_run(work))
    return [(line["event"], line["reason"], line["member_id"]) for line in lines_of(out)]


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def spoil(world: World, change: str, member: MemberRecord) -> None:
    """Damage a row of the member's, so that every further write for them breaks a constraint."""
    statement = f"UPDATE account SET {change} WHERE id = '{member.id}:available'"  # noqa: S608 -- ours
    world.write(lambda c: c.driver.execute(statement))


def celebrated(world: World) -> list[str]:
    return world.rows("SELECT member_id FROM activity WHERE kind = 'birthday' ORDER BY 1")


def test_one_whose_points_cannot_expire_holds_up_nobody_else_of_the_page(
    world: World, trio: list[MemberRecord]
) -> None:
    first, spoilt, last = trio
    for member in trio:
        world.buy(member, "10.00")
    world.pass_time(days=1000)
    spoil(world, "balance = 1", spoilt)
    assert swept(world, lambda s: s.expire) == [("sweep_failed", "sweep_points", spoilt.id)]
    assert world.balances(first)["available"] == world.balances(last)["available"] == 0
    assert world.balances(spoilt)["available"] == 1
    assert world.rows("SELECT count(DISTINCT member_id) FROM lot WHERE remaining > 0") == [1]


def test_one_whose_voucher_cannot_lapse_holds_up_nobody_else_of_the_page(world: World) -> None:
    trio = [world.enrol(name) for name in NAMES]
    for member in trio:
        world.buy(member, "99.00")
        world.redeem(member, "coffee").result()
    world.pass_time(days=31)
    spoil(world, "version = 0", trio[0])
    assert swept(world, lambda s: s.expire) == [("sweep_failed", "lapse_vouchers", trio[0].id)]
    assert world.rows("SELECT state FROM voucher ORDER BY member_id") == ["open", *["lapsed"] * 2]


def test_pages_after_one_in_which_all_fail_are_swept(
    world: World, trio: list[MemberRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "SWEPT_AT_ONCE", 2)
    for member in trio:
        world.buy(member, "10.00")
    world.pass_time(days=1000)
    for member in trio[:2]:
        spoil(world, "balance = 1", member)
    assert [line[2] for line in swept(world, lambda s: s.expire)] == [m.id for m in trio[:2]]
    assert world.balances(trio[2])["available"] == 0


def test_one_whose_birthday_cannot_be_recorded_holds_up_nobody_else(
    world: World, trio: list[MemberRecord]
) -> None:
    first, spoilt, last = trio
    world.buy(spoilt, "10.00")
    spoil(world, "version = 0", spoilt)
    assert swept(world, lambda s: s.celebrate) == [("sweep_failed", "celebrate", spoilt.id)]
    assert celebrated(world) == [first.id, last.id]


def test_a_referral_that_cannot_be_settled_holds_up_no_other(
    world: World, market: Programme
) -> None:
    world.programme = market
    ola = world.enrol("Ola")
    friends = [world.enrol(name, referred_by=ola.number) for name in ("Jan", "Ewa")]
    for friend in friends:
        for _ in range(2):
            world.buy(friend, "5.00")
    spoil(world, "version = 0", friends[0])
    lines = swept(world, lambda s: s.settle_referrals)
    assert lines == [("sweep_failed", "settle_referrals", friends[0].id)]
    states = dict(world.rows("SELECT friend_id, state FROM referral"))
    assert states == {friends[0].id: "waiting", friends[1].id: "rewarded"}


@pytest.mark.parametrize("name", ["expire", "celebrate"])
def test_a_database_that_takes_no_write_ends_the_round_at_the_first(
    world: World, trio: list[MemberRecord], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for member in trio:
        world.buy(member, "10.00")
    if name == "expire":
        world.pass_time(days=1000)
    tries: list[datetime] = []

    async def busy(_function: Any) -> None:
        tries.append(world.now)
        raise DatabaseBusy("gone")

    monkeypatch.setattr(world.database, "write", busy)
    with pytest.raises(DatabaseBusy):
        swept(world, lambda s: getattr(s, name))
    assert len(tries) == 1
