"""A programme so small that everything in it happens within a short history."""

from dataclasses import replace

from gamification.programme.values import Programme
from gamification.progress import Goal
from gamification.windows import Window, WindowKind
from tests.gamification.properties.model import ModelGoal
from tests.slow_points import with_slow_points

EXPIRE_MONTHS = 1  # so that points run out within a run
COST = 300
COOL_OFF_DAYS = 6
VOUCHER_DAYS = 10  # sooner than points, so that both run out in every order

GOALS = (
    ModelGoal(name="badge:regular", each="ever", targets=(2, 4, 6), points=70),
    ModelGoal(
        name="challenge:three_a_week", each="week", targets=(3,), points=50, needs_joining=True
    ),
    ModelGoal(
        name="challenge:pastry_month",
        each="month",
        targets=(4,),
        voucher_days=VOUCHER_DAYS,
        needs_joining=True,
    ),
)
CHALLENGES = [goal for goal in GOALS if goal.needs_joining]
MONTHLY = CHALLENGES[-1]


def small(programme: Programme) -> Programme:
    """One point for ten cents, good for a month; one cheap reward, and goals as in `GOALS`.

    On the web, points cool off first.
    """
    (reward,) = (
        replace(each, cost=COST, voucher_days=VOUCHER_DAYS) for each in programme.rewards[:1]
    )
    badge, weekly, monthly = GOALS
    window = Window(kind=WindowKind.EACH_MONTH)
    return replace(
        programme,
        points_expire_months=EXPIRE_MONTHS,
        earning=with_slow_points(programme, days=COOL_OFF_DAYS).earning[:2],
        ladder=replace(programme.ladder, tiers=programme.ladder.tiers[:1]),
        badges=[replace(programme.badges[0], targets=badge.targets, points=badge.points)],
        challenges=[
            replace(programme.challenges[0], points=weekly.points),
            replace(
                programme.challenges[1],
                goal=Goal(measure="visits", window=window, target=monthly.targets[0]),
                reward_id=reward.id,
            ),
        ],
        rewards=[reward],
    )
