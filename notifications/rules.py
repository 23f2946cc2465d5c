"""When a nudge may go out, how long it is of use, and why it did not go. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gamification.consents.rules import MARKETING
from gamification.programme.nudge_rules import Attention, NudgeRule

QUIET_FROM = time(21, 0)
"""From here on nobody is disturbed, in the member's own time zone."""

QUIET_TO = time(9, 0)
"""From here on a push is welcome again."""

USEFUL_MAX = timedelta(hours=48)
"""No push is worth reading later."""

WEEK_DAYS = 7
"""The day of a push, and the six before it."""

ATTEMPTS_MAX = 8
"""Failed attempts after which a nudge is given up: with the waits below about an hour."""

WAIT_FIRST = timedelta(seconds=30)
"""The wait after the first failure; it doubles with each."""

WAIT_MAX = timedelta(hours=1)
"""A longer wait than an hour brings the push to the next morning anyway."""

SILENT_AFTER = timedelta(days=30)
"""An app that was not opened for so long is hardly one whose owner wants advertising."""

FORGOTTEN_AFTER = timedelta(days=270)
"""Firebase itself ends the token of an Android app that was not opened for so long."""

AddressKind = Literal["token", "fid"]
"""How a device is addressed: an FCM registration token, or a Firebase Installation ID."""


class Reason(StrEnum):
    """Why a nudge was suppressed, or was sent to the inbox only."""

    NO_DEVICE = "no device"
    SILENT = "no device of late"
    NO_CONSENT = "no consent"
    NOT_NEAR = "no longer near"
    OUTRANKED = "something else mattered more"
    HELD_OUT = "held out"
    PAUSED = "the rule is paused"
    GAVE_UP = "gave up"
    REFUSED = "refused"


PASSING = frozenset(
    {Reason.NO_CONSENT, Reason.NOT_NEAR, Reason.OUTRANKED, Reason.PAUSED, Reason.GAVE_UP}
)
"""What keeps a nudge back only for now: it was never sent, and may be planned again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Something there is to tell a member. `params` are ids and numbers, never a text or a name.

    `ratio` says how near it is among those of one rule, `until` how long it is of use.
    """

    rule: NudgeRule
    target_id: str
    cycle: str
    params: Mapping[str, int | str]
    ratio: float = 1.0
    until: datetime | None = None

    @property
    def key(self) -> str:
        """What is unique per member: rule, target and cycle."""
        return f"{self.rule.id}:{self.target_id}:{self.cycle}"


def is_quiet(now: datetime, zone: ZoneInfo) -> bool:
    """Whether members in `zone` are left alone at `now` (aware)."""
    local = now.astimezone(zone).time()
    return local < QUIET_TO or local >= QUIET_FROM


def quiet_until(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the first moment from `now` on that is not quiet in `zone`, in UTC."""
    local = now.astimezone(zone)
    if not is_quiet(now, zone):
        return now.astimezone(UTC)
    early = local.time() < QUIET_TO
    return _at(local.date() if early else local.date() + timedelta(days=1), QUIET_TO, zone)


def quiet_from(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which the next quiet hours begin, in UTC; `now` if it is quiet."""
    if is_quiet(now, zone):
        return now.astimezone(UTC)
    return _at(now.astimezone(zone).date(), QUIET_FROM, zone)


def next_day_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the end of the quiet hours on the day after `now` in `zone`, in UTC."""
    return _at(now.astimezone(zone).date() + timedelta(days=1), QUIET_TO, zone)


def useful_until(candidate: Candidate, now: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment until which a push of `now` may still arrive, in UTC.

    What lies undelivered at a phone that is off must not ring in the night, nor tell of what is
    over.
    """
    latest = now + USEFUL_MAX
    ends = latest if candidate.until is None else min(latest, candidate.until)
    night = ends if candidate.rule.is_service else quiet_from(now, zone)
    return min(ends, night).astimezone(UTC)


def week_ago(now: datetime) -> date:
    """Give a day from which on every zone's week of `now` is covered: `has_room` looks closer."""
    return (now - timedelta(days=WEEK_DAYS)).date()


def has_room(taken: Iterable[date], *, today: date, attention: Attention) -> bool:
    """Whether one more push fits into a member's day and week; `taken` are days of others.

    Who flew west over the date line has been told tomorrow: that counts as today.
    """
    tomorrow = today + timedelta(days=1)
    days = [min(day, today) for day in taken if tomorrow - timedelta(days=WEEK_DAYS) <= day]
    return days.count(today) < attention.pushes_each_day and len(days) < attention.pushes_each_week


def link_of(candidate: Candidate) -> str:
    """The place in the app that a push opens: the rule's link, or a path of kind and target."""
    return link_to(candidate.rule.target, candidate.target_id, candidate.rule)


def link_to(target_kind: str, target_id: str, rule: NudgeRule | None) -> str:
    """The same of a nudge that was told; without a rule if the programme has it no more."""
    target = quote(target_id, safe="")
    if rule is not None and rule.link:
        return rule.link.format(target=target)
    return f"/{target_kind}/{target}"


def may_ring(registered_at: datetime, rule: NudgeRule, *, now: datetime) -> bool:
    """Whether a nudge goes to a device that registered at that time, as an app does when opened."""
    if rule.is_service or rule.category != MARKETING:
        return True
    return now - registered_at < SILENT_AFTER


def zone_of(name: str, fallback: ZoneInfo) -> ZoneInfo:
    """Give the time zone of that name, or `fallback` when this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # an odd name is looked for as a file
        return fallback


def backoff(attempts: int) -> timedelta:
    """Give the wait after so many failed attempts (from 1 on)."""
    # Past ten doublings the limit holds anyway, and a huge power would overflow.
    doublings = min(max(attempts - 1, 0), 10)
    wait: timedelta = WAIT_FIRST * 2**doublings
    return min(wait, WAIT_MAX)


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    # Converted to UTC here: a difference inside one zone forgets a change of its clocks.
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
