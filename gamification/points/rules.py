"""The ledger's rules: how points move. Pure; amounts are whole points, always positive."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from operator import itemgetter
from zoneinfo import ZoneInfo

from gamification.errors import Refusal
from gamification.progress import end_of_day

BALANCE_POINTS_MAX = 2_000_000_000  # GraphQL's Int has 32 bits; nobody earns that much honestly
PROGRAMME_ACCOUNT_SHARDS = 64  # one hot account serialises all purchases on PostgreSQL
NEVER = datetime.max.replace(microsecond=0, tzinfo=UTC)  # lots that do not expire


class AccountKind(StrEnum):
    """Whose points, and in what state."""

    AVAILABLE = "available"
    PENDING = "pending"
    DEBT = "debt"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"


class EntryKind(StrEnum):
    """Why points moved."""

    EARN = "earn"
    COOL = "cool"  # earned, too, but to be spent later
    RELEASE = "release"
    CALL_OFF = "call_off"
    PRIZE = "prize"
    SETTLE = "settle"
    RESERVE = "reserve"
    CAPTURE = "capture"
    VOID = "void"
    EXPIRE = "expire"
    TAKE_BACK = "take_back"
    OWE = "owe"
    ADJUST = "adjust"


# From which account to which points move. What is adjusted may go the other way, too.
WAYS: Mapping[EntryKind, tuple[AccountKind, AccountKind]] = {
    EntryKind.EARN: (AccountKind.ISSUED, AccountKind.AVAILABLE),
    EntryKind.COOL: (AccountKind.ISSUED, AccountKind.PENDING),
    EntryKind.RELEASE: (AccountKind.PENDING, AccountKind.AVAILABLE),
    EntryKind.CALL_OFF: (AccountKind.PENDING, AccountKind.ISSUED),
    EntryKind.PRIZE: (AccountKind.ISSUED, AccountKind.AVAILABLE),
    EntryKind.SETTLE: (AccountKind.AVAILABLE, AccountKind.DEBT),
    EntryKind.RESERVE: (AccountKind.AVAILABLE, AccountKind.PENDING),
    EntryKind.CAPTURE: (AccountKind.PENDING, AccountKind.REDEEMED),
    EntryKind.VOID: (AccountKind.PENDING, AccountKind.AVAILABLE),
    EntryKind.EXPIRE: (AccountKind.AVAILABLE, AccountKind.EXPIRED),
    EntryKind.TAKE_BACK: (AccountKind.AVAILABLE, AccountKind.ISSUED),
    EntryKind.OWE: (AccountKind.DEBT, AccountKind.ISSUED),
    EntryKind.ADJUST: (AccountKind.ADJUSTED, AccountKind.AVAILABLE),
}

# What an activity earns by itself.
EARNED_KINDS = frozenset({EntryKind.EARN, EntryKind.COOL})
MEMBER_KINDS = frozenset({AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.DEBT})


def account_id(kind: AccountKind, member_id: str) -> str:
    """A member's account, or the programme's account of that kind that serves this member."""
    if kind in MEMBER_KINDS:
        return f"{member_id}:{kind}"
    digest = hashlib.blake2b(member_id.encode(), digest_size=1).digest()[0]
    return _programme_account(kind, digest % PROGRAMME_ACCOUNT_SHARDS)


def programme_accounts(kind: AccountKind) -> list[str]:
    """All of the programme's accounts of a kind."""
    return [_programme_account(kind, shard) for shard in range(PROGRAMME_ACCOUNT_SHARDS)]


def _programme_account(kind: AccountKind, shard: int) -> str:
    return f"{kind}:{shard:02d}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """The open part of a lot. While it cools off, `due_at` says until when."""

    id: str
    remaining: int
    expires_at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLot:
    """A lot that an entry into `available` creates, or, to cool off until then, into `pending`."""

    id: str
    expires_at: datetime
    activity_id: str | None
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """One entry to be written. `uses` are (lot id, amount): taken > 0, given back < 0.

    `parts` (what for, points) add up to the amount, where it has more parts than one. `releases`
    is the id of the lot that has cooled off.
    """

    id: str
    kind: EntryKind
    source: AccountKind
    target: AccountKind
    amount: int
    cause: str
    rule: str
    occurred_at: datetime
    activity_id: str | None = None
    new_lot: NewLot | None = None
    uses: Sequence[tuple[str, int]] = field(default=())
    parts: Sequence[tuple[str, int]] = field(default=())
    releases: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holdings:
    """A member's points at a moment. A lot that has run out is gone before anyone sweeps it up.

    One that has cooled off can be spent by then, too. `expiring` are (when, points) of what can be
    spent until then, soonest first, if it was read; `cooling` of what can be spent from then on.
    """

    available: int
    pending: int
    debt: int
    lifetime: int
    expiring: tuple[tuple[datetime, int], ...] = ()
    cooling: tuple[tuple[datetime, int], ...] = ()

    @property
    def towards_rewards(self) -> int:
        """What counts towards a reward: a debt has to be settled first, so it may be negative."""
        return self.available - self.debt


def take(lots: Iterable[Lot], amount: int) -> tuple[list[tuple[str, int]], int]:
    """Take up to `amount` from lots in their order. Returns the uses and what was not found."""
    uses: list[tuple[str, int]] = []
    for lot in lots:
        if amount == 0:
            break
        part = min(lot.remaining, amount)
        if part > 0:
            uses.append((lot.id, part))
            amount -= part
    return uses, amount


def spending_order(lots: Iterable[Lot]) -> list[Lot]:
    """Soonest expiry first; among equals the older (ids are time-sortable)."""
    return sorted(lots, key=lambda lot: (lot.expires_at, lot.id))


def release_order(lots: Iterable[Lot]) -> list[Lot]:
    """Those that cool off, as they do: the soonest first; among equals the older."""
    cooling = ((lot.due_at, lot.id, lot) for lot in lots if lot.due_at is not None)
    return [lot for _, _, lot in sorted(cooling, key=itemgetter(0, 1))]


def lots_left(lots: Iterable[Lot], movements: Sequence[Movement]) -> list[Lot]:
    """What movements leave of lots. Those that they release cool off no more."""
    if not movements:
        return list(lots)
    used: Counter[str] = Counter()
    for movement in movements:
        used.update(dict(movement.uses))
    released = {movement.releases for movement in movements}
    left = (
        replace(
            lot,
            remaining=lot.remaining - used[lot.id],
            due_at=None if lot.id in released else lot.due_at,
        )
        for lot in lots
    )
    return [lot for lot in left if lot.remaining > 0]


def lots_for_claim(lots: Iterable[Lot], lot_id: str, *, others: Mapping[str, int]) -> list[Lot]:
    """What pays a claw-back: the lot that it is about, then the others, soonest expiry first.

    `others` (lot -> points) are the claims yet to come: what they take of their own lots stays.
    """
    ordered = spending_order(lots)
    return [
        *(lot for lot in ordered if lot.id == lot_id),
        *(
            replace(lot, remaining=max(lot.remaining - others.get(lot.id, 0), 0))
            for lot in ordered
            if lot.id != lot_id
        ),
    ]


def uses_to_spend(
    lots: Iterable[Lot], amount: int, *, owed: int = 0, member_id: str
) -> list[tuple[str, int]]:
    """The member's lots that pay `amount`, none of which cools off; what is `owed` stays in them.

    Raises Refusal NOT_ENOUGH_POINTS, which is sticky; what is available is below 0 if more is owed.
    """
    ordered = spending_order(lot for lot in lots if lot.due_at is None)
    available = sum(lot.remaining for lot in ordered) - owed
    if available < amount:
        raise Refusal(
            "NOT_ENOUGH_POINTS",
            sticky=True,
            available=available,
            required=amount,
            member_id=member_id,
        )
    uses, _ = take(ordered, amount)
    return uses


def add_months(moment: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time `months` later; the month's last day when it is shorter."""
    local = moment.astimezone(zone)
    month = local.month - 1 + months
    year, month = local.year + month // 12, month % 12 + 1
    for day in range(local.day, local.day - 4, -1):
        try:
            return local.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th day")


def lot_expiry(earned_at: datetime, *, months: int | None, zone: ZoneInfo) -> datetime:
    """When points earned now expire: the end of that local day `months` later; or NEVER."""
    if months is None:
        return NEVER
    later = add_months(earned_at, months, zone)
    return end_of_day(later.date(), zone).astimezone(UTC)
