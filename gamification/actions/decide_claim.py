"""Decide a claim: staff approve what a member says they did, so that it counts, or refuse it."""

from dataclasses import dataclass, replace
from typing import Any

from gamification.claims import store as claims
from gamification.claims.rules import Claim, ClaimState
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import activity_of
from gamification.effects.once import once
from gamification.effects.perform import perform
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Role, require_staff
from gamification.timeline import store as timeline

CHANNEL = "app"  # where members claim


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimDecision:
    """Which claim, and whether it counts."""

    claim_id: str
    approve: bool
    idempotency_key: str | None


def decide_claim(connection: Connection, request: ClaimDecision, occasion: Occasion) -> Answer:
    """Outcome of an approved one as of `recordActivity`; of a refused one without an activity.

    It counts for the day on which it was claimed. Raises Refusal CLAIM_UNKNOWN, CLAIM_DECIDED,
    FORBIDDEN; and of what cannot count any more and still waits KIND_UNKNOWN, what `Kind.check`
    raises, OCCURRED_TOO_EARLY, and ALREADY_COUNTED, which is sticky.
    """
    staff_id, _ = require_staff(occasion.actor, Role.MANAGER, Role.CLERK)
    return once(
        connection,
        request,
        occasion,
        lambda: _decide(connection, request, occasion, staff_id),
        operation="decideClaim",
    )


def _decide(
    connection: Connection, request: ClaimDecision, occasion: Occasion, staff_id: str
) -> dict[str, Any]:
    seen = claims.by_id(connection, request.claim_id)
    member = members.by_id(connection, seen.member_id) if seen else None
    if seen is None or member is None or member.is_forgotten:
        raise Refusal("CLAIM_UNKNOWN")
    timeline.lock(connection, member.id)
    # Under the lock, since somebody else may have decided meanwhile.
    claim = claims.by_id(connection, seen.id)
    if claim is None:
        raise Refusal("CLAIM_UNKNOWN")
    claim.check_decision()
    does = _approve if request.approve else _refuse
    outcome = does(connection, claim, member, occasion)
    claims.decide(
        connection,
        claim.id,
        state=(ClaimState.APPROVED if request.approve else ClaimState.REFUSED).value,
        staff_id=staff_id,
        activity_id=outcome.get("activity_id"),
        now=occasion.now,
    )
    return outcome


def _approve(
    connection: Connection, claim: Claim, member: MemberRecord, occasion: Occasion
) -> dict[str, Any]:
    kinds = occasion.programme.kinds
    if claim.kind not in kinds:
        raise Refusal("KIND_UNKNOWN", known=", ".join(kinds) or "none")
    kind = kinds[claim.kind]
    kind.check(claim.attributes)  # again: the programme may have changed
    activity = activity_of(kind, member, occasion, at=claim.claimed_at, attributes=claim.attributes)
    # Where whoever approves it serves has nothing to do with it.
    activity = replace(activity, store_id=None, channel=CHANNEL)
    return perform(connection, activity, member, occasion)


def _refuse(
    connection: Connection, claim: Claim, member: MemberRecord, occasion: Occasion
) -> dict[str, Any]:
    decision = begin(connection, member, occasion)
    decision.tell(FactKind.CLAIM_REFUSED, at=occasion.now, activity=claim.kind)
    apply(connection, decision, announce=occasion.announce)
    return {"member_id": member.id, **decision.fact_numbers}
