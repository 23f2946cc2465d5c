"""Members who are told and members who are held out, and what they did then, for tests."""

from dataclasses import replace
from fractions import Fraction

from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from notifications.report import RuleReport, report
from tests.notifications.nudging import NEAR_COFFEE, nudges, plan, willing_member
from tests.world import World

RULE = "near_reward"


def comparing(programme: Programme, hold_out: Fraction = Fraction(1, 2)) -> Programme:
    """The programme with one rule only, of which a share of the members is held out."""
    (rule,) = (rule for rule in programme.nudges if rule.id == RULE)
    return replace(programme, nudges=(replace(rule, hold_out=hold_out),))


def assign(world: World, count: int) -> tuple[list[MemberRecord], list[MemberRecord]]:
    """Members with something to be told: those who are told, and those who are held out."""
    people = [willing_member(world, f"guest-{world.key()}") for _ in range(count)]
    for member in people:
        world.buy(member, NEAR_COFFEE)
    plan(world)
    arms = {row.member_id: row.arm for row in nudges(world)}
    told = [member for member in people if arms.get(member.id) == "treated"]
    return told, [member for member in people if arms.get(member.id) == "held_out"]


def visit(world: World, people: list[MemberRecord], *, days: int) -> None:
    """All of them come on each of so many days from tomorrow on; then their 14 days are over."""
    for _ in range(days):
        world.pass_time(days=1)
        for member in people:
            world.drop_in(member)
    world.pass_time(days=15 - days)


def reported(world: World) -> list[RuleReport]:
    return world.read(lambda c: report(c, world.programme, now=world.now))


def of_rule(world: World) -> RuleReport:
    return next(each for each in reported(world) if each.rule == RULE)
