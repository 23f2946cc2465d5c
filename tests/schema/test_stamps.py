"""Stamp cards on a member's screen: no statement more than badges take."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from api.runner import Runner
from gamification.actions.record_purchase import PurchaseLine
from gamification.members.rules import MemberRecord
from schema.members import Member, read_member
from schema.selection import SECTIONS, Selection
from tests.world import World


def screen_of(world: World, member: MemberRecord, *fields: str) -> tuple[Member, int]:
    """What is read of a member for these fields, and the number of statements that it took."""
    context: Any = SimpleNamespace(programme=world.programme, now=lambda: world.now)
    selection = Selection(
        fields=frozenset(fields),
        sections=frozenset().union(*(SECTIONS[name] for name in fields)),
        timeline=None,
        inbox_first=1,
        inbox_before="",
    )

    def read(connection: Runner) -> tuple[Member, int]:
        return read_member(connection, member, context, selection), connection.statements

    return world.read(read)


def test_stamp_cards_cost_no_statement_more_than_badges(market_world: World) -> None:
    world, member = market_world, market_world.enrol()
    line = PurchaseLine(name="Bread", category="bread", quantity=23, amount=Decimal(46))
    world.buy(member, "46.00", lines=(line,))
    badges, before = screen_of(world, member, "badges")
    stamps, after = screen_of(world, member, "badges", "stamps")
    assert after == before
    assert badges.stamps == []
    (card,) = stamps.stamps
    assert (card.id, card.name) == ("tenth_loaf", "Co dziesiąty bochenek")
    assert (card.every, card.full) == (10, 2)
    assert (card.progress.current, card.progress.remaining, card.progress.ratio) == (3, 7, 0.3)


def test_cards_of_others_are_not_among_ones_own(market_world: World) -> None:
    world, ola, ewa = market_world, market_world.enrol(), market_world.enrol("Ewa")
    line = PurchaseLine(name="Bread", category="bread", quantity=30, amount=Decimal(60))
    world.buy(ola, "60.00", lines=(line,))
    (card,) = screen_of(world, ewa, "stamps")[0].stamps
    assert (card.full, card.progress.current) == (0, 0)
