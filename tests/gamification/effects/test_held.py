"""What a write reads of awards and joinings: those of its days, however many there are."""

from dataclasses import replace

from gamification.effects.state import MemberState, gather
from gamification.goals.rules import Held
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.windows import EVER, parse_window
from tests.world import World

WEEKLY = "challenge:three_a_week"


def win_the_week(world: World, member: MemberRecord) -> list[Answer]:
    world.join(member, "three_a_week")
    purchases = [world.buy(member, "5.00") for _ in range(3)]
    world.pass_time(days=7)
    return purchases


def seen(world: World, member: MemberRecord) -> Held:
    def read(connection: object) -> MemberState:
        return gather(connection, member, world.programme, now=world.now)  # type: ignore[arg-type]  # a runner

    return world.write(read).held


def weeks(world: World, member: MemberRecord) -> list[str]:
    return [cycle for goal, _, cycle in world.awards(member) if goal == WEEKLY]


def test_a_write_reads_this_week_s_challenge_and_not_the_many_before(world: World) -> None:
    member = world.enrol()
    for _ in range(6):
        win_the_week(world, member)
    world.join(member, "three_a_week")
    assert len(weeks(world, member)) == 6
    assert [key for key in seen(world, member).awards if key[0] == WEEKLY] == []
    assert [cycle for goal, cycle in seen(world, member).joined if goal == WEEKLY] == ["2026-W16"]
    for _ in range(3):
        world.buy(member, "5.00")
    assert [key for key in seen(world, member).awards if key[0] == WEEKLY] == [
        (WEEKLY, 1, "2026-W16")
    ]
    assert len(weeks(world, member)) == 7
    assert world.violations() == []


def test_a_late_refund_withdraws_the_challenge_of_its_purchase_s_week(world: World) -> None:
    member = world.enrol()
    weekly = [win_the_week(world, member) for _ in range(4)]
    world.refund(weekly[1][0]).result()
    assert weeks(world, member) == ["2026-W10", "2026-W12", "2026-W13"]
    assert world.violations() == []


def test_a_badge_won_in_a_window_that_is_another_now_stays(world: World) -> None:
    member = world.enrol()
    now = world.programme
    monthly = parse_window("each month")
    badges = [replace(badge, window=monthly) for badge in now.badges]
    world.programme = replace(now, badges=badges, version="monthly")
    purchase = world.buy(member, "100.00")
    won = world.awards(member)
    assert {cycle for _, _, cycle in won} == {"2026-03"}
    ever = [replace(badge, window=EVER) for badge in now.badges]
    world.programme = replace(now, badges=ever, version="ever")
    world.refund(purchase).result()
    assert world.awards(member) == won
    assert world.violations() == []
