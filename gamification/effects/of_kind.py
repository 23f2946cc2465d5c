"""Activities of the kinds that a programme names."""

from collections.abc import Mapping
from datetime import date, datetime

from gamification.activities import store as activities
from gamification.activities.kinds import PRODUCT, Kind, Recorder, Value
from gamification.activities.returns import left_of
from gamification.activities.rules import Activity, ActivityKind, once_key
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.give_back import give_back
from gamification.effects.occasion import Occasion
from gamification.effects.perform import perform
from gamification.effects.state import local_day
from gamification.facts import FactKind
from gamification.members.rules import MemberRecord
from gamification.reviews.rules import product_digest
from gamification.visits.rules import Visit

EVER = "ever"  # the one cycle of what a member does once


def cycle_of(kind: Kind, attributes: Mapping[str, Value], *, day: date) -> str | None:
    """In what an activity of a day counts once: a review, for its product; None: each counts."""
    if kind.is_review:
        # A claim that waits may be from before its kind was a review, and tell no product.
        return product_digest(str(attributes.get(PRODUCT, "")))
    return kind.once.span(day).cycle if kind.once else None


def activity_of(
    kind: Kind,
    member: MemberRecord,
    occasion: Occasion,
    *,
    at: datetime,
    attributes: Mapping[str, Value] | None = None,
    visit: Visit | None = None,
    cycle: str | None = None,
) -> Activity:
    """An activity that was checked, with what it claims if its kind counts once.

    It counts once in `cycle`, else in that of its kind, if that has one.
    """
    day = local_day(at, occasion.programme)
    cycle = cycle or cycle_of(kind, attributes or {}, day=day)
    return Activity(
        id=occasion.new_id(),
        member_id=member.id,
        kind=kind.id,
        occurred_at=at,
        local_date=day,
        store_id=visit.store_id if visit else occasion.actor.store_id,
        staff_id=occasion.actor.staff_id,
        visit_id=visit.id if visit else None,
        attributes=attributes or {},
        once_key=once_key(kind.id, member.id, cycle) if cycle else None,
    )


def record_by_itself(
    connection: Connection,
    recorder: Recorder,
    member: MemberRecord,
    occasion: Occasion,
    *,
    cycle: str,
) -> list[str]:
    """Record what the programme names for an occasion, once in a cycle; the kinds recorded now."""
    recorded = []
    for kind in occasion.programme.recorded_by(recorder):
        activity = activity_of(kind, member, occasion, at=occasion.now, cycle=cycle)
        if activity.once_key and not activities.is_counted(connection, activity.once_key):
            perform(connection, activity, member, occasion)
            recorded.append(kind.id)
    return recorded


def withdraw_by_itself(
    connection: Connection, member: MemberRecord, occasion: Occasion, *, cycle: str
) -> None:
    """Undo what `record_by_itself` recorded of a member in a cycle."""
    for row in activities.of_cycle(connection, member.id, cycle):
        if activities.refunds_of(connection, row.id):
            continue
        decision = begin(connection, member, occasion, day=row.local_date)
        left = left_of(activities.as_recorded(row), ())
        decision.activity = refund = Activity(
            id=occasion.new_id(),
            member_id=member.id,
            kind=ActivityKind.REFUND,
            occurred_at=occasion.now,
            local_date=row.local_date,
            channel=row.channel,
            refund_of=row.id,
        )
        decision.tell(FactKind.ACTIVITY_WITHDRAWN, at=occasion.now, activity=row.kind)
        give_back(connection, decision, refund, row=row, before=(), left=left)
        apply(connection, decision, announce=occasion.announce)
