"""Activities of the kinds that a programme names."""

from collections.abc import Mapping
from datetime import datetime

from gamification.activities.kinds import Kind, Value
from gamification.activities.rules import Activity, once_key
from gamification.effects.occasion import Occasion
from gamification.effects.state import local_day
from gamification.members.rules import MemberRecord
from gamification.visits.rules import Visit


def activity_of(
    kind: Kind,
    member: MemberRecord,
    occasion: Occasion,
    *,
    at: datetime,
    attributes: Mapping[str, Value],
    visit: Visit | None = None,
) -> Activity:
    """An activity that was checked, with what it claims if its kind counts once."""
    day = local_day(at, occasion.programme)
    return Activity(
        id=occasion.new_id(),
        member_id=member.id,
        kind=kind.id,
        occurred_at=at,
        local_date=day,
        store_id=visit.store_id if visit else occasion.actor.store_id,
        staff_id=occasion.actor.staff_id,
        visit_id=visit.id if visit else None,
        attributes=attributes,
        once_key=once_key(kind.id, member.id, kind.once.span(day).cycle) if kind.once else None,
    )
