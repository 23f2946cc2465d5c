"""One activity from end to end: check, gather, decide, apply."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gamification.activities import store as activities
from gamification.activities.rules import (
    CLOCK_SKEW_S_MAX,
    Activity,
    ActivityKind,
    check_activity,
)
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.decide import decide_activity
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord

_RECORDED: Mapping[str, FactKind] = {
    ActivityKind.PURCHASE: FactKind.PURCHASE_RECORDED,
    ActivityKind.VISIT: FactKind.VISIT_RECORDED,
}


def perform(
    connection: Connection, activity: Activity, member: MemberRecord, occasion: Occasion
) -> dict[str, Any]:
    """Record an activity of a member with all it sets off.

    Outcome: `activity_id`, `member_id`, `points`, `first_fact`, `last_fact`. Raises Refusal, of
    which RECEIPT_ALREADY_CLAIMED and ALREADY_COUNTED are sticky.
    """
    check_activity(
        activity, now=occasion.now, amount_minor_max=occasion.programme.purchase_minor_max
    )
    if activity.occurred_at < member.joined_at - timedelta(seconds=CLOCK_SKEW_S_MAX):
        raise Refusal("OCCURRED_BEFORE_JOINING")
    receipt_key = activities.receipt_key(activity.receipt, activity.store_id)
    if receipt_key and activities.by_receipt(connection, receipt_key):
        raise Refusal("RECEIPT_ALREADY_CLAIMED", sticky=True, member_id=member.id)
    if activity.once_key and activities.is_counted(connection, activity.once_key):
        raise Refusal("ALREADY_COUNTED", sticky=True, member_id=member.id)
    decision = begin(connection, member, occasion, day=activity.local_date)
    decision.activity = activity
    _tell_of(decision, activity)
    decide_activity(decision, activity, new_code=occasion.new_code)
    apply(connection, decision, announce=occasion.announce)
    return {
        "activity_id": activity.id,
        "member_id": member.id,
        "points": decision.points_earned,
        **decision.fact_numbers,
    }


def _tell_of(decision: Decision, activity: Activity) -> None:
    if activity.kind in _RECORDED:
        decision.tell(
            _RECORDED[activity.kind], at=activity.occurred_at, amount_minor=activity.amount_minor
        )
    else:
        decision.tell(
            FactKind.ACTIVITY_RECORDED, at=activity.occurred_at, activity=str(activity.kind)
        )
