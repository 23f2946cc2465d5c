"""Staff decide what a member says they did; what they approve is an activity like any other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gamification.activities.rules import OCCURRED_DAYS_MAX
from gamification.claims import store as claims
from gamification.errors import Refusal
from gamification.staff.rules import Actor
from gamification.verify.rebuild.run import rebuild
from tests.claiming import claimed, decide, review
from tests.gamification.actions.test_claim_activity import SHARED
from tests.world import CLERK, ELSEWHERE, MANAGER, SYSTEM, World

WELCOME = 200  # points for joining
AT_ONCE = 12


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


@pytest.mark.parametrize("actor", [CLERK, MANAGER, ELSEWHERE], ids=lambda actor: actor.principal)
def test_what_is_approved_counts_for_the_day_of_the_claim(world: World, actor: Actor) -> None:
    ola = world.enrol()
    waiting = review(world, ola, text="Crumbly")
    world.pass_time(days=2)
    outcome = decide(world, waiting, actor=actor).result()
    assert outcome["points"] == 30
    assert world.balances(ola)["available"] == WELCOME + 30
    told = "SELECT local_date, channel, store_id, staff_id FROM activity WHERE kind = 'review'"
    [(day, *where)] = world.rows(told)
    assert (str(day), where) == ("2026-03-02", ["app", None, actor.staff_id])
    became = world.rows("SELECT state, decided_by, activity_id FROM claim")
    assert became == [("approved", actor.staff_id, outcome["activity_id"])]
    assert world.kinds(ola)[-2:] == ["ACTIVITY_RECORDED", "POINTS_EARNED"]
    assert world.violations() == []
    assert world.read(lambda c: list(rebuild(c, world.programme, seen=Counter()))) == []


def test_what_is_refused_the_member_is_told_and_nothing_counts(world: World) -> None:
    ola = world.enrol()
    decide(world, review(world, ola), approve=False).result()
    assert world.facts(ola)[-1] == ("CLAIM_REFUSED", {"activity": "review"})
    assert world.balances(ola)["available"] == WELCOME
    assert world.rows("SELECT state, activity_id FROM claim") == [("refused", None)]
    assert world.rows("SELECT count(*) FROM review") == [0]
    assert world.violations() == []


@pytest.mark.parametrize("approved", [True, False])
@pytest.mark.parametrize("approve", [True, False])
def test_it_is_decided_once(world: World, approved: bool, approve: bool) -> None:  # noqa: FBT001 -- columns of the tables above
    ola = world.enrol()
    waiting = review(world, ola)
    first = decide(world, waiting, approve=approved, key="k")
    assert decide(world, waiting, approve=approved, key="k") == replace(first, replayed=True)
    with world.refuses("CLAIM_DECIDED"):
        decide(world, waiting, approve=approve)
    with world.refuses("IDEMPOTENCY_CONFLICT"):
        decide(world, waiting, approve=not approved, key="k")


def test_what_was_counted_meanwhile_cannot_be_approved_and_goes_on_waiting(world: World) -> None:
    kind = world.programme.kinds["shared_on_social"]
    often = replace(kind, once=None)
    once = world.programme
    world.programme = replace(once, kinds={**once.kinds, kind.id: often})
    ola = world.enrol()
    first, second = (claimed(world, ola, kind.id, **SHARED) for _ in range(2))
    world.programme = once
    decide(world, first).result()
    with world.refuses("ALREADY_COUNTED", sticky=True):
        decide(world, second).result()
    decide(world, second, approve=False).result()
    assert world.rows("SELECT state FROM claim ORDER BY id") == ["approved", "refused"]


def test_what_the_programme_has_no_more_cannot_be_approved_but_refused(world: World) -> None:
    ola = world.enrol()
    waiting = review(world, ola)
    kinds = {name: kind for name, kind in world.programme.kinds.items() if name != "review"}
    world.programme = replace(world.programme, kinds=kinds)
    with world.refuses("KIND_UNKNOWN"):
        decide(world, waiting)
    decide(world, waiting, approve=False).result()


def test_what_waited_for_a_season_cannot_be_approved_but_refused(world: World) -> None:
    ola = world.enrol()
    waiting = review(world, ola)
    world.pass_time(days=OCCURRED_DAYS_MAX + 1)
    with world.refuses("OCCURRED_TOO_EARLY"):
        decide(world, waiting)
    decide(world, waiting, approve=False).result()


def test_neither_systems_nor_members_decide(world: World) -> None:
    ola = world.enrol()
    waiting = review(world, ola)
    for actor in (SYSTEM, world.as_member(ola)):
        with world.refuses("FORBIDDEN"):
            decide(world, waiting, actor=actor)


@pytest.mark.parametrize("which", ["", "nothing"])
def test_what_nobody_claimed_is_unknown(world: World, which: str) -> None:
    with world.refuses("CLAIM_UNKNOWN"):
        decide(world, which)


def test_the_oldest_that_wait_are_listed_first(world: World) -> None:
    waiting = []
    for name in ("Ola", "Ewa", "Jan", "Ida"):
        waiting.append(review(world, world.enrol(name)))
        world.pass_time(hours=1)
    decide(world, waiting[0])
    found = world.read(lambda c: claims.waiting(c, most=2))
    assert [each.id for each in found] == waiting[1:3]


def test_the_database_itself_lets_a_claim_be_one_activity_only(world: World) -> None:
    ola = world.enrol()
    decide(world, review(world, ola)).result()
    review(world, ola, "Brie")
    change = (
        "UPDATE claim SET state = 'approved', decided_by = 'clerk', decided_at = claimed_at,"
        " activity_id = (SELECT activity_id FROM claim WHERE activity_id IS NOT NULL)"
        " WHERE state = 'waiting'"
    )
    with pytest.raises(Exception, match="activity_id"):
        world.database.write_now(lambda c: c.driver.execute(change))


def test_of_two_who_decide_at_the_same_moment_the_second_finds_it_decided(world: World) -> None:
    ola = world.enrol()
    waiting = [review(world, ola, f"Gouda {n}") for n in range(AT_ONCE)]

    def decides(claim_id: str, *, approve: bool) -> str:
        try:
            decide(world, claim_id, approve=approve).result()
        except Refusal as refusal:
            return refusal.code
        return "approved" if approve else "refused"

    both = [(claim_id, approve) for claim_id in waiting for approve in (True, False)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda each: decides(each[0], approve=each[1]), both))
    pairs = [{*found[n : n + 2]} - {"CLAIM_DECIDED"} for n in range(0, len(found), 2)]
    assert [len(pair) for pair in pairs] == [1] * AT_ONCE
    assert world.rows("SELECT state FROM claim ORDER BY id") == [pair.pop() for pair in pairs]
    assert world.violations() == []
