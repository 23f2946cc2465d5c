from datetime import timedelta

import pytest

from gamification.timeline import store as timeline
from notifications import planner, store
from notifications.planner import BATCH_MAX, LEASE
from tests.notifications.nudging import (
    NEAR_COFFEE,
    RecordingSender,
    at,
    consent,
    deliver,
    device,
    dispatch,
    near_tier_and_coffee,
    nudges,
    only_nudge,
    plan,
    willing_member,
)


def has_work(world):
    return world.read(lambda c: planner.has_work(c, now=world.now))


def test_a_member_who_consented_and_is_near_gets_a_nudge_planned(world):
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    planned = plan(world)
    nudge = only_nudge(world)
    assert planned == [nudge.id]
    assert (nudge.member_id, nudge.key, nudge.state) == (
        member.id,
        "near_reward:coffee:0",
        "planned",
    )
    assert nudge.params == {"remaining": 50}
    assert nudge.not_before == world.now


def test_without_consent_nothing_is_planned_and_the_member_was_looked_at(world):
    member = world.enrol()
    device(world, member)
    world.buy(member, NEAR_COFFEE)
    assert has_work(world)
    assert plan(world) == []
    assert not has_work(world)


def test_a_refused_consent_is_none(world):
    member = willing_member(world)
    consent(world, member, granted=False)
    world.buy(member, NEAR_COFFEE)
    assert plan(world) == []


def test_a_member_who_consents_while_near_is_planned_for_without_a_new_purchase(world):
    member = world.enrol()
    world.buy(member, NEAR_COFFEE)
    plan(world)
    consent(world, member)
    assert len(plan(world)) == 1


def test_the_same_cycle_is_planned_once_however_often_the_member_comes(world):
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    assert len(plan(world)) == 1
    world.pass_time(minutes=5)
    world.buy(member, "1.00")
    assert plan(world) == []


def test_a_reward_that_was_bought_may_be_near_again(world):
    member = willing_member(world)
    world.buy(member, "82.00")
    plan(world)
    world.redeem(member, "coffee")
    world.buy(member, "66.00")
    assert 810 <= world.balances(member)["available"] < 900
    plan(world)
    assert [nudge.key for nudge in nudges(world)] == ["near_reward:coffee:1"]


def test_somebody_who_is_near_nothing_gets_nothing(world):
    world.buy(willing_member(world), "10.00")
    assert plan(world) == []


def test_points_that_have_run_out_do_not_count(world):
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    world.pass_time(days=400)
    assert plan(world) == []


def test_at_night_a_nudge_is_planned_for_the_morning_of_the_members_own_zone(world):
    world.now = at("2026-03-02T14:00:00+00:00")  # 22:00 in Taipei, 15:00 in Warsaw
    mei = willing_member(world, "Mei", time_zone="Asia/Taipei")
    ola = willing_member(world, "Ola", time_zone="Europe/Warsaw")
    for member in (mei, ola):
        world.buy(member, NEAR_COFFEE)
    plan(world)
    # Both were marked at the same moment: who is planned first is anybody's.
    assert {nudge.member_id: nudge.not_before for nudge in nudges(world)} == {
        mei.id: at("2026-03-03T01:00:00+00:00"),
        ola.id: world.now,
    }


def test_of_a_tier_and_a_reward_the_tier_is_planned_and_the_reward_is_kept_back(world):
    near_tier_and_coffee(world, willing_member(world))
    plan(world)
    assert [(nudge.key, nudge.reason) for nudge in nudges(world)] == [
        ("near_tier:serenade:2026", None),
        ("near_reward:coffee:2", "something else mattered more"),
    ]


def test_without_consent_the_reason_is_written_once(world):
    member = world.enrol()
    world.buy(member, NEAR_COFFEE)
    plan(world)
    world.buy(member, "1.00")
    plan(world)
    assert [(nudge.state, nudge.reason) for nudge in nudges(world)] == [
        ("suppressed", "no consent")
    ]
    assert only_nudge(world).arm is None


def test_a_mark_set_while_planning_stays(world):
    member = willing_member(world)
    world.buy(member, NEAR_COFFEE)
    seen = world.write(lambda c: timeline.take_fresh(c, most=10))
    world.pass_time(seconds=1)
    world.buy(member, "1.00")
    world.write(lambda c: timeline.looked_at(c, seen, today=world.now.date()))
    assert has_work(world)


def test_due_nudges_are_handed_over_once_in_one_job(world):
    for name in ("Ola", "Jan"):
        world.buy(willing_member(world, name), NEAR_COFFEE)
    planned = plan(world)
    assert dispatch(world) == [planned]
    assert dispatch(world) == []
    assert {nudge.state for nudge in nudges(world)} == {"queued"}


def test_a_nudge_for_the_morning_is_not_handed_over_before(world):
    world.now = at("2026-03-02T20:30:00+00:00")
    world.buy(willing_member(world), NEAR_COFFEE)
    planned = plan(world)
    assert dispatch(world) == []
    world.now = at("2026-03-03T07:59:59+00:00")
    assert dispatch(world) == []
    world.now = at("2026-03-03T08:00:00+00:00")
    assert dispatch(world) == [planned]


def test_a_nudge_that_the_engine_lost_is_handed_over_again_under_another_job(world):
    world.buy(willing_member(world), NEAR_COFFEE)
    planned = plan(world)
    jobs = []

    def hand_over():
        world.write(
            lambda c: planner.dispatch(
                c, now=world.now, enqueue=lambda _, job_id, ids: jobs.append((job_id, ids))
            )
        )

    hand_over()
    world.now += LEASE - timedelta(seconds=1)
    hand_over()
    assert len(jobs) == 1
    world.now += timedelta(seconds=1)
    hand_over()
    (first, _), (second, ids) = jobs
    assert ids == planned
    assert first != second


def test_the_late_job_of_a_nudge_that_was_handed_over_again_does_nothing(world):
    world.buy(willing_member(world), NEAR_COFFEE)
    planned = plan(world)
    dispatch(world)
    world.now += LEASE
    sender = RecordingSender()
    deliver(world, planned, sender)
    assert sender.sent == []


def test_a_hand_over_that_fails_changes_nothing(world):
    world.buy(willing_member(world), NEAR_COFFEE)
    plan(world)

    def fail(*_):
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 -- it has no text
        world.write(lambda c: planner.dispatch(c, now=world.now, enqueue=fail))
    assert only_nudge(world).state == "planned"


def test_many_nudges_are_handed_over_in_jobs_of_a_hundred(world):
    world.buy(willing_member(world), NEAR_COFFEE)
    plan(world)
    row = only_nudge(world)._asdict()

    def copy(connection):
        copies = [{**row, "id": f"copy {n:03}", "key": f"copy {n}"} for n in range(BATCH_MAX)]
        store.plan(connection, copies)

    world.write(copy)
    assert [len(ids) for ids in dispatch(world)] == [BATCH_MAX, 1]
