"""What each rule did: what was sent and kept back, and what telling brought beside silence."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gamification.database import Connection
from gamification.programme.values import Programme
from notifications.choosing import MILLION
from notifications.measuring import Observed, Uplift, uplift_of
from notifications.outcomes import counts, outcomes
from notifications.pauses import Pause, all_pauses
from notifications.rules import Reason

MEASURES = ("visits", "spend", "reward_cost")


class Verdict(StrEnum):
    """What can be said of a rule, by visits: those are what nudges are for."""

    NOT_COMPARED = "not compared"  # everybody is told
    TOO_EARLY = "too early"
    NO_CLEAR_DIFFERENCE = "no clear difference"
    MORE_VISITS = "more visits"
    FEWER_VISITS = "fewer visits"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Members told beside those held out, of whom all days are over.

    `told_who_came` visited in their days. Visits and reward cost (points) are a member's, spend is
    in minor units; None where it is too early to say, or there was none at all.
    """

    told: int = 0
    told_who_came: int = 0
    held_out: int = 0
    visits: Uplift | None = None
    spend: Uplift | None = None
    reward_cost: Uplift | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReport:
    """What came of one rule. `delivered` was taken by the push service, `opened` read in the inbox.

    `kept_back` are nudges that were not sent, by reason, and `held_out` those for comparison.
    """

    rule: str
    is_in_programme: bool
    is_compared: bool
    sent: int
    delivered: int
    opened: int
    held_out: int
    kept_back: Mapping[str, int]
    comparison: Comparison
    pause: Pause | None

    @property
    def is_paused(self) -> bool:
        """Whether it tells nobody now."""
        return self.pause is not None and not self.pause.is_over

    @property
    def verdict(self) -> Verdict:
        """What can be said of it."""
        visits = self.comparison.visits
        if visits is None:
            return Verdict.TOO_EARLY if self.is_compared else Verdict.NOT_COMPARED
        if not visits.is_clear:
            return Verdict.NO_CLEAR_DIFFERENCE
        return Verdict.MORE_VISITS if visits.low > 0 else Verdict.FEWER_VISITS


def report(connection: Connection, programme: Programme, *, now: datetime) -> list[RuleReport]:
    """Every rule of the programme in its order, then those that left it; by three statements."""
    numbers: defaultdict[str, list[Any]] = defaultdict(list)
    for row in counts(connection):
        numbers[row.rule].append(row)
    pauses = all_pauses(connection)
    compared = compare(connection, pauses, now=now)
    rules = {rule.id: rule for rule in programme.nudges}
    gone = sorted({*numbers, *pauses, *compared} - {*rules})
    found = []
    for rule_id in (*rules, *gone):
        rule, rows = rules.get(rule_id), numbers[rule_id]
        comparison = compared.get(rule_id, Comparison())
        kept_back = Counter({r.reason: r.times for r in rows if r.state == "suppressed"})
        found.append(
            RuleReport(
                rule=rule_id,
                is_in_programme=rule is not None,
                is_compared=comparison.held_out > 0 or (rule is not None and rule.hold_out > 0),
                sent=sum(row.times for row in rows if row.state == "sent"),
                delivered=sum(r.times for r in rows if r.state == "sent" and r.reason is None),
                opened=sum(row.opened for row in rows),
                held_out=kept_back.pop(Reason.HELD_OUT.value, 0),
                kept_back=kept_back,
                comparison=comparison,
                pause=pauses.get(rule_id),
            )
        )
    return found


def compare(
    connection: Connection, pauses: Mapping[str, Pause], *, now: datetime
) -> dict[str, Comparison]:
    """The comparison of each rule that told members; one that was resumed, since then."""
    by_rule: defaultdict[str, list[Any]] = defaultdict(list)
    for row in outcomes(connection, now=now):
        pause = pauses.get(row.rule)
        is_earlier = pause and pause.resumed_at and row.assigned_at <= pause.resumed_at
        if row.chance_ppm is not None and 0 < row.chance_ppm < MILLION and not is_earlier:
            by_rule[row.rule].append(row)
    return {rule: _compared(rows) for rule, rows in by_rule.items()}


def _compared(rows: Sequence[Any]) -> Comparison:
    told = [row for row in rows if row.arm == "treated"]
    return Comparison(
        told=len(told),
        told_who_came=sum(row.visits > 0 for row in told),
        held_out=len(rows) - len(told),
        **{name: uplift_of(_observed(rows, name)) for name in MEASURES},
    )


def _observed(rows: Iterable[Any], measure: str) -> Iterable[Observed]:
    for row in rows:
        amount = getattr(row, measure)
        yield Observed(is_told=row.arm == "treated", chance=row.chance_ppm / MILLION, amount=amount)


def harmful(
    connection: Connection, programme: Programme, *, now: datetime
) -> list[tuple[str, str]]:
    """Rules of the programme that clearly cost visits and are not paused yet; each with why."""
    return [
        (each.rule, shown(visits) + " visits a member")
        for each in report(connection, programme, now=now)
        if each.is_in_programme and not each.is_paused
        if each.verdict is Verdict.FEWER_VISITS and (visits := each.comparison.visits)
    ]


def shown(uplift: Uplift) -> str:
    """Such as `+0.40 (+0.10 to +0.70)`."""
    return f"{uplift.mean:+.2f} ({uplift.low:+.2f} to {uplift.high:+.2f})"
