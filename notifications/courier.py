"""Delivers planned nudges: checks once more, claims the member's day, sends, and keeps the result.

What a crash can repeat is one step of `STEP_MAX` nudges between its sending and its recording.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from gamification.consents.rules import PUSH
from gamification.consents.store import granted
from gamification.database import Connection
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.nudge_rules import NudgeRule
from gamification.programme.values import Programme
from gamification.timeline import store as timeline
from notifications import inbox, store
from notifications.candidates import candidates_of_all
from notifications.nudge_words import words_of
from notifications.pauses import paused_rules
from notifications.rules import (
    ATTEMPTS_MAX,
    Candidate,
    Reason,
    backoff,
    has_room,
    link_of,
    may_ring,
    next_day_morning,
    quiet_until,
    useful_until,
    week_ago,
    zone_of,
)
from notifications.sender import Outcome, OutcomeKind, Push, Sender

T = TypeVar("T")

STEP_MAX = 20
"""Nudges sent between two commits."""

COLLAPSE_KEY = "nudge"
"""Of all but service: FCM keeps four keys for a phone that is off, and the newest says most."""

LANE_PAUSE = timedelta(minutes=15)
"""The wait after our own credentials were refused: a person has to act."""


class Write(Protocol):
    """Runs a function in one write transaction, as `api.database.Database.write` does."""

    def __call__(self, function: Callable[[Connection], T], /) -> Awaitable[T]:
        """Give the function's answer after the commit; it may run more than once."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A nudge that may go out now: one push for each of the member's devices."""

    nudge_id: str
    attempts: int
    pushes: Sequence[Push]


async def deliver(
    ids: Sequence[str],
    *,
    write: Write,
    sender: Sender,
    programme: Programme,
    now: Callable[[], datetime],
) -> list[Outcome]:
    """Deliver those of at most `STEP_MAX` queued nudges that still may go out.

    Gives the outcome of every push. Doing it again sends nothing that was recorded as sent.
    """
    if len(ids) > STEP_MAX:
        raise ValueError(f"a step has at most {STEP_MAX} nudges, not {len(ids)}")
    letters = await write(lambda c: prepare(c, ids, programme=programme, now=now()))
    pushes = [push for letter in letters for push in letter.pushes]
    if not pushes:
        return []
    outcomes = await sender.send(pushes)
    await write(lambda c: record(c, letters, outcomes, now=now()))
    return outcomes


def prepare(
    connection: Connection, ids: Sequence[str], *, programme: Programme, now: datetime
) -> list[Letter]:
    """Judge each nudge once more, claim the members' days, and write the pushes.

    What may not go out now is suppressed or waits again. Without a device a nudge becomes an inbox
    line at once; that is no push, so it takes no claim.
    """
    rows = store.queued(connection, ids, now=now)
    member_ids = sorted({row.member_id for row in rows})
    # Two couriers must not both find room in the attention of one member.
    timeline.lock_all(connection, member_ids)
    known = members.by_ids(connection, member_ids)
    found = candidates_of_all(connection, known.values(), programme, now=now)
    desk = _Desk(
        connection=connection,
        programme=programme,
        now=now,
        consents=granted(connection, member_ids, channel=PUSH),
        devices=store.devices_of(connection, member_ids),
        claims=store.claims(connection, member_ids, since=week_ago(now)),
        unread=inbox.unread_of(connection, member_ids),
        paused=paused_rules(connection),
    )
    letters = []
    for row in rows:
        of_member = {each.key: each for each in found.get(row.member_id, ())}
        letter = _letter(desk, row, known[row.member_id], of_member.get(row.key))
        if letter is not None:
            letters.append(letter)
    return letters


def record(
    connection: Connection,
    letters: Sequence[Letter],
    outcomes: Sequence[Outcome],
    *,
    now: datetime,
) -> None:
    """Keep what came of each letter, and forget the devices that are gone."""
    gone = [each.device_id for each in outcomes if each.kind is OutcomeKind.DEVICE_GONE]
    store.drop_devices(connection, gone)
    for letter in letters:
        came_of = [each for each in outcomes if each.nudge_id == letter.nudge_id]
        _record_one(connection, letter, came_of, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    """What is needed to judge the nudges of one step."""

    connection: Connection
    programme: Programme
    now: datetime
    consents: Mapping[str, AbstractSet[str]]
    devices: Mapping[str, Sequence[Any]]
    claims: dict[str, dict[str, date]]
    unread: dict[str, int]
    paused: AbstractSet[str]


def _letter(
    desk: _Desk, row: Any, member: MemberRecord, candidate: Candidate | None
) -> Letter | None:
    connection, programme, now = desk.connection, desk.programme, desk.now
    zone = zone_of(member.time_zone, programme.zone)
    if candidate is None:
        store.suppress(connection, row.id, reason=Reason.NOT_NEAR)
        return None
    if reason := _forbidden(desk, member, candidate.rule):
        store.suppress(connection, row.id, reason=reason)
        return None
    allowed = now if candidate.rule.is_service else quiet_until(now, zone)
    if allowed > now:
        store.postpone(connection, row.id, not_before=allowed, attempts=row.attempts)
        return None
    words = words_of(
        rule_id=row.rule,
        target_kind=row.target_kind,
        target_id=row.target_id,
        params=candidate.params,
        programme=programme,
        locale=member.locale,
    )
    if words is None:
        raise LookupError(f"told of what the programme lost: {row.target_kind} {row.target_id}")
    store.refresh(connection, row.id, params=candidate.params)
    known = desk.devices.get(member.id, ())
    rule = candidate.rule
    devices = [each for each in known if may_ring(each.registered_at, rule, now=now)]
    if not devices:
        reason = Reason.SILENT if known else Reason.NO_DEVICE
        store.send(connection, row.id, reason=reason, now=now)
        return None
    if not candidate.rule.is_service and not _claim(desk, row, member, zone):
        tomorrow = next_day_morning(now, zone)
        store.postpone(connection, row.id, not_before=tomorrow, attempts=row.attempts)
        return None
    expires_at = useful_until(candidate, now, zone)
    # It is a line of the inbox itself from now on, and others of this step may be.
    desk.unread[member.id] = desk.unread.get(member.id, 0) + 1
    return Letter(
        nudge_id=row.id,
        attempts=row.attempts,
        pushes=[
            Push(
                nudge_id=row.id,
                device_id=device.id,
                address_kind=device.address_kind,
                address=device.address,
                title=words.title,
                body=words.body,
                data={
                    "kind": row.rule,
                    "target": row.target_id,
                    "link": link_of(candidate),
                },
                collapse_key=row.target_kind if candidate.rule.is_service else COLLAPSE_KEY,
                ttl_s=int((expires_at - now).total_seconds()),
                expires_at=expires_at,
                badge=desk.unread[member.id],
                image=rule.image,
                category=row.target_kind,
            )
            for device in devices
        ],
    )


def _forbidden(desk: _Desk, member: MemberRecord, rule: NudgeRule) -> Reason | None:
    """Why the rule, as it is now, may not tell this member anything; None if it may."""
    if rule.id in desk.paused:
        return Reason.PAUSED
    is_allowed = rule.is_service or rule.category in desk.consents.get(member.id, ())
    return None if is_allowed else Reason.NO_CONSENT


def _claim(desk: _Desk, row: Any, member: MemberRecord, zone: ZoneInfo) -> bool:
    """Take a part of the member's attention today, if there is any left."""
    today = desk.now.astimezone(zone).date()
    attention, claims = desk.programme.attention, desk.claims.setdefault(member.id, {})
    others = [day for nudge_id, day in claims.items() if nudge_id != row.id]
    if not has_room(others, today=today, attention=attention):
        return False
    claims[row.id] = today
    store.claim(desk.connection, row.id, local_day=today)
    return True


def _record_one(
    connection: Connection, letter: Letter, outcomes: Sequence[Outcome], *, now: datetime
) -> None:
    """One device that was reached is enough: a retry for another would ring twice at some."""
    by_kind = {each.kind: each for each in outcomes}
    if OutcomeKind.SENT in by_kind:
        store.send(connection, letter.nudge_id, reason=None, now=now)
    elif OutcomeKind.LANE_STOPPED in by_kind:
        later = now + LANE_PAUSE
        store.postpone(connection, letter.nudge_id, not_before=later, attempts=letter.attempts)
    elif OutcomeKind.RETRY in by_kind:
        _try_again(connection, letter, outcomes, now=now)
    elif OutcomeKind.MESSAGE_REFUSED in by_kind:
        store.suppress(connection, letter.nudge_id, reason=Reason.REFUSED)
    else:
        store.send(connection, letter.nudge_id, reason=Reason.NO_DEVICE, now=now)


def _try_again(
    connection: Connection, letter: Letter, outcomes: Sequence[Outcome], *, now: datetime
) -> None:
    attempts = letter.attempts + 1
    if attempts >= ATTEMPTS_MAX:
        store.suppress(connection, letter.nudge_id, reason=Reason.GAVE_UP)
        return
    asked_s = [each.retry_after_s for each in outcomes if each.retry_after_s is not None]
    wait = timedelta(seconds=max(asked_s)) if asked_s else backoff(attempts)
    store.postpone(connection, letter.nudge_id, not_before=now + wait, attempts=attempts)
