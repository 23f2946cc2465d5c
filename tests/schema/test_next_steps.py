"""Every next step changes what it says it changes: carried out, and carried out by one less."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from notifications.wording import LOCALES
from schema.refusals import problem_of
from schema.why.types import NextAction
from schema.why.wording import speaker
from tests.schema.explaining import (
    basket,
    carry_out,
    shown,
    standing_of,
    state,
    step,
)
from tests.world import MANAGER, World


def history(world: World, name: str) -> MemberRecord:
    """A member with something of everything that is counted."""
    member = world.enrol(name)
    world.buy(member, "31.10", lines=(basket("coffee", 3, "31.10"),))
    world.eat_pastries(member, 2)
    world.join(member, "pastry_month")
    return member


def a_loaf(world: World, name: str) -> MemberRecord:
    member = world.enrol(name)
    world.buy(member, "20.00", lines=(basket("bread", 13, "20.00"),))
    world.do(member, "tasting", table="wine", actor=MANAGER)
    return member


def rules_with_a_step(world: World, member: MemberRecord) -> list[str]:
    return [rule for rule, (_, why) in shown(world, member).items() if why.next]


@pytest.mark.parametrize(
    ("name", "begin", "steps"),
    [("cafe", history, 14), ("market", a_loaf, 4)],
    ids=["cafe", "market"],
)
def test_every_next_step_is_enough_and_one_less_is_not(
    worlds: Callable[[str], World],
    name: str,
    begin: Callable[[World, str], MemberRecord],
    steps: int,
) -> None:
    world = worlds(name)
    first = begin(world, "first")
    rules = rules_with_a_step(world, first)
    assert len(rules) == steps
    for rule in rules:
        for less in (1, 0):
            member = begin(world, f"{rule} {less}")
            task, before = step(world, member, rule), state(world, member, rule)
            if task.action is NextAction.JOIN and less:
                continue  # there is no half of joining
            carry_out(world, member, rule, task, task.remaining - less)
            assert (state(world, member, rule) == before) is bool(less), (rule, less, task)


def test_a_challenge_is_joined_first_and_what_is_missing_then_completes_it(world: World) -> None:
    for less in (1, 0):
        ola = history(world, f"Ola {less}")
        rule = "challenge:three_a_week"
        join = step(world, ola, rule)
        assert (join.action, join.remaining) == (NextAction.JOIN, 1)
        assert join.text.startswith("Join the challenge; then only 1 is missing, by March 8")
        carry_out(world, ola, rule, join, 0)
        task = step(world, ola, rule)
        assert (task.action, task.remaining) == (NextAction.COUNT, 1)
        carry_out(world, ola, rule, task, task.remaining - less)
        assert state(world, ola, rule) == (True, not less)


def test_what_was_done_is_not_asked_for_again(world: World) -> None:
    ola = world.enrol("Ola")
    world.join(ola, "three_a_week")
    for _ in range(3):
        world.drop_in(ola)
    _, why = shown(world, ola)["challenge:three_a_week"]
    assert why.next is None
    world.adjust(ola, 900)
    assert shown(world, ola)["reward:coffee"][1].next is None


@pytest.mark.parametrize("late", [False, True])
def test_a_step_towards_a_tier_is_enough_until_what_was_counted_leaves_the_window(
    world: World,
    late: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    ola = world.enrol("Ola")
    world.buy(ola, "100.00")
    world.pass_time(days=10)
    world.buy(ola, "100.00")
    task = step(world, ola, "tier")
    assert task.text == "Only €50.00 more by March 1, 2027, and you reach Serenade."
    assert task.until is not None
    world.now = task.until if late else task.until - timedelta(seconds=1)
    carry_out(world, ola, "tier", task, task.remaining)
    assert state(world, ola, "tier") == ("prelude" if late else "serenade")


@pytest.mark.parametrize("late", [False, True])
def test_a_step_towards_a_reward_is_enough_until_points_run_out(
    world: World,
    late: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    ola = world.enrol("Ola")
    world.buy(ola, "50.00")
    task = step(world, ola, "reward:coffee")
    assert task.until is not None
    world.now = task.until if late else task.until - timedelta(seconds=1)
    carry_out(world, ola, "reward:coffee", task, task.remaining)
    assert state(world, ola, "reward:coffee") is not late


def test_a_tier_is_explained_month_by_month(world: World) -> None:
    ola = world.enrol("Ola")
    world.buy(ola, "100.00")
    world.buy(ola, "12.40")
    world.pass_time(days=40)
    world.buy(ola, "200.00")
    _, why = shown(world, ola)["tier"]
    assert why.text == "€312.40 counted since April 12, 2025; Sonata begins at €600.00."
    assert [(part.text, part.amount) for part in why.parts] == [
        ("March 2026", 11240),
        ("April 2026", 20000),
    ]
    assert (why.rule, why.amount) == ("tier:sonata", 31240)


def test_who_stands_at_the_top_is_told_so(world: World) -> None:
    ola = world.enrol("Ola")
    for _ in range(3):
        world.buy(ola, "500.00")
    _, why = shown(world, ola, "ru")["tier"]
    assert why.text.endswith("Уровень «Симфония» начинается с 1\xa0500,00\xa0€, выше уровней нет.")
    assert why.next is None


def test_a_debt_is_taken_off_what_counts_towards_a_reward(world: World) -> None:
    ola = world.enrol("Ola")
    bought = world.buy(ola, "100.00")
    world.capture(world.scan(ola).id, world.redeem(ola, "coffee").outcome["voucher_id"])
    world.refund(bought)
    holdings = standing_of(world, ola).holdings
    assert holdings is not None
    assert holdings.debt > 0
    _, why = shown(world, ola)["reward:coffee"]
    assert [part.amount for part in why.parts] == [holdings.available, -holdings.debt]
    assert why.next is not None
    carry_out(world, ola, "reward:coffee", why.next, why.next.remaining)
    world.redeem(ola, "coffee")


@pytest.mark.parametrize("late", [False, True])
def test_a_step_towards_a_challenge_is_enough_until_its_round_ends(
    world: World,
    late: bool,  # noqa: FBT001 -- as above
) -> None:
    ola = history(world, "Ola")
    task = step(world, ola, "challenge:pastry_month")
    assert task.until is not None
    world.now = task.until if late else task.until - timedelta(seconds=1)
    if late:  # another round, to which nothing counts that was done in this one
        world.join(ola, "pastry_month")
    carry_out(world, ola, "challenge:pastry_month", task, task.remaining)
    assert state(world, ola, "challenge:pastry_month") == (True, not late)


def test_too_few_points_are_told_with_what_is_missing(world: World) -> None:
    ola = world.enrol("Ola")
    world.adjust(ola, 100)
    for less in (1, 0):
        with pytest.raises(Refusal) as caught:
            world.redeem(ola, "coffee").result()
        problem = problem_of(caught.value)
        problem.says = speaker(world.programme, "en")
        why = problem.why()
        assert why is not None
        assert why.next is not None
        if less:
            assert why.text == "It takes 900 points, and 100 can be spent."
            assert why.next.text == "Only 800 points more are missing."
        carry_out(world, ola, "", why.next, why.next.remaining - less)
    assert world.redeem(ola, "coffee").result()["points"] == 900


@pytest.mark.parametrize("tag", LOCALES)
def test_a_refusal_about_a_number_is_explained_in_each_language(world: World, tag: str) -> None:
    ola = world.enrol("Ola")
    bought = world.buy(ola, receipt="R-1")
    world.refund(bought)
    refused = [
        lambda: world.buy(ola, receipt="R-1"),
        lambda: world.refund(bought),
        lambda: world.redeem(ola, "coffee"),
    ]
    for act, amount in zip(refused, (1, 0, 0), strict=True):
        with pytest.raises(Refusal) as caught:
            act().result()
        problem = problem_of(caught.value)
        problem.says = speaker(world.programme, tag)
        why = problem.why()
        assert why is not None
        assert (why.amount, sum(part.amount for part in why.parts)) == (amount, amount)
        assert not set("{}") & set(why.text)


def test_a_refusal_without_a_number_explains_itself_by_its_message(world: World) -> None:
    problem = problem_of(Refusal("FORBIDDEN"))
    problem.says = speaker(world.programme, "en")
    assert problem.why() is None
