"""Every query of claims."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from gamification.claims.rules import Claim
from gamification.claims.tables import Claim as ClaimTable
from gamification.database import Connection, insert_into, rows_of_member, table_of

_claim = table_of(ClaimTable)
_INSERT = insert_into(ClaimTable)
_BY_ID = select(*_claim.columns).where(_claim.c.id == bindparam("claim_id"))
_WAITING = (
    select(*_claim.columns)
    .where(_claim.c.decided_at.is_(None))
    .order_by(_claim.c.claimed_at, _claim.c.id)
    .limit(bindparam("most"))
)
_COUNT_WAITING = (
    select(func.count().label("claims")).select_from(_claim).where(_claim.c.decided_at.is_(None))
)
_WAITING_OF = select(*_claim.columns).where(
    _claim.c.member_id == bindparam("member_id"), _claim.c.decided_at.is_(None)
)
_DECIDE = (
    update(_claim)
    .values(
        state=bindparam("new_state"),
        decided_by=bindparam("staff"),
        decided_at=bindparam("now"),
        activity_id=bindparam("became"),
    )
    .where(_claim.c.id == bindparam("claim_id"), _claim.c.decided_at.is_(None))
)
_FORGET = delete(_claim).where(_claim.c.member_id == bindparam("of_member"))
KEPT = {"claim": rows_of_member(ClaimTable)}


def add(connection: Connection, claim: Claim) -> None:
    """A new claim."""
    connection.run(
        _INSERT,
        id=claim.id,
        member_id=claim.member_id,
        kind=claim.kind,
        attributes=dict(claim.attributes),
        claimed_at=claim.claimed_at,
        state=claim.state,
        decided_by=claim.decided_by,
        decided_at=claim.decided_at,
        activity_id=claim.activity_id,
    )


def by_id(connection: Connection, claim_id: str) -> Claim | None:
    """The claim of an id, decided or not."""
    row = connection.first(_BY_ID, claim_id=claim_id)
    return Claim(**row._asdict()) if row else None


def waiting(connection: Connection, *, most: int) -> list[Claim]:
    """Claims that nobody has decided, oldest first."""
    return [Claim(**row._asdict()) for row in connection.all(_WAITING, most=most)]


def count_waiting(connection: Connection) -> int:
    """How many claims nobody has decided."""
    return int(connection.first(_COUNT_WAITING).claims)


def waiting_of(connection: Connection, member_id: str) -> list[Claim]:
    """Those of one member."""
    return [Claim(**row._asdict()) for row in connection.all(_WAITING_OF, member_id=member_id)]


def decide(
    connection: Connection,
    claim_id: str,
    *,
    state: str,
    staff_id: str,
    activity_id: str | None,
    now: datetime,
) -> None:
    """A claim is approved, as the activity of an id, or refused."""
    connection.run(
        _DECIDE, claim_id=claim_id, new_state=state, staff=staff_id, became=activity_id, now=now
    )


def forget(connection: Connection, member_id: str) -> None:
    """Erase what a member claimed; what was approved stays as their activities."""
    connection.run(_FORGET, of_member=member_id)
