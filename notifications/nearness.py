"""Reads where a member stands, and tells what they are near to."""

from datetime import datetime

from gamification.database import Connection
from gamification.effects.state import local_day
from gamification.goals import store as goals
from gamification.points import store as points
from gamification.points.rules import AccountKind
from gamification.programme.values import Programme
from gamification.vouchers import store as vouchers
from notifications.rules import Candidate, near_targets


def near_to(
    connection: Connection, member_id: str, programme: Programme, *, now: datetime
) -> list[Candidate]:
    """What the member is near to now, the most valuable first; three statements."""
    today = local_day(now, programme)
    balances, due_lots = points.balances_and_due_lots(connection, member_id, now=now)
    # Points that have run out are still in the balance until a sweep comes by.
    run_out = sum(lot.remaining for lot in due_lots)
    return near_targets(
        programme,
        # A debt has to be settled before points count towards a reward; it is stored below zero.
        points=balances[AccountKind.AVAILABLE] - run_out + balances[AccountKind.DEBT],
        counts=goals.counts(connection, member_id, [programme.ladder.key(today)]),
        times_redeemed=vouchers.times_redeemed(connection, member_id),
        today=today,
    )
