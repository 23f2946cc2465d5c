"""Which segments members are in: the same for one in a request as for all of them in a batch."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from api.erasure import erase
from gamification.effects.placing import Placed, place, place_all
from gamification.members.rules import MemberRecord
from gamification.segments.rules import NOWHERE, Facts
from gamification.tags import store as tags
from notifications.actions.set_consent import ConsentToSet, set_consent
from tests.world import World

EVERYBODY = {"first": "", "last": "g"}  # ids are hexadecimal


@dataclass(frozen=True)
class Came:
    """A visit that still counts: its day, and what was spent."""

    day: date
    minor: int


def all_placed(world: World) -> list[Placed]:
    return world.read(lambda c: list(place_all(c, world.programme, **EVERYBODY, now=world.now)))


def facts_of(world: World, member: MemberRecord) -> Facts:
    [facts] = [each.facts for each in all_placed(world) if each.member_id == member.id]
    return facts


def plain_facts(world: World, member: MemberRecord, came: list[Came]) -> Facts:
    """The same facts by looking at each visit, one after the other."""
    today = world.now.date()  # the stories happen at noon
    back = sorted((today - each.day).days for each in came)
    days = sorted({n for n in back if n < 365})
    gaps = [later - earlier for earlier, later in pairwise(days)]
    spend = {n: sum(e.minor for e in came if (today - e.day).days < n) for n in (90, 365, 9999)}
    tiers = [t.id for t in world.programme.ladder.tiers if t.threshold <= spend[365]]
    return Facts(
        tier=tiers[-1],
        days=(world.now - member.joined_at).days,
        locale="pl",
        spend=spend[9999],
        spend_90=spend[90],
        spend_365=spend[365],
        visits=len(came),
        visits_90=sum(n < 90 for n in back),
        visits_365=sum(n < 365 for n in back),
        days_since_visit=back[0] if back else -1,
        interval_days=sum(gaps) // len(gaps) if gaps else 0,
    )


@pytest.fixture
def played(world: World) -> dict[str, tuple[MemberRecord, list[Came]]]:
    """Two years of a crowd: some come often, some stay away, some bring things back."""
    people = [world.enrol(f"Guest {number}") for number in range(16)]
    came: dict[str, list[Came]] = defaultdict(list)
    for _ in range(60):
        world.pass_time(days=world.chance.randrange(1, 20))
        for member in world.chance.sample(people[:-2], 2):
            minor = world.chance.randrange(100, 9000)
            if world.chance.random() < 0.2:
                world.drop_in(member)
                came[member.id].append(Came(world.now.date(), 0))
                continue
            bought = world.buy(member, f"{minor / 100:.2f}")
            if world.chance.random() < 0.2:
                world.refund(bought)
            else:
                came[member.id].append(Came(world.now.date(), minor))
    world.pass_time(days=7)
    world.enrol("Newcomer")
    return {member.id: (member, came[member.id]) for member in people}


def test_what_is_known_of_each_is_what_a_plain_count_gives(
    world: World, played: dict[str, tuple[MemberRecord, list[Came]]]
) -> None:
    found = {each.member_id: each.facts for each in all_placed(world)}
    assert len(found) == len(played) + 1
    plain = {m.id: plain_facts(world, m, came) for m, came in played.values()}
    assert {member_id: found[member_id] for member_id in plain} == plain
    assert len({facts.days_since_visit > 90 for facts in plain.values()}) == 2
    assert any(facts.interval_days > 3 for facts in plain.values())


def test_the_answer_for_one_is_the_answer_for_all(
    world: World, played: dict[str, tuple[MemberRecord, list[Came]]]
) -> None:
    for member, _ in list(played.values())[::3]:
        world.write(lambda c, m=member: tags.put(c, m.id, "vip"))
    everybody = all_placed(world)
    one_by_one = {
        each.member_id: world.read(
            lambda c, m=each.member_id: place(c, m, world.programme, now=world.now)
        )
        for each in everybody
    }
    assert {each.member_id: each.placing for each in everybody} == one_by_one
    assert {segment for each in one_by_one.values() for segment in each.segments} >= {"new"}


def test_the_segments_of_the_cafe_find_whom_they_are_meant_for(world: World) -> None:
    new, champion, at_risk, lapsed, idle = (world.enrol(f"Guest {n}") for n in range(5))
    for _ in range(6):
        world.buy(lapsed, "90.00")
        world.pass_time(days=2)
    world.pass_time(days=60)
    for _ in range(25):
        world.pass_time(days=2)
        world.buy(champion, "20.00")
        if world.now.day % 2:
            world.buy(at_risk, "6.00")
        else:
            world.drop_in(at_risk)
    for _ in range(9):
        world.pass_time(days=2)
        world.buy(champion, "20.00")
    new = world.enrol("Somebody new")
    found = {each.member_id: set(each.placing.segments) for each in all_placed(world)}
    assert found[new.id] == {"new"}
    assert found[champion.id] == {"champion"}
    assert found[at_risk.id] == {"at_risk"}
    assert found[lapsed.id] == {"lapsed_big_spender"}
    assert found[idle.id] == set()


def test_tags_and_consents_are_known_as_they_stand(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    for tag in ("vip", "allergic_to_nuts"):
        world.write(lambda c, t=tag: tags.put(c, member.id, t))
    for granted in (True, False):
        consent = ConsentToSet(
            member_id=(member if granted else other).id,
            category="marketing",
            channel="push",
            granted=granted,
            text_version="1",
            source="app",
        )
        world.write(lambda c, s=consent: set_consent(c, s, now=world.now))
    facts = facts_of(world, member)
    assert (facts.tags, facts.consents) == (("allergic_to_nuts", "vip"), ("marketing:push",))
    assert (facts_of(world, other).tags, facts_of(world, other).consents) == ((), ())
    world.write(lambda c: tags.take_off(c, member.id, "vip"))
    assert facts_of(world, member).tags == ("allergic_to_nuts",)


def test_a_visit_that_was_refunded_was_none(world: World) -> None:
    member = world.enrol()
    world.buy(member, "5.00")
    world.pass_time(days=10)
    world.refund(world.buy(member, "5.00"))
    assert facts_of(world, member).days_since_visit == 10
    assert facts_of(world, member).visits == 1


def test_the_last_visit_is_known_however_long_ago_it_was(world: World) -> None:
    member = world.enrol()
    world.buy(member, "5.00")
    world.pass_time(days=1500)
    facts = facts_of(world, member)
    assert (facts.days_since_visit, facts.visits, facts.visits_365) == (1500, 1, 0)


def test_a_forgotten_member_is_in_no_segment_and_in_no_batch(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    erase(world.database, member.number, world.programme, now=world.now)
    assert [each.member_id for each in all_placed(world)] == [other.id]
    assert world.read(lambda c: place(c, member.id, world.programme, now=world.now)) == NOWHERE


def test_a_day_ends_at_midnight_in_the_zone_of_the_programme(world: World) -> None:
    member = world.enrol()
    world.now = world.now.replace(hour=22, minute=50)  # ten to midnight in Warsaw
    world.buy(member, "5.00")
    world.pass_time(minutes=9)
    assert facts_of(world, member).days_since_visit == 0
    world.pass_time(minutes=2)
    assert facts_of(world, member).days_since_visit == 1
    world.now += timedelta(days=89)
    assert facts_of(world, member).visits_90 == 0


def test_where_a_ladder_counts_ever_the_tier_is_never_lost(world: World) -> None:
    member = world.enrol()
    world.buy(member, "300.00")
    world.pass_time(days=500)
    assert facts_of(world, member).tier == "prelude"
    ever = world.programme.badges[0].window
    ladder = replace(world.programme.ladder, window=ever)
    world.programme = replace(world.programme, ladder=ladder)
    assert facts_of(world, member).tier == "serenade"
