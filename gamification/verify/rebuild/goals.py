"""Counts, tiers, badges and challenges of a member, by the programme's own rules once more.

Activities are decided again as they were when they were recorded: the same pure rules, on what was
counted, won and joined by then. What another version of the programme decided, or what was decided
of a member whose words were forgotten since, cannot be: it is taken as it is stored.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from gamification.activities.returns import left_of
from gamification.activities.rules import Activity, ActivityKind, Effect
from gamification.activities.store import as_recorded, effects_read
from gamification.effects import returning, undo
from gamification.effects.decide import award_reached, count_activity, decide_activity
from gamification.effects.decision import Decision
from gamification.effects.earning import segments_on_record
from gamification.effects.state import MemberState, keys_of
from gamification.facts import FactKind
from gamification.goals.rules import Award, Held, challenge_goal
from gamification.members.rules import MemberRecord
from gamification.points.rules import AccountKind
from gamification.programme.values import Programme
from gamification.progress import CountKey
from gamification.segments.rules import Placing
from gamification.verify.counting import Counting
from gamification.verify.history import History

COMPARED, OF_OTHER_VERSION, OF_FORGOTTEN = "compared", "of another version", "of forgotten members"

AwardKey = tuple[str, int, str]
_NO_POINTS = dict.fromkeys((AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.DEBT), 0)


class GoalsOfMember:
    """What a member counted, won and joined, while it is decided anew.

    `told` is what POINTS_EARNED told of the purchases that were refunded, by their ids. `parts` are
    those of what was earned: they tell the segments in which a member was, which depend on more
    than activities. `seen` counts the activities that were compared, and those that could not be.
    """

    def __init__(
        self,
        programme: Programme,
        member: MemberRecord,
        history: History,
        told: Mapping[str, Mapping[str, Any]],
        parts: Mapping[str, Sequence[Any]],
    ) -> None:
        self.counting = Counting()
        self.held: dict[AwardKey, Award] = {}
        self.joined: set[tuple[str, str]] = set()
        self.seen: Counter[str] = Counter()
        self._programme = programme
        self._member = member
        self._history = history
        self._told = told
        self._parts = parts
        self._activities: dict[str | None, Any] = {}
        self._effects: dict[str | None, Sequence[Effect]] = {}
        self._refunds: dict[str, list[str]] = defaultdict(list)  # by purchase
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
        activity = as_recorded(row)
        decision = self._decision(row.recorded_at, day=activity.local_date)
        if activity.kind == ActivityKind.REFUND:
            undo.lower_counts(decision, activity, self._given_back(decision, activity))
            touched = undo.awards_touched(decision)
            counts = {key: self._count(key) for key in touched}
            for award in undo.without_ground(decision, touched, counts):
                del self.held[award.goal, award.level, award.cycle]
        else:
            segments = segments_on_record(self._programme, self._parts.get(activity.id, ()))
            decision.state = replace(decision.state, placing=Placing(segments=segments))
            context = count_activity(decision, activity)
            decide_activity(decision, activity, context, new_code=str)
            self._win(decision, activity_id=activity.id)
        self._add(row, decision.effects)
        return decision

    def _given_back(self, decision: Decision, refund: Activity) -> list[Effect]:
        """What a refund takes from the counts of its purchase."""
        purchase_id = str(refund.refund_of)
        if purchase_id not in self._activities:
            return []
        before = self._refunds[purchase_id]
        refunds = [as_recorded(self._activities[each]) for each in before]
        left = left_of(as_recorded(self._activities[purchase_id]), [*refunds, refund])
        rest = returning.rest_of(decision, left, self._told.get(purchase_id, {}))
        counted = [self._effects[each] for each in (purchase_id, *before)]
        return returning.counted_in_excess(
            decision, rest, counted=counted[0], still=returning.still_counted(counted)
        )

    def _believe(self, activity: Any) -> None:
        self._add(activity, effects_read(activity.effects))
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
                cooled_lots=[],
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

    def _add(self, activity: Any, effects: Sequence[Effect]) -> None:
        self._activities[activity.id] = activity
        self._effects[activity.id] = effects
        if activity.refund_of is not None:
            self._refunds[activity.refund_of].append(activity.id)
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
