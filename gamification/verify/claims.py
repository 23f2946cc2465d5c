"""I7 and I11 for what members claim: one activity for each claim, and its stars in its review."""

from sqlalchemy import or_, select

from gamification.activities.kinds import RATING
from gamification.activities.tables import Activity
from gamification.claims.tables import Claim
from gamification.database import table_of
from gamification.reviews.tables import Review
from gamification.verify.violations import Check, Query, check_of

_activity = table_of(Activity)
_claim = table_of(Claim)
_review = table_of(Review)

CLAIMS = check_of(
    "I7",
    "an approved claim is one activity: its member's, of its kind, when it was claimed",
    Query(
        table="claim",
        says=(
            "is {kind} of member {member_id} at {claimed_at}; its activity {activity_id} is {done}"
            " of member {doer} at {occurred_at}"
        ),
        statement=select(
            _claim.c.id.label("row_id"),
            _claim.c.kind,
            _claim.c.member_id,
            _claim.c.claimed_at,
            _claim.c.activity_id,
            _activity.c.kind.label("done"),
            _activity.c.member_id.label("doer"),
            _activity.c.occurred_at,
        )
        .select_from(_claim.outerjoin(_activity, _activity.c.id == _claim.c.activity_id))
        .where(
            _claim.c.activity_id.is_not(None),
            or_(
                _activity.c.id.is_(None),
                _activity.c.member_id != _claim.c.member_id,
                _activity.c.kind != _claim.c.kind,
                _activity.c.occurred_at != _claim.c.claimed_at,
            ),
        )
        .order_by(_claim.c.id),
    ),
)
REVIEWS = check_of(
    "I11",
    "a review has the stars of its activity, and its member",
    Query(
        table="review",
        says=(
            "has {rating} stars of member {member_id}; its activity has {stars} of member {doer}"
        ),
        statement=select(
            _review.c.activity_id.label("row_id"),
            _review.c.rating,
            _review.c.member_id,
            _activity.c.attributes[RATING].as_integer().label("stars"),
            _activity.c.member_id.label("doer"),
        )
        .select_from(_review.outerjoin(_activity, _activity.c.id == _review.c.activity_id))
        .where(
            or_(
                _activity.c.id.is_(None),
                _activity.c.member_id != _review.c.member_id,
                _activity.c.attributes[RATING].as_integer() != _review.c.rating,
            )
        )
        .order_by(_review.c.activity_id),
    ),
)
CHECKS: tuple[Check, ...] = (CLAIMS, REVIEWS)
