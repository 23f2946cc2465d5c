"""A member says what they did, and it waits; the market's kinds are in `programmes/market.toml`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from gamification.claims.rules import CLAIMS_WAITING_MAX
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Actor, Role
from tests.claiming import claim, claimed, decide, review
from tests.world import CLERK, MANAGER, SYSTEM, World

AT_ONCE = 12
SHARED = {"network": "tiktok", "link": "tiktok.example/v/1"}


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


def test_a_claim_waits_and_counts_for_nothing(world: World) -> None:
    ola = world.enrol()
    before = world.contents()
    answer = claim(world, ola, "review", product="Gouda", rating=5)
    assert set(answer.outcome) == {"claim_id", "member_id"}
    after = world.contents()
    assert {name for name in before if before[name] != after[name]} == {"claim", "idempotency"}
    assert world.rows("SELECT kind, state, attributes FROM claim") == [
        ("review", "waiting", '{"product":"Gouda","rating":5}')
    ]
    assert world.violations() == []


def test_the_same_key_claims_once_and_only_the_same(world: World) -> None:
    ola = world.enrol()
    first = claim(world, ola, "review", key="k", product="Gouda", rating=5)
    again = claim(world, ola, "review", key="k", product="Gouda", rating=5)
    assert again == replace(first, replayed=True)
    with world.refuses("IDEMPOTENCY_CONFLICT"):
        claim(world, ola, "review", key="k", product="Gouda", rating=4)
    assert world.rows("SELECT count(*) FROM claim") == [1]


def test_what_counts_once_is_claimed_once_while_it_waits(world: World) -> None:
    ola = world.enrol()
    first = claimed(world, ola, "shared_on_social", **SHARED)
    with world.refuses("ALREADY_COUNTED", sticky=True):
        claim(world, ola, "shared_on_social", **SHARED).result()
    decide(world, first, approve=False)
    claimed(world, ola, "shared_on_social", **SHARED)
    claimed(world, world.enrol("Ewa"), "shared_on_social", **SHARED)


def test_what_counted_once_is_not_claimed_again_in_its_cycle(world: World) -> None:
    ola = world.enrol()
    decide(world, claimed(world, ola, "shared_on_social", **SHARED)).result()
    with world.refuses("ALREADY_COUNTED", sticky=True):
        claim(world, ola, "shared_on_social", **SHARED).result()
    world.pass_time(days=31)
    claimed(world, ola, "shared_on_social", **SHARED)


def test_a_claim_of_last_month_does_not_stand_in_the_way_of_this_one(world: World) -> None:
    ola = world.enrol()
    march = claimed(world, ola, "shared_on_social", **SHARED)
    world.pass_time(days=31)
    april = claimed(world, ola, "shared_on_social", **SHARED)
    for each in (april, march):
        assert decide(world, each).result()["points"] == 25
    days = "SELECT local_date FROM activity WHERE kind = 'shared_on_social' ORDER BY local_date"
    assert [str(day) for day in world.rows(days)] == ["2026-03-02", "2026-04-02"]
    assert world.violations() == []


def test_only_so_many_wait_at_once(world: World) -> None:
    ola = world.enrol()
    first, *_ = [review(world, ola, f"Gouda {n}") for n in range(CLAIMS_WAITING_MAX)]
    with world.refuses("TOO_MANY_CLAIMS", maximum=CLAIMS_WAITING_MAX):
        review(world, ola)
    review(world, world.enrol("Ewa"))
    decide(world, first, approve=False)
    review(world, ola)


@pytest.mark.parametrize(
    ("kind", "told", "code", "where"),
    [
        ("dancing", {}, "KIND_UNKNOWN", None),
        ("purchase", {}, "KIND_UNKNOWN", None),
        ("tasting", {"table": "wine"}, "KIND_UNKNOWN", None),
        ("review", {"product": "Gouda"}, "ATTRIBUTE_MISSING", "attributes.rating"),
        ("review", {"product": "Gouda", "rating": 0}, "ATTRIBUTE_WRONG", "attributes.rating"),
        ("review", {"product": "Gouda", "rating": 6}, "ATTRIBUTE_WRONG", "attributes.rating"),
        ("review", {"product": "a\0b", "rating": 5}, "TEXT_UNPRINTABLE", "attributes.product"),
        (
            "review",
            {"product": "Gouda", "rating": 5, "stars": 5},
            "ATTRIBUTE_UNKNOWN",
            "attributes",
        ),
    ],
)
def test_what_no_member_may_claim_is_refused_and_nothing_is_written(
    world: World, kind: str, told: dict[str, Any], code: str, where: str | None
) -> None:
    ola = world.enrol()
    with world.refuses(code, field=where):
        claim(world, ola, kind, **told)


def test_only_kinds_of_members_are_named_to_them(world: World) -> None:
    ola = world.enrol()
    with world.refuses("KIND_UNKNOWN", known="review, shared_on_social"):
        claim(world, ola, "survey", score=9)


PICTURES = {
    "https://pictures.example": True,
    "https://pictures.example/a.jpg?w=800&h=600#top": True,
    "https://pictures.example:8443/%C5%BC.png": True,
    "https://pictures.example/" + "a" * 475: True,
    "https://pictures.example/" + "a" * 476: False,
    "http://pictures.example/a.jpg": False,
    "HTTPS://pictures.example/a.jpg": False,
    "https://": False,
    "https:///a.jpg": False,
    "https://ola@pictures.example/a.jpg": False,
    "https://pictures.example/a b.jpg": False,
    'https://pictures.example/"onload=x': False,
    "https://pictures.example/\u017c.jpg": False,
    "javascript:alert(1)//https://a.example": False,
    "data:image/png;base64,AAAA": False,
    "a.jpg": False,
}


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_an_https_address(world: World, picture: str) -> None:
    ola = world.enrol()
    if PICTURES[picture]:
        decide(world, review(world, ola, picture=picture)).result()
        assert world.rows("SELECT picture FROM review") == [picture]
    else:
        # The kind's own limit of characters is that of addresses, and is looked at first.
        with pytest.raises(Exception, match=r"ATTRIBUTE_WRONG|TEXT_LENGTH"):
            review(world, ola, picture=picture)
        assert world.rows("SELECT count(*) FROM claim") == [0]


@pytest.mark.parametrize("actor", [CLERK, MANAGER, SYSTEM], ids=lambda actor: actor.principal)
def test_staff_claim_nothing(world: World, actor: Actor) -> None:
    ola = world.enrol()
    with world.refuses("FORBIDDEN"):
        claim(world, ola, "review", actor=actor, product="Gouda", rating=5)


def test_nobody_claims_before_they_enrol(world: World) -> None:
    stranger = Actor(principal="member:stranger", role=Role.MEMBER)
    ola = world.enrol()
    with world.refuses("NOT_ENROLLED"):
        claim(world, ola, "review", actor=stranger, product="Gouda", rating=5)


@pytest.mark.parametrize("actor", [MANAGER, SYSTEM], ids=lambda actor: actor.principal)
def test_what_members_claim_nobody_records_for_them(world: World, actor: Actor) -> None:
    ola = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.do(ola, "review", actor=actor, product="Gouda", rating=5)


def test_of_two_that_claim_the_same_at_the_same_moment_one_waits(world: World) -> None:
    members = [world.enrol(f"Guest {number}") for number in range(AT_ONCE)]

    def claims(member: MemberRecord) -> str:
        try:
            claimed(world, member, "shared_on_social", **SHARED)
        except Refusal as refusal:
            return refusal.code
        return "waits"

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(claims, [each for member in members for each in (member, member)]))
    assert sorted(found) == ["ALREADY_COUNTED"] * AT_ONCE + ["waits"] * AT_ONCE
    assert world.rows("SELECT count(DISTINCT member_id) FROM claim") == [AT_ONCE]
