"""Rewards, tiers and badges that are nearly reached."""

from collections.abc import Iterator

from gamification.goals.rules import badge_goal
from gamification.programme.nudge_rules import NudgeRule
from gamification.programme.values import Programme
from gamification.progress import Goal, Progress, progress_of
from gamification.reads.situations import Situation
from gamification.rewards.rules import reward_progress
from notifications.rules import Candidate


def near_rewards(
    rule: NudgeRule, situation: Situation, programme: Programme
) -> Iterator[Candidate]:
    """Once for each time that the reward was bought."""
    for reward in programme.rewards:
        times = situation.times_redeemed.get(reward.id, 0)
        progress = reward_progress(reward, points=situation.points)
        yield from _near(rule, reward.id, progress, cycle=str(times))


def near_tier(rule: NudgeRule, situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """The next tier, once a year."""
    ladder = programme.ladder
    tier = ladder.next_above(ladder.standing(situation.counts, today=situation.today))
    if tier is not None:
        progress = progress_towards(ladder.goal(tier), situation, programme)
        yield from _near(rule, tier.id, progress, cycle=f"{situation.today:%Y}")


def near_badges(rule: NudgeRule, situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """The next level of each badge, once in each cycle of its window; at most once a year."""
    for badge in programme.badges:
        cycle = badge.window.span(situation.today).cycle
        goal = badge_goal(badge.id)
        levels = range(1, len(badge.targets) + 1)
        level = next((n for n in levels if (goal, n, cycle) not in situation.won), None)
        if level is not None:
            progress = progress_towards(badge.goal(level), situation, programme)
            round_of = f"{level}-{cycle}-{situation.today:%Y}"
            yield from _near(rule, badge.id, progress, cycle=round_of)


def progress_towards(goal: Goal, situation: Situation, programme: Programme) -> Progress:
    """Where the member stands with a goal."""
    unit = programme.measures[goal.measure].unit
    counts, today = situation.counts, situation.today
    return progress_of(goal, counts, today=today, unit=unit, zone=programme.zone)


def _near(
    rule: NudgeRule, target_id: str, progress: Progress, *, cycle: str
) -> Iterator[Candidate]:
    if progress.is_near(within=rule.within):
        yield Candidate(
            rule=rule,
            target_id=target_id,
            cycle=cycle,
            params={"remaining": progress.remaining},
            ratio=progress.ratio,
        )
