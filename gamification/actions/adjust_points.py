"""Adjust points: a manager gives some or takes some, for a stated reason."""

from dataclasses import dataclass
from typing import Any

from gamification.actions.targets import Target, find_target
from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import REASON_CHARACTERS_MAX, Proposal, check_points
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.adjust import adjust
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.idempotency.rules import Answer
from gamification.staff.rules import Role, require_staff
from gamification.texts import check_text


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsToAdjust:
    """Whose points, by how many (given above 0, taken below), and why."""

    target: Target
    points: int
    reason: str
    idempotency_key: str | None


def adjust_points(connection: Connection, request: PointsToAdjust, occasion: Occasion) -> Answer:
    """Outcome: `adjustment_id`, `member_id`, `points`, `first_fact`, `last_fact`.

    Above the programme's `second_look_above` it is proposed, and moves nothing. Outcome then:
    `proposal_id`, `member_id`, `points`.
    Refusals: POINTS_OUT_OF_RANGE, TEXT_LENGTH, TEXT_UNPRINTABLE, NOT_ENOUGH_POINTS (sticky),
    BALANCE_TOO_LARGE (sticky), FORBIDDEN.
    """
    staff_id, _ = require_staff(occasion.actor, Role.MANAGER)
    return once(
        connection,
        request,
        occasion,
        lambda: _adjust(connection, request, occasion, staff_id),
        operation="adjustPoints",
    )


def _adjust(
    connection: Connection, request: PointsToAdjust, occasion: Occasion, staff_id: str
) -> dict[str, Any]:
    check_points(request.points, maximum=occasion.programme.adjustment_points_max)
    reason = " ".join(request.reason.split())
    check_text(reason, field="reason", maximum=REASON_CHARACTERS_MAX)
    member = find_target(
        connection, request.target, occasion.actor, now=occasion.now, needs=CodeFlag.EARN
    ).member
    proposal = Proposal(
        id=occasion.new_id(),
        member_id=member.id,
        staff_id=staff_id,
        points=request.points,
        reason=reason,
        proposed_at=occasion.now,
    )
    limit = occasion.programme.second_look_above
    if limit is not None and abs(request.points) > limit:
        adjustments.propose(connection, proposal)
        return {"proposal_id": proposal.id, "member_id": member.id, "points": request.points}
    return adjust(connection, proposal.approved(now=occasion.now), member, occasion)
