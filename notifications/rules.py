"""When a nudge may go out, and what a member is near to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gamification.programme.values import NudgeRule, Programme
from gamification.progress import Counts, Progress, progress_of
from gamification.rewards.rules import reward_progress

QUIET_FROM = time(21, 0)
"""From here on nobody is disturbed, in the member's own time zone."""

QUIET_TO = time(9, 0)
"""From here on a push is welcome again."""

ATTEMPTS_MAX = 8
"""Failed attempts after which a nudge is given up: with the waits below about two hours."""

WAIT_FIRST = timedelta(seconds=30)
"""The wait after the first failure; it doubles with each."""

WAIT_MAX = timedelta(hours=1)
"""A longer wait than an hour brings the push to the next morning anyway."""

AddressKind = Literal["token", "fid"]
"""How a device is addressed: an FCM registration token, or a Firebase Installation ID."""

TargetKind = Literal["reward", "tier"]


class Reason(StrEnum):
    """Why a nudge was suppressed, or was sent to the inbox only."""

    NO_DEVICE = "no device"
    NO_CONSENT = "no consent"
    NOT_NEAR = "no longer near"
    GAVE_UP = "gave up"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """Something a member is near to. `remaining` is in points, or in what the ladder counts.

    `key` tells this nudge from every other of the member: rule, target and cycle.
    """

    rule_id: str
    target_kind: TargetKind
    target_id: str
    remaining: int
    ratio: float
    cycle: str

    @property
    def key(self) -> str:
        """What is unique per member."""
        return f"{self.rule_id}:{self.target_id}:{self.cycle}"


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


def near_targets(
    programme: Programme,
    *,
    points: int,
    counts: Counts,
    times_redeemed: Mapping[str, int],
    today: date,
) -> list[Candidate]:
    """Tell what a member is near to by the programme's nudge rules, the most valuable first.

    A tier comes before rewards, and then whatever is nearest. `points` are those that
    count towards rewards, `counts` holds the ladder's key of `today`, the day in the programme's
    zone.
    """
    found = []
    for rule in programme.nudges:
        if rule.target == "tier":
            found += _near_tier(rule, programme, counts, today)
        else:
            found += _near_rewards(rule, programme, points, times_redeemed)
    return sorted(found, key=lambda near: (near.target_kind != "tier", -near.ratio, near.key))


def _near_tier(
    rule: NudgeRule, programme: Programme, counts: Counts, today: date
) -> list[Candidate]:
    ladder = programme.ladder
    tier = ladder.next_above(ladder.standing(counts, today=today))
    if tier is None:
        return []
    unit = programme.measures[ladder.measure].unit
    progress = progress_of(ladder.goal(tier), counts, today=today, unit=unit, zone=programme.zone)
    cycle = f"{today:%Y}"
    return _candidate(rule, "tier", tier.id, progress, cycle)


def _near_rewards(
    rule: NudgeRule, programme: Programme, points: int, times_redeemed: Mapping[str, int]
) -> list[Candidate]:
    return [
        candidate
        for reward in programme.rewards
        for candidate in _candidate(
            rule,
            "reward",
            reward.id,
            reward_progress(reward, points=points),
            str(times_redeemed.get(reward.id, 0)),
        )
    ]


def _candidate(
    rule: NudgeRule, kind: TargetKind, target_id: str, progress: Progress, cycle: str
) -> list[Candidate]:
    if not progress.is_near(within=rule.within):
        return []
    return [
        Candidate(
            rule_id=rule.id,
            target_kind=kind,
            target_id=target_id,
            remaining=progress.remaining,
            ratio=progress.ratio,
            cycle=cycle,
        )
    ]


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    # Converted to UTC here: a difference inside one zone forgets a change of its clocks.
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
