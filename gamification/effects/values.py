"""What a decision is going to write, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gamification.facts import FactKind


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFact:
    """A fact without its number, which it gets when it is appended."""

    kind: FactKind
    occurred_at: datetime
    activity_id: str | None
    params: Mapping[str, Any]


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
