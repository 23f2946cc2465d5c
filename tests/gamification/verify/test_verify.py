from dataclasses import replace

import pytest

from gamification.members.rules import MemberRecord
from gamification.points.rules import EntryKind
from gamification.verify.run import checks, verify
from tests.gamification.verify.stories import every_movement
from tests.slow_points import MOVEMENTS
from tests.world import World


@pytest.fixture
def ola(world: World) -> MemberRecord:
    return every_movement(world)


def test_a_played_world_keeps_every_promise(world: World, ola: MemberRecord) -> None:
    kinds = world.rows("SELECT DISTINCT kind FROM entry ORDER BY kind")
    assert {*kinds} == {kind.value for kind in set(EntryKind) - MOVEMENTS}
    states = world.rows("SELECT DISTINCT state FROM voucher")
    assert {*states} == {"open", "captured", "lapsed", "withdrawn"}
    assert world.balances(ola)["pending"] == 900
    assert world.violations() == []


def test_an_empty_ledger_keeps_every_promise(world: World) -> None:
    assert world.violations() == []


def test_progress_counts_to_its_end(world: World, ola: MemberRecord) -> None:
    seen: list[tuple[int, int]] = []

    def look(done: int, of: int) -> None:
        seen.append((done, of))

    world.read(lambda c: list(verify(c, world.programme, now=world.now, progress=look)))
    entries = world.rows("SELECT count(*) FROM entry")[0]
    activities = world.rows("SELECT count(*) FROM activity")[0]
    of = len(checks()) + entries + activities
    assert seen[-1] == (of, of)
    assert all(each[1] == of for each in seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert ola.id


def test_every_check_promises_something_else() -> None:
    promises = [promise for check in checks() for promise in check.promises.values()]
    assert len({*promises}) == len(promises)


def test_every_invariant_is_looked_after() -> None:
    ids = {check_id for check in checks() for check_id in check.promises}
    assert ids == {f"I{number}" for number in range(1, 12)}


def test_goals_that_the_programme_no_longer_has_are_left_out(
    world: World, ola: MemberRecord
) -> None:
    assert ola.id
    world.programme = replace(world.programme, version="later", badges=(), challenges=())
    assert world.violations() == []


def test_what_an_earlier_version_awarded_stands_though_the_target_rose(
    world: World, ola: MemberRecord
) -> None:
    harder = [replace(badge, targets=(10**6,)) for badge in world.programme.badges]
    world.programme = replace(world.programme, version="later", badges=harder)
    world.buy(ola, "10.00")
    assert world.violations() == []


def test_what_the_present_version_would_have_awarded_earlier_is_not_missed(
    world: World, ola: MemberRecord
) -> None:
    easier = [replace(badge, targets=(1,)) for badge in world.programme.badges]
    world.programme = replace(world.programme, version="later", badges=easier)
    assert world.violations() == []
    world.buy(ola, "10.00")
    assert world.violations() == []


def test_activities_are_judged_in_the_order_of_their_facts_though_the_clock_stood_still(
    world: World,
) -> None:
    member = world.enrol()
    big = world.buy(member, "260.00")
    world.refund(big)
    world.buy(member, "300.00")
    assert world.violations() == []
