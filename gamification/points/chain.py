"""The chain of an account: every entry's hash rests on the one before it, from both sides."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

NO_HEAD = b""  # of an account without entries

ENTRY_COLUMNS = (
    "id",
    "kind",
    "from_account",
    "to_account",
    "amount",
    "from_version",
    "to_version",
    "cause",
    "rule",
    "programme_version",
    "activity_id",
    "occurred_at",
    "recorded_at",
)
LOT_COLUMNS = ("id", "member_id", "activity_id", "original", "earned_at", "expires_at")

_of_entry = itemgetter(*ENTRY_COLUMNS)
_of_lot = itemgetter(*LOT_COLUMNS)


def digest(
    entry: Mapping[str, Any], *, lot: Mapping[str, Any] | None, uses: Iterable[tuple[str, int]]
) -> bytes:
    """SHA-256 of all that an entry says, with the lot it began and the (lot, amount) it used."""
    return digest_of(
        _of_entry(entry),
        lot=said_of_lot(_of_lot(lot), due_at=lot.get("due_at")) if lot else None,
        uses=uses,
        parts=entry.get("parts"),
    )


def said_of_lot(values: tuple[Any, ...], *, due_at: datetime | None) -> tuple[Any, ...]:
    """The values of LOT_COLUMNS; of a lot that cools off, with the moment when it has."""
    return values if due_at is None else (*values, due_at)


def digest_of(
    entry: tuple[Any, ...],
    *,
    lot: tuple[Any, ...] | None,
    uses: Iterable[tuple[str, int]],
    parts: Sequence[Sequence[Any]] | None = None,
) -> bytes:
    """`digest` of the values of ENTRY_COLUMNS, and of what is `said_of_lot`.

    The text is a JSON array in a fixed order, times in UTC (RFC 3339). What changes later, the
    remaining part of a lot, is no part of it. Where the amount has parts, they come last.
    """
    said = (entry, lot, sorted(uses), parts) if parts else (entry, lot, sorted(uses))
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_UTC_Z)).digest()


def link(previous: bytes, entry_digest: bytes) -> bytes:
    """An account's new head: SHA-256 of the head before it and the entry's digest (32 bytes)."""
    return hashlib.sha256(previous + entry_digest).digest()
