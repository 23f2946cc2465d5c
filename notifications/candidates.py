"""What there is to tell members now, by the programme's rules; the most valuable first."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from gamification.database import Connection
from gamification.expressions import Expression, ExpressionFailed
from gamification.members.rules import MemberRecord
from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from gamification.programme.values import Programme
from gamification.reads.situations import Part, Situation, read_situations
from gamification.segments.rules import context_of
from notifications.occasions.away import win_back
from notifications.occasions.ending import (
    challenges_ending,
    points_expiring,
    tier_at_risk,
    vouchers_lapsing,
)
from notifications.occasions.near import near_badges, near_rewards, near_tier
from notifications.occasions.news import news
from notifications.rules import Candidate

Occasion = Callable[[NudgeRule, Situation, Programme], Iterator[Candidate]]

# What each target is found by, and the parts of a situation that takes.
OCCASIONS: Mapping[NudgeTarget, tuple[Occasion, frozenset[Part]]] = {
    NudgeTarget.REWARD: (near_rewards, frozenset({Part.POINTS, Part.REDEEMED})),
    NudgeTarget.TIER: (near_tier, frozenset({Part.COUNTS})),
    NudgeTarget.TIER_AT_RISK: (tier_at_risk, frozenset({Part.COUNTS, Part.LADDER_DAYS})),
    NudgeTarget.BADGE: (near_badges, frozenset({Part.COUNTS, Part.WON})),
    NudgeTarget.CHALLENGE: (
        challenges_ending,
        frozenset({Part.COUNTS, Part.WON, Part.JOINED}),
    ),
    NudgeTarget.POINTS: (points_expiring, frozenset({Part.EXPIRIES})),
    NudgeTarget.VOUCHER: (vouchers_lapsing, frozenset({Part.VOUCHERS})),
    NudgeTarget.WELCOME: (news, frozenset({Part.NEWS})),
    NudgeTarget.PURCHASE: (news, frozenset({Part.NEWS, Part.POINTS})),
    NudgeTarget.ACTIVITY: (news, frozenset({Part.NEWS})),
    NudgeTarget.SPENT: (news, frozenset({Part.NEWS})),
    NudgeTarget.CAPTURED: (news, frozenset({Part.NEWS})),
    NudgeTarget.NEW_DEVICE: (news, frozenset({Part.NEWS})),
    NudgeTarget.WIN_BACK: (win_back, frozenset({Part.KNOWN})),
}


def candidates_of_all(
    connection: Connection, members: Iterable[MemberRecord], programme: Programme, *, now: datetime
) -> dict[str, list[Candidate]]:
    """What there is to tell each of the members, by their id, in a constant number of statements.

    The programme's rules stand in the order of their value; of one rule, the nearest comes first,
    and what is equally near in the order in which the occasion gives it.
    """
    rules = programme.nudges
    parts = frozenset[Part]().union(
        *(OCCASIONS[rule.target][1] for rule in rules),
        *({Part.KNOWN} for rule in rules if rule.condition),
    )
    situations = read_situations(
        connection,
        members,
        programme,
        now=now,
        parts=parts,
        within=timedelta(days=max((rule.days for rule in rules if _ends(rule)), default=0)),
    )
    return {each.member.id: list(candidates_of(each, programme)) for each in situations}


def _ends(rule: NudgeRule) -> bool:
    """Whether its days are those before an end, and not those of an absence."""
    return rule.target is not NudgeTarget.WIN_BACK


def candidates_of(situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """What there is to tell a member in such a situation. Pure."""
    for rule in programme.nudges:
        found = list(OCCASIONS[rule.target][0](rule, situation, programme))
        # Few have an occasion: only of them the condition is asked.
        if found and (rule.condition is None or _holds(rule.condition, situation)):
            yield from sorted(found, key=lambda each: -each.ratio)


def _holds(condition: Expression, situation: Situation) -> bool:
    """A condition that fails holds of nobody."""
    if situation.known is None:
        return False
    try:
        return condition.truth(context_of(situation.known, now=situation.now))
    except ExpressionFailed:
        return False
