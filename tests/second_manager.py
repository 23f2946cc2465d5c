"""A second manager, who decides what the first one proposes."""

from dataclasses import replace

from gamification.actions.decide_adjustment import AdjustmentDecision, decide_adjustment
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role
from tests.world import World

OTHER = Actor(principal="staff:second", role=Role.MANAGER, staff_id="second", store_id="centre")
LIMIT = 100  # points; more need both managers


def two_managers(world: World) -> World:
    """The same world with a second manager, under rules that need them above LIMIT points."""
    world.write(
        lambda c: staff.add(
            c,
            staff_id=OTHER.staff_id or "",
            store_id=OTHER.store_id or "",
            role=OTHER.role.value,
            label="second manager",
            now=world.now,
        )
    )
    world.programme = replace(world.programme, second_look_above=LIMIT)
    return world


def propose(world: World, member: MemberRecord, points: int) -> str:
    """The id of a proposal of the first manager."""
    return str(world.adjust(member, points).result()["proposal_id"])


def decide(
    world: World,
    proposal_id: str,
    *,
    approve: bool = True,
    actor: Actor = OTHER,
    key: str | None = None,
) -> Answer:
    request = AdjustmentDecision(
        adjustment_id=proposal_id, approve=approve, idempotency_key=key or world.key()
    )
    return world.write(lambda c: decide_adjustment(c, request, world.occasion(actor)))
