"""Record an activity of a kind that the programme names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gamification.actions.targets import Target, find_target
from gamification.activities.kinds import Kind, Recorder, Value
from gamification.activities.rules import check_moment
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import activity_of
from gamification.effects.once import once
from gamification.effects.perform import perform
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.staff.rules import Role, require_staff


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityToRecord:
    """Who did what. `attributes` are by name, as the kind has them."""

    target: Target
    kind: str
    idempotency_key: str | None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    occurred_at: datetime | None = None


def record_activity(
    connection: Connection, request: ActivityToRecord, occasion: Occasion
) -> Answer:
    """Outcome as of `recordPurchase`.

    Raises Refusal KIND_UNKNOWN, FORBIDDEN for a kind that others record, what `Kind.check` raises,
    and what is wrong with the moment or the member. ALREADY_COUNTED is part of the answer.
    """

    def effect() -> dict[str, Any]:
        kind = _kind(request.kind, occasion)
        kind.check(request.attributes)
        found = find_target(
            connection, request.target, occasion.actor, now=occasion.now, needs=CodeFlag.EARN
        )
        occurred_at = request.occurred_at or occasion.now
        check_moment(occurred_at, now=occasion.now)
        activity = activity_of(
            kind,
            found.member,
            occasion,
            at=occurred_at,
            attributes=request.attributes,
            visit=found.visit,
        )
        return perform(connection, activity, found.member, occasion)

    return once(connection, request, occasion, effect, operation="recordActivity")


def _kind(kind_id: str, occasion: Occasion) -> Kind:
    require_staff(occasion.actor)
    kinds = occasion.programme.kinds
    if kind_id not in kinds:
        raise Refusal("KIND_UNKNOWN", known=", ".join(kinds) or "none")
    is_system = occasion.actor.role is Role.SYSTEM
    if (Recorder.SYSTEM if is_system else Recorder.STAFF) not in kinds[kind_id].recorded_by:
        raise Refusal("FORBIDDEN")
    return kinds[kind_id]
