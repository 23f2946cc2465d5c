"""What an adjustment sets off: points given or taken by hand."""

from typing import Any

from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import Adjustment, rule_of
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord
from gamification.points import store as points
from gamification.points.rules import BALANCE_POINTS_MAX, EntryKind, lots_left, uses_to_spend


def adjust(
    connection: Connection,
    adjustment: Adjustment,
    member: MemberRecord,
    occasion: Occasion,
    *,
    approved_by: str | None = None,
) -> dict[str, Any]:
    """Record an adjustment and move its points.

    Outcome: `adjustment_id`, `member_id`, `points`, `first_fact`, `last_fact`.
    Raises Refusal NOT_ENOUGH_POINTS or BALANCE_TOO_LARGE, before anything is written; both sticky.
    """
    decision = begin(connection, member, occasion)
    cause, rule = f"adjust:{adjustment.id}", rule_of(adjustment.staff_id, approved_by)
    fact = decision.tell(FactKind.POINTS_ADJUSTED, at=occasion.now, points=adjustment.points)
    before = len(decision.movements)
    if adjustment.points > decision.room:
        raise Refusal(
            "BALANCE_TOO_LARGE",
            sticky=True,
            maximum=BALANCE_POINTS_MAX,
            room=decision.room,
            member_id=member.id,
        )
    if adjustment.points > 0:
        decision.earn(
            adjustment.points, kind=EntryKind.ADJUST, cause=cause, rule=rule, at=occasion.now
        )
    else:
        lots = lots_left(points.open_lots(connection, member.id), decision.movements)
        uses = uses_to_spend(lots, -adjustment.points, member_id=member.id)
        decision.take_away(uses, cause=cause, rule=rule)
    decision.link(fact, since=before)
    adjustments.add(connection, adjustment)
    apply(connection, decision, announce=occasion.announce)
    return {
        "adjustment_id": adjustment.id,
        "member_id": member.id,
        "points": adjustment.points,
        **decision.fact_numbers,
    }
