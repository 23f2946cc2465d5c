"""Members whose rhythm broke: away for much longer than is usual for them."""

from collections.abc import Iterator
from datetime import timedelta

from gamification.programme.nudge_rules import NudgeRule
from gamification.programme.values import Programme
from gamification.reads.situations import Situation
from notifications.rules import Candidate


def win_back(rule: NudgeRule, situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """Once after each last visit; never for who has no rhythm yet."""
    known = situation.known
    if known is None or known.interval_days < 1:
        return
    away_days = max(rule.days, rule.intervals * known.interval_days)
    if known.days_since_visit > away_days:
        last = situation.today - timedelta(days=known.days_since_visit)
        yield Candidate(rule=rule, target_id=programme.id, cycle=last.isoformat(), params={})
