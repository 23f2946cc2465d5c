"""Claim an activity: a member says what they did, and staff decide whether it counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gamification.activities import store as activities
from gamification.activities.kinds import Kind, Recorder, Value
from gamification.activities.rules import once_key
from gamification.claims import store as claims
from gamification.claims.rules import Claim, check_room
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import cycle_of
from gamification.effects.once import once
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.staff.rules import require_member
from gamification.timeline import store as timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityToClaim:
    """What the member did. `attributes` are by name, as the kind has them."""

    kind: str
    idempotency_key: str | None
    attributes: Mapping[str, Value] = field(default_factory=dict)


def claim_activity(connection: Connection, request: ActivityToClaim, occasion: Occasion) -> Answer:
    """Outcome: `claim_id`, `member_id`. Nothing counts until staff approve it.

    Raises Refusal KIND_UNKNOWN for what no member records, what `Kind.check` raises,
    TOO_MANY_CLAIMS, NOT_ENROLLED and FORBIDDEN. ALREADY_COUNTED, also while a claim waits that
    would count in the same cycle or reviews the same product, is sticky.
    """
    member_id = require_member(occasion.actor)
    return once(
        connection,
        request,
        occasion,
        lambda: _claim(connection, request, occasion, member_id),
        operation="claimActivity",
    )


def _claim(
    connection: Connection, request: ActivityToClaim, occasion: Occasion, member_id: str
) -> dict[str, Any]:
    kinds = {kind.id: kind for kind in occasion.programme.recorded_by(Recorder.MEMBER)}
    if request.kind not in kinds:
        raise Refusal("KIND_UNKNOWN", known=", ".join(kinds) or "none")
    kind = kinds[request.kind]
    kind.check(request.attributes)
    claim = Claim(
        id=occasion.new_id(),
        member_id=member_id,
        kind=kind.id,
        attributes=request.attributes,
        claimed_at=occasion.now,
    )
    timeline.lock(connection, member_id)
    waiting = claims.waiting_of(connection, member_id)
    check_room(len(waiting))
    key = _once_key(claim, kind, occasion)
    if key is not None:
        same = (_once_key(each, kind, occasion) for each in waiting if each.kind == kind.id)
        if key in same or activities.is_counted(connection, key):
            raise Refusal("ALREADY_COUNTED", sticky=True, member_id=member_id)
    claims.add(connection, claim)
    return {"claim_id": claim.id, "member_id": member_id}


def _once_key(claim: Claim, kind: Kind, occasion: Occasion) -> str | None:
    """What the claim's activity will count as, if its kind counts once."""
    day = local_day(claim.claimed_at, occasion.programme)
    cycle = cycle_of(kind, claim.attributes, day=day)
    return once_key(kind.id, claim.member_id, cycle) if cycle else None
