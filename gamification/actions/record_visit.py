"""Record a visit without a purchase."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gamification.actions.targets import Target, find_target
from gamification.activities.rules import Activity, ActivityKind, check_moment
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.effects.perform import perform
from gamification.effects.state import local_day
from gamification.idempotency.rules import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitToRecord:
    """Who came by."""

    target: Target
    idempotency_key: str | None
    occurred_at: datetime | None = None


def record_visit(connection: Connection, request: VisitToRecord, occasion: Occasion) -> Answer:
    """Outcome as of `recordPurchase`, with an amount of 0."""

    def effect() -> dict[str, Any]:
        found = find_target(
            connection, request.target, occasion.actor, now=occasion.now, needs=CodeFlag.CHECK_IN
        )
        occurred_at = request.occurred_at or occasion.now
        check_moment(occurred_at, now=occasion.now)
        activity = Activity(
            id=occasion.new_id(),
            member_id=found.member.id,
            kind=ActivityKind.VISIT,
            occurred_at=occurred_at,
            local_date=local_day(occurred_at, occasion.programme),
            store_id=found.visit.store_id if found.visit else occasion.actor.store_id,
            staff_id=occasion.actor.staff_id,
            visit_id=found.visit.id if found.visit else None,
        )
        return perform(connection, activity, found.member, occasion)

    return once(connection, request, occasion, effect, operation="recordVisit")
