"""What waits until staff decide it."""

from datetime import datetime, timedelta

import strawberry

from gamification.activities.kinds import Kind
from gamification.adjustments import store as adjustments
from gamification.adjustments.rules import PROPOSAL_DAYS_MAX
from gamification.claims import store as claims
from gamification.claims.rules import Claim
from gamification.database import Connection
from gamification.members import store as members
from gamification.members.rules import grouped_number
from gamification.programme.values import Programme
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role
from gamification.texts import text_in
from schema.attributes import Attribute, attribute_types
from schema.fields import field
from schema.ids import NodeKind, global_id

DECIDE_CLAIMS = frozenset({Role.CLERK, Role.MANAGER})
LAPSES_AFTER = timedelta(days=PROPOSAL_DAYS_MAX)
WAITING_SHOWN_MAX = 100  # a short, bounded list: who has more to decide has to begin somewhere


@strawberry.type(description="Points to be given or taken when a second manager approves.")
class ProposedAdjustment:
    """See the description."""

    id: strawberry.ID = field("Name it in `decideAdjustment`.")
    display_name: str = field("Whose points: what to greet them by.")
    member_number: str = field("The member number as cards show it.")
    points: int = field("How many are to be given, or taken if it is below 0.")
    reason: str = field("Why, as the first manager put it.")
    proposed_by: str = field("What the first manager is called at the till.")
    is_own: bool = field("Whether you proposed it: then somebody else has to decide.")
    proposed_at: datetime = field("When.")
    expires_at: datetime = field("When it can be decided no more.")


@strawberry.type(description="What a member says they did. It says nothing of who they are.")
class WaitingClaim:
    """See the description."""

    id: strawberry.ID = field("Name it in `decideClaim`.")
    kind: str = field("The id of an `[[activity]]` in the programme.")
    kind_name: str = field("Its name in the programme's first language.")
    is_review: bool = field("Whether it is a review: if it is approved, everybody can read it.")
    attributes: list[Attribute] = field("What the member tells of it.")
    claimed_at: datetime = field("When; if it is approved, it counts for that day.")


def waiting_claims(
    connection: Connection, actor: Actor, programme: Programme
) -> list[WaitingClaim]:
    """What waits for clerks and managers, oldest first; nothing for anybody else."""
    if actor.role not in DECIDE_CLAIMS:
        return []
    return [
        _waiting_claim(each, programme.kinds.get(each.kind), programme.locale)
        for each in claims.waiting(connection, most=WAITING_SHOWN_MAX)
    ]


def _waiting_claim(claim: Claim, kind: Kind | None, locale: str) -> WaitingClaim:
    """`kind` is None when the programme has it no more."""
    return WaitingClaim(
        id=strawberry.ID(global_id(NodeKind.CLAIM, claim.id)),
        kind=claim.kind,
        kind_name=text_in(kind.name, locale) if kind else claim.kind,
        is_review=kind is not None and kind.is_review,
        attributes=attribute_types(claim.attributes),
        claimed_at=claim.claimed_at,
    )


def count_waiting_claims(connection: Connection, actor: Actor) -> int:
    """How many wait for clerks and managers in all; 0 for anybody else."""
    return claims.count_waiting(connection) if actor.role in DECIDE_CLAIMS else 0


def proposed_adjustments(
    connection: Connection, actor: Actor, *, now: datetime
) -> list[ProposedAdjustment]:
    """What waits for a manager, newest first; nothing for anybody else."""
    if actor.role is not Role.MANAGER:
        return []
    proposals = adjustments.waiting(connection, after=now - LAPSES_AFTER, most=WAITING_SHOWN_MAX)
    of_members = members.by_ids(connection, sorted({each.member_id for each in proposals}))
    labels = staff.labels(connection, sorted({each.staff_id for each in proposals}))
    return [
        ProposedAdjustment(
            id=strawberry.ID(global_id(NodeKind.ADJUSTMENT, each.id)),
            display_name=of_members[each.member_id].display_name,
            member_number=grouped_number(of_members[each.member_id].number),
            points=each.points,
            reason=each.reason,
            proposed_by=labels[each.staff_id],
            is_own=each.staff_id == actor.staff_id,
            proposed_at=each.proposed_at,
            expires_at=each.expires_at,
        )
        for each in proposals
    ]


def count_proposed_adjustments(connection: Connection, actor: Actor, *, now: datetime) -> int:
    """How many wait for a manager in all; 0 for anybody else."""
    if actor.role is not Role.MANAGER:
        return 0
    return adjustments.count_waiting(connection, after=now - LAPSES_AFTER)
