from dataclasses import replace
from datetime import date

from gamification.progress import Goal
from gamification.windows import Window, WindowKind
from tests.world import MANAGER, World


def test_joining_is_told_and_counts_for_this_cycle(world: World) -> None:
    member = world.enrol()
    assert world.join(member, "three_a_week") == "2026-W10"
    assert world.facts(member)[-1] == ("CHALLENGE_JOINED", {"challenge": "three_a_week"})


def test_joining_again_changes_nothing(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    before = world.contents()
    assert world.join(member, "three_a_week") == "2026-W10"
    assert world.contents() == before


def test_joining_in_the_next_week_is_another_cycle(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    world.pass_time(days=7)
    assert world.join(member, "three_a_week") == "2026-W11"


def test_joining_afterwards_wins_what_was_already_done(world: World) -> None:
    member = world.enrol()
    for _ in range(3):
        world.buy(member, "5.00")
    world.join(member, "three_a_week")
    assert world.awards(member) == [("challenge:three_a_week", 1, "2026-W10")]
    assert world.balances(member)["available"] == 180 + 50
    assert world.kinds(member)[-2:] == ["CHALLENGE_JOINED", "CHALLENGE_COMPLETED"]
    assert world.violations() == []


def test_joining_afterwards_gives_the_voucher_too(world: World) -> None:
    member = world.enrol()
    world.eat_pastries(member, 5)
    world.join(member, "pastry_month")
    assert world.rows("SELECT reward_id, cost FROM voucher") == [("pastry", 0)]


def test_an_unknown_challenge_is_refused(world: World) -> None:
    member = world.enrol()
    with world.refuses("CHALLENGE_UNKNOWN"):
        world.join(member, "marathon")


def test_a_challenge_whose_dates_are_over_or_to_come_is_unknown(world: World) -> None:
    member = world.enrol()
    window = Window(kind=WindowKind.DATES, first=date(2026, 3, 3), last=date(2026, 3, 3))
    world.programme = replace(
        world.programme,
        challenges=[
            replace(
                world.programme.challenges[0],
                goal=Goal(measure="visits", window=window, target=3),
            )
        ],
    )
    with world.refuses("CHALLENGE_UNKNOWN"):
        world.join(member, "three_a_week")
    world.pass_time(days=1)
    assert world.join(member, "three_a_week") == "2026-03-03"
    world.pass_time(days=1)
    with world.refuses("CHALLENGE_UNKNOWN"):
        world.join(member, "three_a_week")


def test_only_members_join(world: World) -> None:
    member = world.enrol()
    stranger = replace(world.as_member(member), member_id=None)
    with world.refuses("NOT_ENROLLED"):
        world.join(member, "three_a_week", actor=stranger)
    with world.refuses("FORBIDDEN"):
        world.join(member, "three_a_week", actor=MANAGER)
