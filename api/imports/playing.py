"""Plays purchases through the same steps as at the till, on a clock that moves with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from api.database import Database
from api.database.postgresql import LOCK_FAMILY
from api.ids import new_id_at, random_bytes, voucher_code
from api.imports import queries
from api.imports.reading import Row
from api.runner import Runner
from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.activities.rules import Activity, ActivityKind, Line
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.perform import perform
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.idempotency import store as idempotency
from gamification.idempotency.rules import Answer, Request, Stored, replay
from gamification.members import store as members
from gamification.members.rules import NUMBER_BODY_DIGITS, MemberRecord, with_check_digit
from gamification.points import store as points
from gamification.points.rules import AccountKind
from gamification.programme.values import Programme
from gamification.staff.rules import Actor, Role
from gamification.timeline import store as timeline

IMPORTER = Actor(principal="import", role=Role.SYSTEM)
IMPORTING = -1  # of our advisory locks on PostgreSQL; a file of SQLite has one writer anyway
OPERATION = "importPurchase"
MEMBERS_REMEMBERED = 200_000  # some 500 bytes each; beyond it they are looked up again
MOVED = (AccountKind.EXPIRED, AccountKind.ISSUED)  # what a purchase moves of the programme's
UNNAMED = "Member"  # until the member claims the account; what the shop calls them is no name

_REASONS = {
    "RECEIPT_ALREADY_CLAIMED": "the receipt was claimed by another purchase",
    "IDEMPOTENCY_CONFLICT": "the receipt was imported before with other values",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What became of a purchase: taken, there `already`, or refused with a reason."""

    row: Row
    already: bool = False
    refused: str | None = None
    enrolled: bool = False
    points: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Player:
    """Whom and what a run knows. `now` is the real moment, at which keys are recorded."""

    programme: Programme
    now: datetime
    _known: dict[str, MemberRecord] = field(default_factory=dict)

    def play(self, database: Database, rows: Sequence[Row]) -> list[Played]:
        """Record the purchases in one transaction; those whose keys were used are skipped."""
        answers = database.read_now(
            partial(
                queries.answers,
                principal=IMPORTER.principal,
                operation=OPERATION,
                keys=[row.key for row in rows],
            )
        )
        fresh = [row for row in rows if row.key not in answers]
        done: Mapping[int, Played] = {}
        if fresh:
            done, met = database.write_now(partial(self._record, rows=fresh))
            # A write may run more than once: only what was committed is remembered.
            if len(self._known) + len(met) > MEMBERS_REMEMBERED:
                self._known.clear()
            self._known.update(met)
        return [
            done[row.line] if row.line in done else _again(row, answers[row.key]) for row in rows
        ]

    def _record(
        self, connection: Runner, rows: Sequence[Row]
    ) -> tuple[dict[int, Played], dict[str, MemberRecord]]:
        _take_turn(connection)
        found = {row.member: self._member(connection, row.member) for row in rows}
        ids = sorted({member.id for member in found.values() if member is not None})
        timeline.lock_all(connection, ids)
        # All of them: which ones will serve those who are new, nobody knows yet.
        points.lock_programme(connection, MOVED)
        # Since they were met, one may have been forgotten: a new member in the shop's eyes.
        there = members.by_ids(connection, ids)
        met: dict[str, MemberRecord] = {}
        for external_id, member in found.items():
            if member is not None and member.id in there and not there[member.id].is_forgotten:
                met[external_id] = member
            else:
                self._known.pop(external_id, None)
        return {row.line: self._record_one(connection, row, met) for row in rows}, met

    def _record_one(self, connection: Runner, row: Row, met: dict[str, MemberRecord]) -> Played:
        member = met.get(row.member)
        occasion = Occasion(
            programme=self.programme,
            actor=IMPORTER,
            now=row.moment,
            new_id=partial(new_id_at, row.moment),
            new_code=voucher_code,
            announce=False,
        )
        new: list[MemberRecord] = []

        def effect() -> dict[str, Any]:
            if member is not None:
                return perform(connection, _activity(row, member, occasion), member, occasion)
            # A first purchase that is refused leaves no member behind, nor the id of one.
            try:
                with connection.savepoint():
                    enrolled = _enrol(connection, row, occasion)
                    outcome = perform(
                        connection, _activity(row, enrolled, occasion), enrolled, occasion
                    )
            except Refusal as refusal:
                data = {name: each for name, each in refusal.data.items() if name != "member_id"}
                raise Refusal(refusal.code, sticky=refusal.sticky, **data) from None
            new.append(enrolled)
            return outcome

        try:
            answer = idempotency.once(connection, _request(row), effect, now=self.now)
        except Refusal as refusal:
            return Played(row=row, refused=_reason(refusal))
        if new:
            met[row.member] = new[0]
        return _played(row, answer, enrolled=bool(new))

    def _member(self, connection: Connection, external_id: str) -> MemberRecord | None:
        return self._known.get(external_id) or members.by_external_id(connection, external_id)


def _take_turn(connection: Runner) -> None:
    """Let no other import write until the commit: whom it enrols could not be locked in order."""
    if connection.sqlalchemy.dialect.name == "postgresql":
        connection.driver.execute(f"SELECT pg_advisory_xact_lock({LOCK_FAMILY}, {IMPORTING})")


def _request(row: Row) -> Request:
    return Request(
        principal=IMPORTER.principal,
        operation=OPERATION,
        key=row.key,
        fingerprint=row.fingerprint,
    )


def _again(row: Row, stored: Stored) -> Played:
    try:
        return _played(row, replay(stored, _request(row)))
    except Refusal as refusal:
        return Played(row=row, refused=_reason(refusal))


def _played(row: Row, answer: Answer, *, enrolled: bool = False) -> Played:
    try:
        outcome = answer.result()
    except Refusal as refusal:
        return Played(row=row, refused=_reason(refusal))
    if answer.replayed:
        return Played(row=row, already=True)
    return Played(row=row, enrolled=enrolled, points=outcome["points"])


def _reason(refusal: Refusal) -> str:
    data = ", ".join(f"{name} {value}" for name, value in refusal.data.items())
    return _REASONS.get(refusal.code, f"{refusal.code} {data}".strip())


def _enrol(connection: Connection, row: Row, occasion: Occasion) -> MemberRecord:
    programme = occasion.programme
    member, _ = enrol_member(
        connection,
        Enrolment(
            subject=None,
            external_id=row.member,
            display_name=row.name or UNNAMED,
            locale=programme.locale,
            time_zone=programme.zone.key,
        ),
        occasion,
        new_number=_new_number,
        new_handle=partial(random_bytes, 8),
    )
    return member


def _new_number() -> str:
    body = int.from_bytes(random_bytes(8)) % 10**NUMBER_BODY_DIGITS
    return with_check_digit(f"{body:0{NUMBER_BODY_DIGITS}d}")


def _activity(row: Row, member: MemberRecord, occasion: Occasion) -> Activity:
    lines: tuple[Line, ...] = ()
    if row.category and row.amount_minor:
        lines = (
            Line(
                name=row.category,
                category=row.category,
                quantity=row.quantity,
                amount_minor=row.amount_minor,
            ),
        )
    return Activity(
        id=occasion.new_id(),
        member_id=member.id,
        kind=ActivityKind.PURCHASE if row.amount_minor else ActivityKind.VISIT,
        occurred_at=row.moment,
        local_date=local_day(row.moment, occasion.programme),
        amount_minor=row.amount_minor,
        lines=lines,
        receipt=row.receipt,
        store_id=row.store,
    )
