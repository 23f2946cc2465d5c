"""One activity from end to end: check, gather, decide, apply."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

from gamification.activities import store as activities
from gamification.activities.kinds import PICTURE, PRODUCT, RATING, TEXT
from gamification.activities.rules import (
    CLOCK_SKEW_S_MAX,
    Activity,
    ActivityKind,
    check_activity,
)
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.cards import look_at_filled_cards
from gamification.effects.decide import count_activity, decide_activity
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord
from gamification.points.rules import Movement
from gamification.reviews import store as reviews
from gamification.reviews.rules import Review, product_key

_RECORDED: Mapping[str, FactKind] = {
    ActivityKind.PURCHASE: FactKind.PURCHASE_RECORDED,
    ActivityKind.VISIT: FactKind.VISIT_RECORDED,
}


def perform(
    connection: Connection, activity: Activity, member: MemberRecord, occasion: Occasion
) -> dict[str, Any]:
    """Record an activity of a member with all it sets off.

    Outcome: `activity_id`, `member_id`, `points`, `first_fact`, `last_fact`; and if some of the
    points cool off, `cooling`: (from when they can be spent, points), soonest first. Raises
    Refusal, of which RECEIPT_ALREADY_CLAIMED and ALREADY_COUNTED are sticky.
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
    decision = begin(connection, member, occasion, day=activity.local_date, kind=activity.kind)
    decision.activity = activity
    _tell_of(decision, activity)
    context = count_activity(decision, activity)
    look_at_filled_cards(connection, decision)
    decide_activity(decision, activity, context, new_code=occasion.new_code)
    apply(connection, decision, announce=occasion.announce)
    kind = occasion.programme.kinds.get(activity.kind)
    if kind and kind.is_review:
        reviews.add(connection, _review_of(activity))
    return {
        "activity_id": activity.id,
        "member_id": member.id,
        "points": decision.points_earned,
        **_cooling(decision.movements),
        **decision.fact_numbers,
    }


def _cooling(movements: Sequence[Movement]) -> dict[str, Any]:
    cooling: Counter[str] = Counter()
    for movement in movements:
        if movement.new_lot and movement.new_lot.due_at:
            cooling[movement.new_lot.due_at.astimezone(UTC).isoformat()] += movement.amount
    return {"cooling": [list(each) for each in sorted(cooling.items())]} if cooling else {}


def _review_of(activity: Activity) -> Review:
    told = activity.attributes
    return Review(
        activity_id=activity.id,
        member_id=activity.member_id,
        product=product_key(str(told[PRODUCT])),
        rating=int(told[RATING]),
        text=str(told[TEXT]) if TEXT in told else None,
        picture=str(told[PICTURE]) if PICTURE in told else None,
        reviewed_at=activity.occurred_at,
    )


def _tell_of(decision: Decision, activity: Activity) -> None:
    if activity.kind in _RECORDED:
        decision.tell(
            _RECORDED[activity.kind], at=activity.occurred_at, amount_minor=activity.amount_minor
        )
    else:
        decision.tell(
            FactKind.ACTIVITY_RECORDED, at=activity.occurred_at, activity=str(activity.kind)
        )
