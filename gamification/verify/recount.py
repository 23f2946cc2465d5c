"""I11: counts, awards and tiers are what the stored effects of a member's activities come to.

And of I7 what needs those effects: a purchase is not undone twice (`refunds`).

Each activity is judged by the programme under which it was recorded. What an earlier version
decided is taken as it stands, since its goals are not known any more; what the present version
decided is worked out again.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from gamification.activities.rules import ActivityKind
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.verify.history import Histories, History
from gamification.verify.refunds import over_refunded
from gamification.verify.standing import Rules, Standing, TierChange
from gamification.verify.violations import Check, Subject, Violation

BATCH = 200  # members whose histories are in memory at one time
_TIER_KINDS = {FactKind.TIER_REACHED.value, FactKind.TIER_LOST.value}
_REFUND = ActivityKind.REFUND.value


def recount(subject: Subject) -> Iterator[Violation]:
    """Go through every member, in batches."""
    rules = Rules(subject.programme)
    histories = Histories(subject.connection)
    after = ""
    while ids := members.ids_after(subject.connection, after, most=BATCH):
        for member_id, history in histories.of(ids, after=after).items():
            yield from _of_member(member_id, history, rules)
            subject.advance(len(history.activities))
        after = ids[-1]


def _of_member(member_id: str, history: History, rules: Rules) -> Iterator[Violation]:
    standing = Standing(rules=rules)
    told = _tier_changes_told(history)
    for number, event, is_activity in _events(history):
        if number == math.inf:
            table = "activity" if is_activity else "participation"
            row_id = event.id if is_activity else f"{member_id} {event.goal} {event.cycle}"
            yield _violation(table, row_id, "no fact on the timeline tells of it")
        if is_activity:
            changes = _activity(standing, event, history)
            actual = told.pop(event.id, [])
            if event.programme_version == rules.programme.version and changes != [
                change for _, change in actual
            ]:
                row_id = f"{member_id} {actual[0][0]}" if actual else f"{member_id} (none)"
                yield _violation(
                    "fact",
                    row_id,
                    f"activity {event.id} tells of {_shown([c for _, c in actual])},"
                    f" its effects give {_shown(changes)}",
                )
        else:
            standing.joined.add((event.goal, event.cycle))
            _join(standing, event, history)
    for leftover in told.values():
        for fact_number, change in leftover:
            yield _violation(
                "fact", f"{member_id} {fact_number}", f"{_shown([change])} by no activity of theirs"
            )
    yield from over_refunded(history.activities)
    standing.settle()
    yield from _buckets(member_id, history, standing)
    yield from _awards(member_id, history, standing)


def _events(history: History) -> list[tuple[float, Any, bool]]:
    """(number of the first fact, row, whether it is an activity), in the order they happened."""
    joins = {
        (f"challenge:{fact.params.get('challenge')}", fact.recorded_at): fact.number
        for fact in history.facts
        if fact.kind == FactKind.CHALLENGE_JOINED.value
    }
    numbers = history.numbers
    events = [(numbers.get(row.id, math.inf), row, True) for row in history.activities]
    events += [
        (joins.get((row.goal, row.joined_at), math.inf), row, False) for row in history.joined
    ]
    return sorted(events, key=lambda event: event[0])


def _activity(standing: Standing, activity: Any, history: History) -> list[TierChange]:
    rules, effects = standing.rules, activity.effects
    today = _day(activity.recorded_at, rules)
    is_late = activity.occurred_at != activity.recorded_at
    is_refund = activity.kind == _REFUND
    is_of_another = activity.programme_version != rules.programme.version
    if is_refund or is_of_another:
        standing.settle()
    changes = standing.count(effects, today=today)
    if is_of_another:
        _believe(standing, history, activity_id=activity.id, at=activity.recorded_at)
        if is_refund:
            for award in history.awards:
                if award.withdrawn_at == activity.recorded_at:
                    standing.held.pop((award.goal, award.level, award.cycle), None)
    elif is_refund:
        standing.withdraw(effects)
        standing.stamp(effects, day=today)
    else:
        day = _day(activity.occurred_at, rules) if is_late else today
        standing.award(day=day)
        standing.stamp(effects, day=day)
    return changes


def _day(moment: datetime, rules: Rules) -> date:
    """The day in the programme's zone."""
    return moment.astimezone(rules.programme.zone).date()


def _join(standing: Standing, joined: Any, history: History) -> None:
    rules = standing.rules
    versions = {
        fact.programme_version
        for fact in history.facts
        if fact.kind == FactKind.CHALLENGE_JOINED.value and fact.recorded_at == joined.joined_at
    }
    if rules.programme.version in versions:
        standing.award(day=_day(joined.joined_at, rules))
    else:
        standing.settle()
        _believe(standing, history, activity_id=None, at=joined.joined_at)


def _believe(standing: Standing, history: History, *, activity_id: str | None, at: Any) -> None:
    for award in history.awards:
        if award.activity_id == activity_id and award.recorded_at == at:
            key = (award.goal, award.level, award.cycle)
            standing.held.setdefault(key, _day(award.awarded_at, standing.rules))


def _tier_changes_told(history: History) -> dict[str | None, list[tuple[int, TierChange]]]:
    told: dict[str | None, list[tuple[int, TierChange]]] = defaultdict(list)
    for fact in history.facts:
        if fact.kind in _TIER_KINDS:
            change = (fact.kind, str(fact.params.get("tier")), str(fact.params.get("before")))
            told[fact.activity_id].append((fact.number, change))
    return told


def _buckets(member_id: str, history: History, standing: Standing) -> Iterator[Violation]:
    stored = {(row.measure, row.day): row.amount for row in history.buckets if row.amount}
    expected = standing.counting.buckets()
    if stored == expected:
        return
    for key in sorted(stored.keys() | expected.keys()):
        held, due = stored.get(key, 0), expected.get(key, 0)
        if held != due:
            measure, day = key
            detail = f"holds {held}, the effects sum to {due}"
            yield _violation("bucket", f"{member_id} {measure} {day}", detail)


def _awards(member_id: str, history: History, standing: Standing) -> Iterator[Violation]:
    standing_ids = {
        (row.goal, row.level, row.cycle): row.id
        for row in history.awards
        if row.withdrawn_at is None
    }
    for key in sorted(standing_ids.keys() | standing.held.keys()):
        goal, level, cycle = key
        if goal not in standing.rules.goals or (key in standing_ids) == (key in standing.held):
            continue
        if key in standing_ids:
            detail = f"{goal} level {level} ({cycle}) stands, but was not deserved"
            yield _violation("award", standing_ids[key], detail)
        else:
            yield _violation("award", f"{member_id} {goal} {level} {cycle}", "deserved, but absent")


def _shown(changes: list[TierChange]) -> str:
    words = [f"{kind} {tier} from {before}" for kind, tier, before in changes]
    return ", ".join(words) or "no change of tier"


def _violation(table: str, row: str, detail: str) -> Violation:
    return Violation(check="I11", table=table, row=row, detail=detail)


RECOUNT = Check(
    promises={
        "I7": "refunds of a purchase give back no more than it cost, and than it counted",
        "I11": "counts, awards and tiers are what the activities come to",
    },
    run=recount,
)
