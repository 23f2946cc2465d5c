"""Above a limit an adjustment moves nothing until a second manager approves it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from api.erasure import erase
from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import PROPOSAL_DAYS_MAX
from gamification.errors import Refusal
from gamification.points.rules import BALANCE_POINTS_MAX
from gamification.staff.rules import Actor
from tests.second_manager import LIMIT, OTHER, decide, propose, two_managers
from tests.world import CLERK, MANAGER, SYSTEM, World

AT_ONCE = 12


@pytest.fixture
def world(world: World) -> World:
    return two_managers(world)


def states(world: World) -> list[str]:
    return world.rows("SELECT state FROM proposal ORDER BY id")


@pytest.mark.parametrize("points", [LIMIT, -LIMIT])
def test_up_to_the_limit_one_manager_is_enough(world: World, points: int) -> None:
    ola = world.enrol()
    world.adjust(ola, LIMIT)
    world.adjust(ola, points).result()
    assert world.balances(ola)["available"] == LIMIT + points
    assert states(world) == []
    assert world.violations() == []


def test_above_the_limit_nothing_moves_and_the_member_hears_nothing(world: World) -> None:
    ola = world.enrol()
    before = world.contents()
    answer = world.adjust(ola, LIMIT + 1)
    assert set(answer.outcome) == {"proposal_id", "member_id", "points"}
    after = world.contents()
    assert {name for name in before if before[name] != after[name]} == {"idempotency", "proposal"}
    assert states(world) == ["waiting"]
    assert world.violations() == []


def test_the_same_key_proposes_once(world: World) -> None:
    ola = world.enrol()
    first = world.adjust(ola, 500, key="k")
    assert world.adjust(ola, 500, key="k") == replace(first, replayed=True)
    assert states(world) == ["waiting"]


@pytest.mark.parametrize("points", [700, -700])
def test_what_another_manager_approves_moves_as_any_adjustment_does(
    world: World, points: int
) -> None:
    ola = world.enrol()
    decide(world, propose(world, ola, 1000))
    world.pass_time(days=2)
    proposal = propose(world, ola, points)
    world.pass_time(days=2)
    outcome = decide(world, proposal).result()
    assert outcome["adjustment_id"] == proposal
    assert world.balances(ola)["available"] == 1000 + points
    assert world.facts(ola)[-1] == ("POINTS_ADJUSTED", {"points": points})
    assert world.rows("SELECT rule FROM entry ORDER BY id")[-1] == "adjustment:manager:second"
    adjusted = world.rows("SELECT id, staff_id, points, reason FROM adjustment ORDER BY id")
    assert adjusted[-1] == (proposal, "manager", points, "the machine broke down")
    assert world.rows("SELECT state, decided_by FROM proposal ORDER BY id")[-1] == (
        "approved",
        "second",
    )
    assert world.violations() == []


def test_what_is_refused_never_moves(world: World) -> None:
    ola = world.enrol()
    proposal = propose(world, ola, 500)
    decide(world, proposal, approve=False).result()
    assert world.balances(ola)["available"] == 0
    assert world.rows("SELECT count(*) FROM adjustment") == [0]
    assert world.kinds(ola) == ["MEMBER_ENROLLED"]
    with world.refuses("PROPOSAL_DECIDED"):
        decide(world, proposal)
    assert world.violations() == []


@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_their_own(world: World, approve: bool) -> None:  # noqa: FBT001 -- a column of the table above
    proposal = propose(world, world.enrol(), 500)
    with world.refuses("OWN_PROPOSAL"):
        decide(world, proposal, approve=approve, actor=MANAGER)


@pytest.mark.parametrize("approve", [True, False])
def test_it_is_decided_once(world: World, approve: bool) -> None:  # noqa: FBT001 -- a column of the table above
    ola = world.enrol()
    proposal = propose(world, ola, 500)
    first = decide(world, proposal, key="k")
    assert decide(world, proposal, key="k") == replace(first, replayed=True)
    with world.refuses("PROPOSAL_DECIDED"):
        decide(world, proposal, approve=approve)
    assert world.balances(ola)["available"] == 500
    assert world.violations() == []


def test_the_same_key_decides_only_the_same(world: World) -> None:
    proposal = propose(world, world.enrol(), 500)
    decide(world, proposal, key="k")
    with world.refuses("IDEMPOTENCY_CONFLICT"):
        decide(world, proposal, key="k", approve=False)


def test_without_enough_points_it_goes_on_waiting(world: World) -> None:
    ola = world.enrol()
    proposal = propose(world, ola, -500)
    with world.refuses("NOT_ENOUGH_POINTS", sticky=True, available=0, required=500):
        decide(world, proposal).result()
    assert states(world) == ["waiting"]
    decide(world, propose(world, ola, 600))
    decide(world, proposal).result()
    assert world.balances(ola)["available"] == 100
    assert world.violations() == []


def test_a_balance_that_would_grow_too_large_leaves_it_waiting(world: World) -> None:
    world.programme = replace(world.programme, adjustment_points_max=BALANCE_POINTS_MAX)
    ola = world.enrol()
    proposal = propose(world, ola, BALANCE_POINTS_MAX)
    world.adjust(ola, 1)
    with world.refuses("BALANCE_TOO_LARGE", sticky=True, room=BALANCE_POINTS_MAX - 1):
        decide(world, proposal).result()
    assert states(world) == ["waiting"]


@pytest.mark.parametrize("points", [500, -500])
def test_what_is_above_the_largest_adjustment_of_today_is_not_approved(
    world: World, points: int
) -> None:
    ola = world.enrol()
    decide(world, propose(world, ola, 1000))
    proposal, before = propose(world, ola, points), world.programme
    world.programme = replace(before, adjustment_points_max=499, version="stricter")
    with world.refuses("POINTS_OUT_OF_RANGE", field="points", maximum=499):
        decide(world, proposal)
    assert states(world)[-1] == "waiting"
    assert world.balances(ola)["available"] == 1000
    world.programme = replace(before, adjustment_points_max=500, version="exact")
    decide(world, proposal).result()
    assert world.balances(ola)["available"] == 1000 + points
    left = propose(world, ola, 200)
    world.programme = replace(before, adjustment_points_max=199, version="stricter")
    decide(world, left, approve=False).result()
    assert states(world)[-1] == "refused"
    assert world.violations() == []


def test_it_runs_out(world: World) -> None:
    ola = world.enrol()
    late, later = propose(world, ola, 500), propose(world, ola, 600)
    world.pass_time(days=PROPOSAL_DAYS_MAX, seconds=-1)
    decide(world, late).result()
    world.pass_time(seconds=1)
    for approve in (True, False):
        with world.refuses("PROPOSAL_LAPSED", maximum_days=PROPOSAL_DAYS_MAX):
            decide(world, later, approve=approve)
    assert waiting(world) == []
    assert world.violations() == []


def waiting(world: World) -> list[str]:
    after = world.now - timedelta(days=PROPOSAL_DAYS_MAX)
    rows = world.read(lambda c: adjustments.waiting(c, after=after, most=2))
    return [row.id for row in rows]


def test_the_newest_that_wait_are_listed_first(world: World) -> None:
    ola = world.enrol()
    proposals = []
    for _ in range(4):
        proposals.append(propose(world, ola, 500))
        world.pass_time(hours=1)
    decide(world, proposals[3], approve=False)
    assert waiting(world) == [proposals[2], proposals[1]]


@pytest.mark.parametrize("actor", [CLERK, SYSTEM], ids=lambda actor: actor.principal)
def test_only_managers_decide(world: World, actor: Actor) -> None:
    proposal = propose(world, world.enrol(), 500)
    with world.refuses("FORBIDDEN"):
        decide(world, proposal, actor=actor)


def test_no_member_approves_their_own_points(world: World) -> None:
    ola = world.enrol()
    proposal = propose(world, ola, 500)
    with world.refuses("FORBIDDEN"):
        decide(world, proposal, actor=world.as_member(ola))


def test_what_nobody_proposed_is_unknown(world: World) -> None:
    ola = world.enrol()
    adjusted = world.adjust(ola, 5).outcome["adjustment_id"]
    for proposal in ("", "nothing", adjusted):
        with world.refuses("PROPOSAL_UNKNOWN"):
            decide(world, proposal)


def test_the_database_itself_lets_nobody_approve_their_own(world: World) -> None:
    propose(world, world.enrol(), 500)
    change = (
        "UPDATE proposal SET state = 'approved', decided_by = staff_id, decided_at = proposed_at"
    )
    with pytest.raises(Exception, match="decided_by_somebody_else"):
        world.write(lambda c: c.driver.execute(change))


def test_a_lower_limit_says_nothing_of_what_was_adjusted_before(world: World) -> None:
    ola = world.enrol()
    world.adjust(ola, 80)
    world.programme = replace(world.programme, second_look_above=50, version="stricter")
    assert world.violations() == []


def test_of_a_forgotten_member_reasons_go_and_nothing_can_be_approved(world: World) -> None:
    ola, jan = world.enrol(), world.enrol("Jan")
    decide(world, propose(world, ola, 500))
    left, kept = propose(world, ola, 600), propose(world, jan, 600)
    erase(world.database, ola.number, world.programme, now=world.now)
    assert world.rows("SELECT member_id, reason FROM proposal ORDER BY id") == [
        (ola.id, ""),
        (jan.id, "the machine broke down"),
    ]
    with world.refuses("PROPOSAL_UNKNOWN"):
        decide(world, left)
    decide(world, kept, actor=OTHER).result()
    assert world.violations() == []


def test_of_two_who_decide_at_the_same_moment_the_second_finds_it_decided(world: World) -> None:
    ola = world.enrol()
    proposals = [propose(world, ola, 200) for _ in range(AT_ONCE)]

    def decides(proposal: str, *, approve: bool) -> str:
        try:
            decide(world, proposal, approve=approve).result()
        except Refusal as refusal:
            return refusal.code
        return "approved" if approve else "refused"

    both = [(proposal, approve) for proposal in proposals for approve in (True, False)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda each: decides(each[0], approve=each[1]), both))
    pairs = [{*found[n : n + 2]} - {"PROPOSAL_DECIDED"} for n in range(0, len(found), 2)]
    assert [len(pair) for pair in pairs] == [1] * AT_ONCE
    assert states(world) == [pair.pop() for pair in pairs]
    assert world.violations() == []
