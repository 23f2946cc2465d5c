"""What a decision is going to write, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gamification.facts import FactKind


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFact:
    """A fact without its number, which it gets when it is appended.

    `entries` are the ids of those that it tells of; they are added as points move.
    """

    kind: FactKind
    occurred_at: datetime
    activity_id: str | None
    params: Mapping[str, Any]
    entries: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAward:
    """An award to be written."""

    id: str
    goal: str
    level: int
    cycle: str
    awarded_at: datetime
    activity_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVoucher:
    """A voucher to be written. `cost` is 0 for a prize."""

    id: str
    code: str
    reward_id: str
    cost: int
    issued_at: datetime
    expires_at: datetime
    award_id: str | None = None
