"""What the API explains to a member, and carrying out the steps that it names."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gamification.actions.record_purchase import PurchaseLine
from gamification.members.rules import MemberRecord
from gamification.points import entries
from gamification.progress import Unit
from gamification.reads.standing import Section, Standing, read_standing
from gamification.timeline import store as timeline
from schema.badges import badge_types
from schema.challenges import challenge_types
from schema.rewards import reward_types
from schema.stamps import stamp_types
from schema.tiers import tier_standing
from schema.why.entries import why_moved
from schema.why.types import NextAction, NextStep, Why
from schema.why.wording import speaker
from tests.world import MANAGER, World

SECTIONS = {Section.COUNTS, Section.HELD, Section.POINTS, Section.EXPIRIES}
PURCHASE_MINOR_MAX = 50_000  # what both sample programmes take for one purchase


def basket(category: str, quantity: int, amount: str, *, sku: str | None = None) -> PurchaseLine:
    return PurchaseLine(
        name=category, category=category, quantity=quantity, amount=Decimal(amount), sku=sku
    )


def explained_facts(world: World, member: MemberRecord, tag: str) -> list[tuple[Any, list[Why]]]:
    """Each fact of a member with what explains it, oldest first."""
    facts = world.read(lambda c: timeline.page(c, member.id, before=10**9, most=10**6))
    found = world.read(lambda c: entries.of_facts(c, facts))
    says = speaker(world.programme, tag)
    return [
        (fact, [why_moved(found[entry], says) for entry in fact.entries or ()])
        for fact in reversed(facts)
    ]


def standing_of(world: World, member: MemberRecord) -> Standing:
    return world.read(
        lambda c: read_standing(c, member, world.programme, now=world.now, sections=SECTIONS)
    )


def shown(world: World, member: MemberRecord, tag: str = "en") -> dict[str, tuple[Any, Why]]:
    """Where a member stands with everything that is explained: the state, and why, by rule."""
    standing, programme = standing_of(world, member), world.programme
    tier = tier_standing(standing, programme, tag)
    assert tier is not None
    return {
        "tier": (tier.current.id, tier.why()),
        **{
            f"badge:{badge.id}": (badge.level, badge.why())
            for badge in badge_types(standing, programme, tag)
        },
        **{
            f"challenge:{each.id}": ((each.joined, each.completed_at is not None), each.why())
            for each in challenge_types(standing, programme, tag)
        },
        **{
            f"stamps:{card.id}": (card.full, card.why())
            for card in stamp_types(standing, programme, tag)
        },
        **{
            f"reward:{reward.id}": (reward.affordable, reward.why())
            for reward in reward_types(standing, programme, tag)
        },
    }


def state(world: World, member: MemberRecord, rule: str) -> Any:
    return shown(world, member)[rule][0]


def step(world: World, member: MemberRecord, rule: str) -> NextStep:
    found = shown(world, member)[rule][1].next
    assert found is not None, rule
    return found


def carry_out(world: World, member: MemberRecord, rule: str, step: NextStep, amount: int) -> None:
    """Do what a step says, by `amount` instead of what it takes."""
    match step.action:
        case NextAction.JOIN:
            world.join(member, rule.removeprefix("challenge:"))
        case NextAction.EARN:
            most = world.programme.second_look_above or world.programme.adjustment_points_max
            while amount > 0:
                world.adjust(member, min(amount, most))
                amount -= most
        case NextAction.COUNT:
            assert step.measure is not None
            count(world, member, step.measure, amount)


def count(world: World, member: MemberRecord, measure: str, amount: int) -> None:
    """Do what a measure counts, exactly `amount` of it."""
    if world.programme.measures[measure].unit is Unit.MONEY:
        while amount > 0:
            part = min(amount, PURCHASE_MINOR_MAX)
            world.buy(member, str(Decimal(part).scaleb(-2)))
            amount -= part
    elif measure in PIECES:
        if amount:
            line = PurchaseLine(
                name="?", category=PIECES[measure], quantity=amount, amount=Decimal(0)
            )
            world.buy(member, "0", lines=(line,))
    else:
        for _ in range(amount):
            TIMES[measure](world, member)


def at_hour(hour: int, *, weekday: int | None = None) -> Callable[[World, MemberRecord], object]:
    """Buy at the next such hour in the programme's zone."""

    def buy(world: World, member: MemberRecord) -> None:
        while True:
            local = world.now.astimezone(world.programme.zone)
            if local.hour == hour and weekday in {None, local.weekday()}:
                break
            world.pass_time(hours=1)
        world.buy(member, "0")

    return buy


# Which category a piece is of, where a measure counts pieces; and else what counts once.
PIECES = {"coffees": "coffee", "pastries": "pastry", "loaves": "bread"}
TIMES: dict[str, Callable[[World, MemberRecord], object]] = {
    "visits": lambda world, member: world.drop_in(member),
    "mornings": at_hour(8),
    "weekends": at_hour(12, weekday=5),
    "big_baskets": lambda world, member: world.buy(member, "25.00"),
    "tastings": lambda world, member: world.do(member, "tasting", table="wine", actor=MANAGER),
}
