"""All that is kept of one member, row by row: for the person who asks what it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select

from gamification.activities import store as activities
from gamification.adjustments import store as adjustments
from gamification.cards import store as cards
from gamification.claims import store as claims
from gamification.consents import store as consents
from gamification.database import Connection
from gamification.goals import store as goals
from gamification.idempotency import store as idempotency
from gamification.members import store as members
from gamification.points import kept as points
from gamification.referrals import store as referrals
from gamification.reviews import store as reviews
from gamification.tags import store as tags
from gamification.timeline import store as timeline
from gamification.visits import store as visits
from gamification.vouchers import store as vouchers

ROWS_AT_ONCE = 500  # so much is held in memory, however long somebody has been a member

KEPT: Mapping[str, Select[Any]] = {
    **members.KEPT,
    **cards.KEPT,
    **activities.KEPT,
    **adjustments.KEPT,
    **claims.KEPT,
    **reviews.KEPT,
    **points.KEPT,
    **goals.KEPT,
    **vouchers.KEPT,
    **timeline.KEPT,
    **visits.KEPT,
    **referrals.KEPT,
    **tags.KEPT,
    **consents.KEPT,
    **idempotency.KEPT,
}
"""By table: the statement for a member's rows."""


def kept_rows(
    connection: Connection, statement: Select[Any], *, member_id: str, principal: str | None
) -> Iterator[Any]:
    """The rows of one of the statements; `principal` is whose idempotency keys are the member's."""
    skip = 0
    while rows := connection.all(
        statement, member_id=member_id, principal=principal, skip=skip, most=ROWS_AT_ONCE
    ):
        yield from rows
        skip += len(rows)
