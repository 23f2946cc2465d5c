"""A member claims, and staff decide."""

from gamification.actions.claim_activity import ActivityToClaim, claim_activity
from gamification.actions.decide_claim import ClaimDecision, decide_claim
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Actor
from tests.world import CLERK, World

Told = int | str | bool


def claim(
    world: World,
    member: MemberRecord,
    kind: str,
    *,
    key: str | None = None,
    actor: Actor | None = None,
    **attributes: Told,
) -> Answer:
    request = ActivityToClaim(kind=kind, attributes=attributes, idempotency_key=key or world.key())
    occasion = world.occasion(actor or world.as_member(member))
    return world.write(lambda c: claim_activity(c, request, occasion))


def claimed(world: World, member: MemberRecord, kind: str, **attributes: Told) -> str:
    """The id of a claim."""
    return str(claim(world, member, kind, **attributes).result()["claim_id"])


def review(world: World, member: MemberRecord, product: str = "Gouda", **more: Told) -> str:
    """The id of a claim of three stars, unless more is said."""
    return claimed(world, member, "review", **{"product": product, "rating": 3, **more})


def decide(
    world: World,
    claim_id: str,
    *,
    approve: bool = True,
    actor: Actor = CLERK,
    key: str | None = None,
) -> Answer:
    request = ClaimDecision(claim_id=claim_id, approve=approve, idempotency_key=key or world.key())
    return world.write(lambda c: decide_claim(c, request, world.occasion(actor)))
