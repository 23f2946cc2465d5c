"""Every query of adjustments and proposals."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from gamification.adjustments.rules import Adjustment, Proposal
from gamification.adjustments.tables import Adjustment as AdjustmentTable
from gamification.adjustments.tables import Proposal as ProposalTable
from gamification.database import Connection, Instant, insert_into, rows_of_member, table_of

_adjustment = table_of(AdjustmentTable)
_proposal = table_of(ProposalTable)
_INSERT = insert_into(AdjustmentTable)
_FORGET_REASONS = (
    update(_adjustment).values(reason="").where(_adjustment.c.member_id == bindparam("of_member"))
)
_PROPOSE = insert_into(ProposalTable)
_BY_ID = select(*_proposal.columns).where(_proposal.c.id == bindparam("proposal_id"))
_DECIDE = (
    update(_proposal)
    .values(
        state=bindparam("new_state"), decided_by=bindparam("staff"), decided_at=bindparam("now")
    )
    .where(_proposal.c.id == bindparam("proposal_id"), _proposal.c.decided_at.is_(None))
)
_WAITS = (
    _proposal.c.decided_at.is_(None),
    _proposal.c.proposed_at > bindparam("after", type_=Instant),
)
_COUNT_WAITING = select(func.count().label("proposals")).select_from(_proposal).where(*_WAITS)
_WAITING = (
    select(*_proposal.columns)
    .where(*_WAITS)
    .order_by(_proposal.c.proposed_at.desc(), _proposal.c.id.desc())
    .limit(bindparam("most"))
)
_FORGET_WAITING = delete(_proposal).where(
    _proposal.c.member_id == bindparam("of_member"), _proposal.c.decided_at.is_(None)
)
_FORGET_PROPOSED = (
    update(_proposal).values(reason="").where(_proposal.c.member_id == bindparam("of_member"))
)
KEPT = {
    "adjustment": rows_of_member(AdjustmentTable),
    "proposal": rows_of_member(ProposalTable),
}


def add(connection: Connection, adjustment: Adjustment) -> None:
    """A new adjustment."""
    connection.run(_INSERT, **asdict(adjustment))


def propose(connection: Connection, proposal: Proposal) -> None:
    """A new proposal."""
    connection.run(_PROPOSE, **asdict(proposal))


def proposal(connection: Connection, proposal_id: str) -> Proposal | None:
    """The proposal of an id, decided or not."""
    row = connection.first(_BY_ID, proposal_id=proposal_id)
    return Proposal(**row._asdict()) if row else None


def decide(
    connection: Connection, proposal_id: str, *, state: str, staff_id: str, now: datetime
) -> None:
    """A proposal is approved or refused."""
    connection.run(_DECIDE, proposal_id=proposal_id, new_state=state, staff=staff_id, now=now)


def waiting(connection: Connection, *, after: datetime, most: int) -> list[Proposal]:
    """Proposals since `after` that nobody has decided, newest first."""
    return [Proposal(**row._asdict()) for row in connection.all(_WAITING, after=after, most=most)]


def count_waiting(connection: Connection, *, after: datetime) -> int:
    """How many proposals since `after` nobody has decided."""
    return int(connection.first(_COUNT_WAITING, after=after).proposals)


def forget_reasons(connection: Connection, member_id: str) -> None:
    """Erase what staff typed; that they adjusted, and by how much, stays. What waits, goes."""
    connection.run(_FORGET_REASONS, of_member=member_id)
    connection.run(_FORGET_WAITING, of_member=member_id)
    connection.run(_FORGET_PROPOSED, of_member=member_id)
