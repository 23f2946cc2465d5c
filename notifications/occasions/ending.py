"""What a member has, or has begun, and is about to lose."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gamification.goals.rules import challenge_goal
from gamification.points.rules import NEVER
from gamification.programme.nudge_rules import NudgeRule
from gamification.programme.values import Programme
from gamification.progress import end_of_day
from gamification.reads.situations import Situation
from notifications.occasions.near import progress_towards
from notifications.rules import Candidate


def tier_at_risk(
    rule: NudgeRule, situation: Situation, programme: Programme
) -> Iterator[Candidate]:
    """The present tier, once for each day on which it would end.

    `remaining` is what has to be counted until then for it to stay.
    """
    ladder, today = programme.ladder, situation.today
    tier = ladder.standing(situation.counts, today=today)
    last = ladder.last_day(tier, situation.ladder_days, today=today)
    if last is None or last > today + timedelta(days=rule.days):
        return
    # What still counts on the day after: a rolling window has moved on, another begins anew.
    span = ladder.window.span(last + timedelta(days=1))
    left = sum(amount for day, amount in situation.ladder_days if span.covers(day))
    yield Candidate(
        rule=rule,
        target_id=tier.id,
        cycle=last.isoformat(),
        params={"remaining": tier.threshold - left, "day": last.isoformat()},
        until=end_of_day(last, programme.zone),
    )


def challenges_ending(
    rule: NudgeRule, situation: Situation, programme: Programme
) -> Iterator[Candidate]:
    """Challenges that were joined and are not completed, once in each of their rounds."""
    for challenge in programme.challenges:
        span = challenge.goal.window.span(situation.today)
        goal = challenge_goal(challenge.id)
        if (goal, span.cycle) not in situation.joined or (goal, 1, span.cycle) in situation.won:
            continue
        progress = progress_towards(challenge.goal, situation, programme)
        until = progress.deadline
        if until is not None and progress.remaining and _is_soon(rule, situation, until):
            yield Candidate(
                rule=rule,
                target_id=challenge.id,
                cycle=span.cycle,
                params={"remaining": progress.remaining, "day": _last_day(until, programme)},
                ratio=progress.ratio,
                until=until,
            )


def points_expiring(
    rule: NudgeRule, situation: Situation, programme: Programme
) -> Iterator[Candidate]:
    """The points that expire next, once for each such day."""
    for until, points in situation.expiring[:1]:
        if until < NEVER and _is_soon(rule, situation, until):
            day = _last_day(until, programme)
            yield Candidate(
                rule=rule,
                target_id="points",
                cycle=day,
                params={"points": points, "day": day},
                until=until,
            )


def vouchers_lapsing(
    rule: NudgeRule, situation: Situation, programme: Programme
) -> Iterator[Candidate]:
    """Vouchers that nobody used, once each; none for what the programme has no name for."""
    for voucher in situation.vouchers:
        if programme.reward(voucher.reward_id) and _is_soon(rule, situation, voucher.expires_at):
            yield Candidate(
                rule=rule,
                target_id=voucher.reward_id,
                cycle=voucher.id,
                params={"day": _last_day(voucher.expires_at, programme)},
                until=voucher.expires_at,
            )


def _is_soon(rule: NudgeRule, situation: Situation, until: datetime) -> bool:
    return situation.now < until <= situation.now + timedelta(days=rule.days)


def _last_day(until: datetime, programme: Programme) -> str:
    """The last day on which it can be used: what ends at midnight ends with the day before."""
    return (until - timedelta(microseconds=1)).astimezone(programme.zone).date().isoformat()
