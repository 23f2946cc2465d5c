"""A member's points."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from gamification.points.rules import NEVER
from gamification.reads.standing import Standing
from schema.fields import field

EXPIRIES_SHOWN_MAX = 12  # a short, bounded list: the next year of months


@strawberry.type(description="Points that expire together.")
class ExpiringPoints:
    """See the description."""

    points: int = field("How many.")
    at: datetime = field("When they expire if they are not spent.")


@strawberry.type(description="Points that were earned, and can be spent from a moment on.")
class CoolingPoints:
    """See the description."""

    points: int = field("How many.")
    available_at: datetime = field("When they can be spent, unless a refund takes them back.")


@strawberry.type(description="What a member has.")
class PointsBalance:
    """See the description."""

    available: int = field("Can be spent now.")
    pending: int = field("Set aside for vouchers that were not captured yet, or cooling off.")
    cooling: list[CoolingPoints] = field("What of it cools off until when, soonest first.")
    debt: int = field("Owed after a refund; new points settle it first.")
    lifetime: int = field("Ever earned, less what refunds took back.")
    expiring: list[ExpiringPoints] = field("What expires when, soonest first; the next twelve.")


def cooling_in(outcome: Mapping[str, Any]) -> list[CoolingPoints]:
    """What of an activity's points cools off, as its outcome tells."""
    return [
        CoolingPoints(points=points, available_at=datetime.fromisoformat(due_at))
        for due_at, points in outcome.get("cooling", ())
    ]


def points_balance(standing: Standing) -> PointsBalance | None:
    """The balance, if it was read."""
    holdings = standing.holdings
    if holdings is None:
        return None
    expiring = [(at, n) for at, n in holdings.expiring if at < NEVER]
    return PointsBalance(
        available=holdings.available,
        pending=holdings.pending,
        cooling=[CoolingPoints(points=n, available_at=at) for at, n in holdings.cooling],
        debt=holdings.debt,
        lifetime=holdings.lifetime,
        expiring=[ExpiringPoints(points=n, at=at) for at, n in expiring[:EXPIRIES_SHOWN_MAX]],
    )
