"""Counts, tiers, badges and challenges of a member, by the programme's own rules once more.

Activities are decided again as they were when they were recorded: the same pure rules, on what was
counted, won and joined by then. What another version of the programme decided, or what was decided
of a member whose words were forgotten since, cannot be: it is taken as it is stored.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from gamification.activities.rules import Activity, ActivityKind, Effect, Line
from gamification.activities.store import effects_read
from gamification.effects import undo
from gamification.effects.decide import award_reached, decide_activity
from gamification.effects.decision import Decision
from gamification.effects.state import MemberState, keys_of
from gamification.facts import FactKind
from gamification.goals.rules import Award, Held, challenge_goal
from gamification.members.rules import MemberRecord
from gamification.points.rules import AccountKind
from gamification.programme.values import Programme
from gamification.progress import CountKey
from gamification.verify.counting import Counting
from gamification.verify.history import History

COMPARED, OF_OTHER_VERSION, OF_FORGOTTEN = "compared", "of another version", "of forgotten members"

AwardKey = tuple[str, int, str]
_NO_POINTS = dict.fromkeys((AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.DEBT), 0)


class GoalsOfMember:
    """What a member counted, won and joined, while it is decided anew.

    `seen` counts the activities that were compared, and those that could not be.
    """

    def __init__(self, programme: Programme, member: MemberRecord, history: History) -> None:
        self.counting = Counting()
        self.held: dict[AwardKey, Award] = {}
        self.joined: set[tuple[str, str]] = set()
        self.seen: Counter[str] = Counter()
        self._programme = programme
        self._member = member
        self._history = history
        self._effects: dict[str | None, Sequence[Effect]] = {}
        self._numbers = itertools.count(1)

    def follow(self, activity: Any) -> Decision | None:
        """The next activity (a row); None for one that cannot be decided again."""
        if activity.programme_version != self._programme.version:
            self.seen[OF_OTHER_VERSION] += 1
        elif self._member.is_forgotten:
            self.seen[OF_FORGOTTEN] += 1
        else:
            self.seen[COMPARED] += 1
            return self._decide(activity)
        self._believe(activity)
        return None

    def join(self, fact: Any) -> None:
        """The next joining of a challenge, as its fact tells it."""
        at: datetime = fact.recorded_at
        challenge = self._programme.challenge(str(fact.params.get("challenge")))
        if fact.programme_version != self._programme.version:
            self.joined |= {(j.goal, j.cycle) for j in self._history.joined if j.joined_at == at}
            self._hold(award for award in self._awards_of(None) if award.recorded_at == at)
        elif challenge is not None:
            decision = self._decision(at, day=None)
            span = challenge.goal.window.span(decision.day_of(at))
            self.joined.add((challenge_goal(challenge.id), span.cycle))
            decision.joined.extend(self.joined)
            award_reached(decision, decision.state.counts, at=at, new_code=str)
            self._win(decision, activity_id=None)

    def _decide(self, row: Any) -> Decision:
        activity = _activity_of(row)
        decision = self._decision(row.recorded_at, day=activity.local_date)
        if activity.kind == ActivityKind.REFUND:
            undo.lower_counts(decision, activity, self._effects.get(activity.refund_of, ()))
            touched = undo.awards_touched(decision)
            counts = {key: self._count(key) for key in touched}
            for award in undo.without_ground(decision, touched, counts):
                del self.held[award.goal, award.level, award.cycle]
        else:
            decide_activity(decision, activity, new_code=str)
            self._win(decision, activity_id=activity.id)
        self._add(row.id, decision.effects)
        return decision

    def _believe(self, activity: Any) -> None:
        self._add(activity.id, effects_read(activity.effects))
        self._hold(self._awards_of(activity.id))
        if activity.kind == ActivityKind.REFUND.value:
            for award in self._history.awards:
                if award.withdrawn_at == activity.recorded_at:
                    self.held.pop((award.goal, award.level, award.cycle), None)

    def _decision(self, now: datetime, *, day: date | None) -> Decision:
        days = {now.astimezone(self._programme.zone).date()} | ({day} if day else set())
        keys = [key for each in sorted(days) for key in keys_of(self._programme, each)]
        return Decision(
            state=MemberState(
                member=self._member,
                balances=dict(_NO_POINTS),
                due_lots=[],
                counts={key: self._count(key) for key in keys},
                held=Held(awards=dict(self.held), joined=frozenset(self.joined)),
                fact_number=0,
            ),
            programme=self._programme,
            now=now,
            new_id=lambda: f"rebuilt-{next(self._numbers)}",
        )

    def _count(self, key: CountKey) -> int:
        measure, first, last = key
        if first is None or last is None:
            return self.counting.amount(measure, None, None)
        return self.counting.amount(measure, first.isoformat(), last.isoformat())

    def _add(self, activity_id: str, effects: Sequence[Effect]) -> None:
        self._effects[activity_id] = effects
        self.counting.add([(measure, day.isoformat(), n) for measure, day, n in effects])

    def _awards_of(self, activity_id: str | None) -> list[Any]:
        return [each for each in self._history.awards if each.activity_id == activity_id]

    def _hold(self, awards: Iterable[Any]) -> None:
        for award in awards:
            self.held[award.goal, award.level, award.cycle] = Award(
                id=award.id,
                goal=award.goal,
                level=award.level,
                cycle=award.cycle,
                awarded_at=award.awarded_at,
            )

    def _win(self, decision: Decision, *, activity_id: str | None) -> None:
        """Hold what was just won, under the id that it is stored with."""
        stored = {(a.goal, a.level, a.cycle): a.id for a in self._awards_of(activity_id)}
        for new in decision.awards:
            key = (new.goal, new.level, new.cycle)
            self.held[key] = Award(
                id=stored.get(key, new.id),
                goal=new.goal,
                level=new.level,
                cycle=new.cycle,
                awarded_at=new.awarded_at,
            )


def events(activities: Iterable[Any], history: History) -> list[tuple[Any, bool]]:
    """(activity or fact of joining, whether it is an activity) in the order they happened.

    What no fact tells of comes last.
    """
    numbers = history.numbers
    found = [(numbers.get(row.id, _LAST), True, row) for row in activities]
    found += [
        (fact.number, False, fact)
        for fact in history.facts
        if fact.kind == FactKind.CHALLENGE_JOINED.value
    ]
    found.sort(key=lambda each: each[0])
    return [(row, is_activity) for _, is_activity, row in found]


_LAST = 2**63  # beyond every number that a database holds


def _activity_of(row: Any) -> Activity:
    return Activity(
        id=row.id,
        member_id=row.member_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        local_date=row.local_date,
        amount_minor=row.amount_minor,
        lines=[Line(**line) for line in row.lines],
        store_id=row.store_id,
        staff_id=row.staff_id,
        visit_id=row.visit_id,
        channel=row.channel,
        refund_of=row.refund_of,
        attributes=row.attributes,
    )
