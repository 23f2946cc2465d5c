"""Adjust points: a manager gives some or takes some, for a stated reason."""

from dataclasses import dataclass
from typing import Any

from gamification.actions.targets import Target, find_target
from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import REASON_CHARACTERS_MAX, RULE, Adjustment, check_points
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.idempotency.rules import Answer
from gamification.points import store as points
from gamification.points.rules import BALANCE_POINTS_MAX, EntryKind, uses_to_spend
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
    decision = begin(connection, member, occasion)
    adjustment = Adjustment(
        id=occasion.new_id(),
        member_id=member.id,
        staff_id=staff_id,
        points=request.points,
        reason=reason,
        recorded_at=occasion.now,
    )
    cause, rule = f"adjust:{adjustment.id}", f"{RULE}{staff_id}"
    decision.tell(FactKind.POINTS_ADJUSTED, at=occasion.now, points=request.points)
    if request.points > decision.room:
        raise Refusal(
            "BALANCE_TOO_LARGE",
            sticky=True,
            maximum=BALANCE_POINTS_MAX,
            room=decision.room,
            member_id=member.id,
        )
    if request.points > 0:
        decision.earn(
            request.points, kind=EntryKind.ADJUST, cause=cause, rule=rule, at=occasion.now
        )
    else:
        lots = decision.state.left_of(points.open_lots(connection, member.id))
        uses = uses_to_spend(lots, -request.points, member_id=member.id)
        decision.take_away(uses, cause=cause, rule=rule)
    adjustments.add(connection, adjustment)
    apply(connection, decision, announce=occasion.announce)
    return {
        "adjustment_id": adjustment.id,
        "member_id": member.id,
        "points": request.points,
        **decision.fact_numbers,
    }
