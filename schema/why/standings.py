"""Why a member stands where they stand: what was counted, and the smallest step onwards."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from gamification.badges.rules import Badge
from gamification.challenges.rules import Challenge
from gamification.goals.rules import TOTAL, badge_goal, challenge_goal, stamps_goal
from gamification.points.rules import NEVER
from gamification.programme.values import Programme
from gamification.progress import Goal, Progress, Unit, counted, end_of_day, progress_of
from gamification.reads.standing import Standing
from gamification.rewards.rules import Reward, reward_progress
from gamification.stamps.rules import StampCard
from gamification.texts import text_in
from gamification.tiers.rules import Ladder
from gamification.windows import EVER, Window, WindowKind
from schema.progress import ProgressUnit
from schema.scalars import BigInt
from schema.why.types import NextAction, NextStep, Why, WhyPart
from schema.why.wording import Speaker, speaker

MONTHS_SHOWN_MAX = 24
"""A longer window is told by years: nobody reads ten years of months."""


def tier_why(standing: Standing, programme: Programme, locale: str) -> Why:
    """What was counted, month by month, and what is missing to the tier above."""
    says, ladder = speaker(programme, locale), programme.ladder
    counts = standing.counts or {}
    current = ladder.standing(counts, today=standing.today)
    above = ladder.next_above(current)
    told = above or current
    progress = _progress(ladder.goal(told), standing, programme)
    first = ladder.window.span(standing.today).first
    variant = {
        (True, True): "ever",
        (True, False): "since",
        (False, True): "top",
        (False, False): "top_since",
    }[above is not None, first is None]
    text = says.say(
        "tier",
        variant,
        amount=says.amount(progress.current, progress.unit),
        target=says.amount(progress.target, progress.unit),
        tier=text_in(told.name, says.tag),
        day=says.day(first) if first else "",
    )
    until = _last_day(ladder, standing.ladder_days, today=standing.today)
    step = None
    if above and _is_open(ladder.window, standing.today):
        step = _step(
            says.say(
                "next_tier",
                "until" if until else "text",
                amount=says.amount(progress.remaining, progress.unit),
                tier=text_in(above.name, says.tag),
                day=says.day(until) if until else "",
            ),
            progress,
            ladder.measure,
            until=end_of_day(until, programme.zone) if until else None,
        )
    return Why(
        text=says.noted(text, programme.measures[ladder.measure].note),
        rule=f"tier:{told.id}",
        version=programme.version,
        unit=ProgressUnit[progress.unit.name],
        amount=BigInt(progress.current),
        parts=_by_time(standing.ladder_days, says),
        next=step,
    )


def badge_why(
    badge: Badge, level: int, standing: Standing, programme: Programme, locale: str
) -> Why:
    """What was counted, and what is missing to the level above `level`, the one that is held."""
    says = speaker(programme, locale)
    is_last = level >= len(badge.targets)
    goal = badge.goal(level if is_last else level + 1)
    progress = _progress(goal, standing, programme)
    step = None
    if not is_last and progress.remaining and _is_open(badge.window, standing.today):
        until = _closes(badge.window, standing.today)
        variant = {
            (False, False): "text",
            (False, True): "until",
            (True, False): "level",
            (True, True): "level_until",
        }[level > 0, until is not None]
        text = says.say(
            "next_badge",
            variant,
            amount=says.amount(progress.remaining, progress.unit),
            level=says.amount(level + 1, Unit.COUNT),
            day=says.day(until) if until else "",
        )
        step = _step(text, progress, badge.measure, until=progress.deadline)
    return _goal_why(badge_goal(badge.id), goal, progress, step, standing, says)


def challenge_why(
    challenge: Challenge,
    standing: Standing,
    programme: Programme,
    locale: str,
    *,
    is_joined: bool,
    is_completed: bool,
) -> Why:
    """What was counted in this round, and whether joining or counting is missing."""
    says, goal = speaker(programme, locale), challenge.goal
    progress = _progress(goal, standing, programme)
    until = _closes(goal.window, standing.today)
    step = None
    if not is_completed and (progress.remaining or not is_joined):
        if is_joined:
            variant = "until" if until else "text"
        elif progress.remaining:
            variant = "join_until" if until else "join"
        else:
            variant = "join_now"
        text = says.say(
            "next_challenge",
            variant,
            amount=says.amount(progress.remaining, progress.unit),
            day=says.day(until) if until else "",
        )
        action = NextAction.COUNT if is_joined else NextAction.JOIN
        step = _step(text, progress, goal.measure, until=progress.deadline, action=action)
    return _goal_why(challenge_goal(challenge.id), goal, progress, step, standing, says)


def stamps_why(card: StampCard, standing: Standing, programme: Programme, locale: str) -> Why:
    """How many stamps the card has that is being filled, and how many are missing."""
    says = speaker(programme, locale)
    span = EVER.span(standing.today)
    progress = card.progress(counted(standing.counts or {}, measure=card.measure, span=span))
    goal = Goal(measure=card.measure, window=EVER, target=card.every)
    text = says.say("next_stamps", amount=says.amount(progress.remaining, progress.unit))
    step = _step(text, progress, card.measure, until=None)
    return _goal_why(stamps_goal(card.id), goal, progress, step, standing, says)


def reward_why(reward: Reward, standing: Standing, programme: Programme, locale: str) -> Why:
    """The points that count towards a reward, and how many are missing."""
    says, holdings = speaker(programme, locale), standing.holdings
    if holdings is None:
        raise LookupError("a reward is explained by points that were not read")
    available, debt = holdings.available, holdings.debt
    progress = reward_progress(reward, points=holdings.towards_rewards)
    name = text_in(reward.name, says.tag)
    text = says.say(
        "reward",
        "owed" if debt else "text",
        points=reward.cost,
        reward=name,
        amount=says.amount(progress.current, Unit.POINTS),
        available=says.amount(available, Unit.POINTS),
        debt=says.amount(debt, Unit.POINTS),
    )
    parts = [WhyPart(text=says.say("part", "available"), amount=BigInt(available))]
    if debt:
        parts.append(WhyPart(text=says.say("part", "debt"), amount=BigInt(-debt)))
    step = None
    if progress.remaining:
        soonest = next((at for at, _ in holdings.expiring if at < NEVER), None)
        step = _step(
            says.say("next_reward", points=progress.remaining, reward=name),
            progress,
            None,
            until=soonest,
            action=NextAction.EARN,
        )
    return Why(
        text=text,
        rule=f"reward:{reward.id}",
        version=programme.version,
        unit=ProgressUnit.POINTS,
        amount=BigInt(progress.current),
        parts=parts,
        next=step,
    )


def _progress(goal: Goal, standing: Standing, programme: Programme) -> Progress:
    return progress_of(
        goal,
        standing.counts or {},
        today=standing.today,
        unit=programme.measures[goal.measure].unit,
        zone=programme.zone,
    )


def _goal_why(
    rule: str,
    goal: Goal,
    progress: Progress,
    step: NextStep | None,
    standing: Standing,
    says: Speaker,
) -> Why:
    first = goal.window.span(standing.today).first
    text = says.say(
        "goal",
        "since" if first else "ever",
        amount=says.amount(progress.current, progress.unit),
        target=says.amount(progress.target, progress.unit),
        day=says.day(first) if first else "",
    )
    amount = BigInt(progress.current)
    return Why(
        text=says.noted(text, says.programme.measures[goal.measure].note),
        rule=rule,
        version=says.programme.version,
        unit=ProgressUnit[progress.unit.name],
        amount=amount,
        parts=[WhyPart(text=text, amount=amount)] if amount else [],
        next=step,
    )


def _step(
    text: str,
    progress: Progress,
    measure: str | None,
    *,
    until: datetime | None,
    action: NextAction = NextAction.COUNT,
) -> NextStep:
    return NextStep(
        text=text,
        action=action,
        remaining=BigInt(progress.remaining),
        unit=ProgressUnit[progress.unit.name],
        measure=measure,
        until=until,
    )


def _is_open(window: Window, today: date) -> bool:
    return window.span(today).covers(today)


def _closes(window: Window, today: date) -> date | None:
    """The last day of a window; a rolling one has none."""
    return None if window.kind is WindowKind.ROLLING else window.span(today).last


def _last_day(ladder: Ladder, days: Iterable[tuple[date, int]], *, today: date) -> date | None:
    """The last day on which all that is counted today still counts; None: for ever."""
    window = ladder.window
    if window.kind is not WindowKind.ROLLING:
        return window.span(today).last
    soonest = min((day for day, amount in days if amount), default=None)
    return soonest + timedelta(days=window.days - 1) if soonest else None


def _by_time(days: list[tuple[date, int]], says: Speaker) -> list[WhyPart]:
    """What was counted by months, or by years where there are many; days are oldest first."""
    kept = [(day, amount) for day, amount in days if amount]
    if not kept:
        return []
    if kept[0][0] == TOTAL:  # all time stands under one day
        return [WhyPart(text=says.say("part", "ever"), amount=BigInt(kept[0][1]))]
    first, last = kept[0][0], kept[-1][0]
    is_long = (last.year - first.year) * 12 + last.month - first.month >= MONTHS_SHOWN_MAX
    sums: dict[date, int] = defaultdict(int)
    for day, amount in kept:
        sums[day.replace(month=1, day=1) if is_long else day.replace(day=1)] += amount
    written = says.year if is_long else says.month
    return [WhyPart(text=written(day), amount=BigInt(amount)) for day, amount in sums.items()]
