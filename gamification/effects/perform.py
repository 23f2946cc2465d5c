"""One activity from end to end: check, gather, decide, apply."""

from typing import Any

from gamification.activities import store as activities
from gamification.activities.rules import Activity, ActivityKind, check_activity
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.decide import decide_activity
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord

_RECORDED = {
    ActivityKind.PURCHASE: FactKind.PURCHASE_RECORDED,
    ActivityKind.VISIT: FactKind.VISIT_RECORDED,
}


def perform(
    connection: Connection, activity: Activity, member: MemberRecord, occasion: Occasion
) -> dict[str, Any]:
    """Record an activity of a member with all it sets off.

    Outcome: `activity_id`, `member_id`, `points`, `first_fact`, `last_fact`. Raises Refusal, of
    which RECEIPT_ALREADY_CLAIMED is sticky.
    """
    check_activity(
        activity, now=occasion.now, amount_minor_max=occasion.programme.purchase_minor_max
    )
    receipt_key = activities.receipt_key(activity.receipt, activity.store_id)
    if receipt_key and activities.by_receipt(connection, receipt_key):
        raise Refusal("RECEIPT_ALREADY_CLAIMED", sticky=True, member_id=member.id)
    decision = begin(connection, member, occasion, day=activity.local_date)
    decision.activity = activity
    decision.tell(
        _RECORDED[activity.kind], at=activity.occurred_at, amount_minor=activity.amount_minor
    )
    decide_activity(decision, activity, new_code=occasion.new_code)
    apply(connection, decision, announce=occasion.announce)
    return {
        "activity_id": activity.id,
        "member_id": member.id,
        "points": decision.points_earned,
        **decision.fact_numbers,
    }
