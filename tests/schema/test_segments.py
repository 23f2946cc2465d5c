"""What segments cost and show: one statement more, and only where they are asked for."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from api.runner import Runner
from gamification.actions.record_purchase import Purchase, record_purchase
from gamification.actions.targets import Target
from gamification.members.rules import MemberRecord
from gamification.tags import store as tags
from schema.visits import Guest, read_guest
from tests.world import World


def guest_of(world: World, member: MemberRecord, *fields: str) -> tuple[Guest, int]:
    """What staff see, and the number of statements that it took."""
    context: Any = SimpleNamespace(programme=world.programme, now=lambda: world.now)

    def read(connection: Runner) -> tuple[Guest, int]:
        guest = read_guest(connection, member, context, frozenset(fields))
        return guest, connection.statements

    return world.read(read)


def statements_of_a_purchase(world: World, member: MemberRecord) -> int:
    target = Target(member_number=member.number)
    request = Purchase(target=target, total=Decimal(10), idempotency_key=world.key())

    def write(connection: Runner) -> int:
        record_purchase(connection, request, world.occasion()).result()
        return connection.statements

    return world.write(write)


def test_staff_see_segments_by_name_for_one_statement_more(world: World) -> None:
    member = world.enrol()
    without, before = guest_of(world, member, "points")
    guest, after = guest_of(world, member, "points", "segments")
    assert [(each.id, each.name) for each in guest.segments] == [("new", "New faces")]
    assert without.segments == []
    assert after == before + 1


def test_segments_stand_in_the_order_of_the_file(world: World) -> None:
    member = world.enrol()
    named = world.programme.segments.named
    backwards = dict(reversed([*named.items()]))
    always = {key: replace(each, condition=named["new"].condition) for key, each in named.items()}
    for order in (named, backwards):
        segments = replace(world.programme.segments, named={key: always[key] for key in order})
        world.programme = replace(world.programme, segments=segments)
        guest, _ = guest_of(world, member, "segments")
        assert [each.id for each in guest.segments] == [*order]


@pytest.mark.parametrize("is_tagged", [True, False])
def test_a_purchase_asks_for_segments_only_where_they_multiply(
    market_world: World, *, is_tagged: bool
) -> None:
    world, member = market_world, market_world.enrol()
    if is_tagged:
        world.write(lambda c: tags.put(c, member.id, "connoisseur"))
    statements_of_a_purchase(world, member)
    with_segments = statements_of_a_purchase(world, member)
    others = [each for each in world.programme.multipliers if each.segment is None]
    world.programme = replace(world.programme, multipliers=others)
    assert statements_of_a_purchase(world, member) == with_segments - 1
