"""Decide an adjustment: a second manager approves what another one proposed, or refuses it."""

from dataclasses import dataclass
from typing import Any

from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import ProposalState, check_points
from gamification.database import Connection
from gamification.effects.adjust import adjust
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.staff.rules import Role, require_staff
from gamification.timeline import store as timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustmentDecision:
    """Which proposal, and whether its points shall move."""

    adjustment_id: str
    approve: bool
    idempotency_key: str | None


def decide_adjustment(
    connection: Connection, request: AdjustmentDecision, occasion: Occasion
) -> Answer:
    """Outcome of an approved one as of `adjustPoints`; of a refused one without facts.

    Refusals: PROPOSAL_UNKNOWN, PROPOSAL_DECIDED, PROPOSAL_LAPSED, OWN_PROPOSAL, FORBIDDEN; and
    POINTS_OUT_OF_RANGE, NOT_ENOUGH_POINTS (sticky) and BALANCE_TOO_LARGE (sticky), after which it
    still waits.
    """
    staff_id, _ = require_staff(occasion.actor, Role.MANAGER)
    return once(
        connection,
        request,
        occasion,
        lambda: _decide(connection, request, occasion, staff_id),
        operation="decideAdjustment",
    )


def _decide(
    connection: Connection, request: AdjustmentDecision, occasion: Occasion, staff_id: str
) -> dict[str, Any]:
    seen = adjustments.proposal(connection, request.adjustment_id)
    member = members.by_id(connection, seen.member_id) if seen else None
    if seen is None or member is None or member.is_forgotten:
        raise Refusal("PROPOSAL_UNKNOWN")
    timeline.lock(connection, member.id)
    # Under the lock, since another manager may have decided meanwhile.
    proposal = adjustments.proposal(connection, seen.id)
    if proposal is None:
        raise Refusal("PROPOSAL_UNKNOWN")
    proposal.check_decision(staff_id=staff_id, now=occasion.now)
    if request.approve:
        # Again: the programme may have changed.
        check_points(proposal.points, maximum=occasion.programme.adjustment_points_max)
        adjustment = proposal.approved(now=occasion.now)
        outcome = adjust(connection, adjustment, member, occasion, approved_by=staff_id)
        state = ProposalState.APPROVED
    else:
        outcome = {"member_id": member.id, "points": proposal.points}
        state = ProposalState.REFUSED
    adjustments.decide(
        connection, proposal.id, state=state.value, staff_id=staff_id, now=occasion.now
    )
    return outcome
