"""What there is to tell members now, by the programme's rules; the most valuable first."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from gamification.database import Connection
from gamification.expressions import Context, ExpressionFailed
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
    NudgeTarget.PURCHASE: (news, frozenset({Part.NEWS})),
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

    The programme's rules stand in the order of their value; of one rule, the nearest comes first.
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
        within=timedelta(days=max((rule.days for rule in rules), default=0)),
    )
    return {each.member.id: list(candidates_of(each, programme)) for each in situations}


def candidates_of(situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """What there is to tell a member in such a situation. Pure."""
    context = context_of(situation.known, now=situation.now) if situation.known else None
    for rule in programme.nudges:
        if rule.condition is None or (context and _holds(rule, context)):
            found = OCCASIONS[rule.target][0](rule, situation, programme)
            yield from sorted(found, key=lambda each: (-each.ratio, each.key))


def _holds(rule: NudgeRule, context: Context) -> bool:
    """A condition that fails holds of nobody."""
    try:
        return rule.condition is not None and rule.condition.truth(context)
    except ExpressionFailed:
        return False
