"""A member's points."""

from datetime import datetime

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


@strawberry.type(description="What a member has.")
class PointsBalance:
    """See the description."""

    available: int = field("Can be spent now.")
    pending: int = field("Set aside for vouchers that were not captured yet.")
    debt: int = field("Owed after a refund; new points settle it first.")
    lifetime: int = field("Ever earned, less what refunds took back.")
    expiring: list[ExpiringPoints] = field("What expires when, soonest first; the next twelve.")


def points_balance(standing: Standing) -> PointsBalance | None:
    """The balance, if it was read."""
    holdings = standing.holdings
    if holdings is None:
        return None
    expiring = [(at, n) for at, n in holdings.lots if standing.now < at < NEVER]
    return PointsBalance(
        available=holdings.available(standing.now),
        pending=holdings.pending,
        debt=holdings.debt,
        lifetime=holdings.lifetime,
        expiring=[ExpiringPoints(points=n, at=at) for at, n in expiring[:EXPIRIES_SHOWN_MAX]],
    )
