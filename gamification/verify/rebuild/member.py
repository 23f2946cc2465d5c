"""One member rebuilt: where that is not what is stored."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.points.rules import EARNED_KINDS, AccountKind, EntryKind
from gamification.programme.values import Programme
from gamification.verify.account import ACCOUNTS_OF_PROGRAMME, AVAILABLE
from gamification.verify.rebuild.difference import Difference
from gamification.verify.rebuild.goals import GoalsOfMember, events
from gamification.verify.rebuild.lots import rebuild_lots
from gamification.verify.rebuild.rows import Rows

_TIERS = {FactKind.TIER_REACHED.value, FactKind.TIER_LOST.value}


class Sums:
    """What entries moved into accounts, and what of it was issued."""

    def __init__(self) -> None:
        self.balances: dict[str, int] = defaultdict(int)
        self.lifetimes: dict[str, int] = defaultdict(int)

    def add(self, entry: Any) -> None:
        """One more entry."""
        for name, other, change in (
            (entry.from_account, entry.to_account, -entry.amount),
            (entry.to_account, entry.from_account, entry.amount),
        ):
            self.balances[name] += change
            if other.startswith(f"{AccountKind.ISSUED}:"):
                self.lifetimes[name] += change

    def take_over(self, others: "Sums") -> None:
        """Add what others moved in accounts of the programme."""
        for name, change in others.balances.items():
            if name in ACCOUNTS_OF_PROGRAMME:
                self.balances[name] += change
                self.lifetimes[name] += others.lifetimes[name]

    def compare(self, account: Any) -> Iterator[Difference]:
        """Where an account's row says something else."""
        yield from _compare(
            "account",
            account.id,
            ("balance", account.balance, self.balances[account.id]),
            ("lifetime", account.lifetime, self.lifetimes[account.id]),
        )


def rebuild_member(
    programme: Programme, rows: Rows, goals: GoalsOfMember, sums: Sums
) -> Iterator[Difference]:
    """Replay a member; `goals` and `sums` keep what it came to."""
    for entry in rows.entries:
        sums.add(entry)
    for account in rows.accounts:
        yield from sums.compare(account)
    yield from rebuild_lots(programme, rows.member.id, rows.entries, rows.lots)
    yield from _adjusted(rows)
    told = _Told(rows)
    for event, is_activity in events(rows.activities, rows.history):
        if not is_activity:
            goals.join(event)
        elif decision := goals.follow(event):
            yield from told.compare(event, decision)
    yield from told.of_no_activity()
    yield from _buckets(rows, goals)
    yield from _awards(rows, goals)
    yield from _joined(rows, goals)


class _Told:
    """What entries and facts say of activities."""

    def __init__(self, rows: Rows) -> None:
        self._member_id = rows.member.id
        self._ids = {activity.id for activity in rows.activities}
        self._earned: dict[str, list[Any]] = defaultdict(list)
        for entry in rows.entries:
            if entry.kind in EARNED_KINDS:
                self._earned[entry.activity_id].append(entry)
        self._tiers: dict[str | None, list[Any]] = defaultdict(list)
        for fact in rows.history.facts:
            if fact.kind in _TIERS:
                self._tiers[fact.activity_id].append(fact)

    def compare(self, activity: Any, decision: Decision) -> Iterator[Difference]:
        effects = [[measure, day.isoformat(), n] for measure, day, n in decision.effects]
        yield from _compare("activity", activity.id, ("effects", activity.effects, effects))
        refused = {fault["rule"] for fault in activity.faults}  # with a reason that is on record
        due = {
            movement.cause: (movement.kind.value, movement.amount)
            for movement in decision.movements
            if movement.kind in EARNED_KINDS and movement.rule not in refused
        }
        for entry in self._earned[activity.id]:
            kind, amount = due.pop(entry.cause, (None, None))
            yield from _compare("entry", entry.id, ("amount", entry.amount, amount))
            if kind is not None:
                yield from _compare("entry", entry.id, ("kind", entry.kind, kind))
        for cause, (_, amount) in due.items():
            yield Difference(table="entry", row=cause, what="amount", stored=None, rebuilt=amount)
        facts = self._tiers[activity.id]
        changes = [
            f"{fact.kind.value} {fact.params['tier']}"
            for fact in decision.facts
            if fact.kind.value in _TIERS
        ]
        row = f"{self._member_id} {facts[0].number if facts else f'of activity {activity.id}'}"
        yield from _compare("fact", row, ("tier", _words(_shown(facts)), _words(changes)))

    def of_no_activity(self) -> Iterator[Difference]:
        for activity_id, facts in self._tiers.items():
            if facts and activity_id not in self._ids:
                row = f"{self._member_id} {facts[0].number}"
                yield from _compare("fact", row, ("tier", _words(_shown(facts)), None))


def _adjusted(rows: Rows) -> Iterator[Difference]:
    """What entries say of adjustments; what was taken is below 0."""
    due = {f"{EntryKind.ADJUST}:{each.id}": each.points for each in rows.adjustments}
    for entry in rows.entries:
        if entry.kind == EntryKind.ADJUST.value:
            points = entry.amount if entry.to_account.endswith(AVAILABLE) else -entry.amount
            yield from _compare("entry", entry.id, ("points", points, due.pop(entry.cause, None)))
    for cause, points in due.items():
        yield Difference(table="entry", row=cause, what="points", stored=None, rebuilt=points)


def _shown(facts: Sequence[Any]) -> list[str]:
    return [f"{fact.kind} {fact.params.get('tier')}" for fact in facts]


def _words(changes: Sequence[str]) -> str | None:
    return ", ".join(changes) or None


def _buckets(rows: Rows, goals: GoalsOfMember) -> Iterator[Difference]:
    stored = {(row.measure, row.day): row.amount for row in rows.history.buckets if row.amount}
    rebuilt = goals.counting.buckets()
    for measure, day in sorted(stored.keys() | rebuilt.keys()):
        yield from _compare(
            "bucket",
            f"{rows.member.id} {measure} {day}",
            ("amount", stored.get((measure, day), 0), rebuilt.get((measure, day), 0)),
        )


def _awards(rows: Rows, goals: GoalsOfMember) -> Iterator[Difference]:
    held = {award.id: award for award in goals.held.values()}
    for row in rows.history.awards:
        named = f"{row.goal} level {row.level} ({row.cycle})"
        yield from _compare(
            "award",
            row.id,
            (
                named,
                "withdrawn" if row.withdrawn_at else "held",
                "held" if held.pop(row.id, None) else "withdrawn" if row.withdrawn_at else None,
            ),
        )
    for award in held.values():
        named = f"{award.goal} level {award.level} ({award.cycle})"
        yield Difference(
            table="award",
            row=f"of member {rows.member.id}",
            what=named,
            stored=None,
            rebuilt="held",
        )


def _joined(rows: Rows, goals: GoalsOfMember) -> Iterator[Difference]:
    stored = {(row.goal, row.cycle) for row in rows.history.joined}
    for goal, cycle in sorted(stored ^ goals.joined):
        is_stored = (goal, cycle) in stored
        yield Difference(
            table="participation",
            row=f"{rows.member.id} {goal} {cycle}",
            what="joining",
            stored="joined" if is_stored else None,
            rebuilt=None if is_stored else "joined",
        )


def _compare(table: str, row: str, *values: tuple[str, Any, Any]) -> Iterator[Difference]:
    for what, stored, rebuilt in values:
        if stored != rebuilt:
            yield Difference(table=table, row=row, what=what, stored=stored, rebuilt=rebuilt)
