"""decideClaim: staff let count what a member says they did, or not."""

from typing import Annotated

import strawberry

from gamification.actions.decide_claim import ClaimDecision, decide_claim
from gamification.database import Connection
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, row_id
from schema.problems import (
    AlreadyCounted,
    AlreadyDecided,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from schema.recorded import facts_of
from schema.results import answer, settled


@strawberry.input(description="Which claim, and whether it counts; once per key.")
class DecideClaimInput:
    """See the description."""

    claim_id: strawberry.ID = field("One that waits.")
    approve: bool = field("True: it counts, for the day of the claim. False: it never does.")
    idempotency_key: str | None = field("One for each decision; the same again is the same one.")


@strawberry.type(description="The claim is decided.")
class ClaimDecided:
    """See the description."""

    approved: bool = field("Whether it is on record as an activity now.")
    points_earned: int = field("By the earning rules; prizes are among the facts.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off.")


DecideClaimResult = Annotated[
    ClaimDecided
    | AlreadyDecided
    | AlreadyCounted
    | InvalidInput
    | IdempotencyConflict
    | NotFound
    | NotAllowed,
    strawberry.union("DecideClaimResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: DecideClaimInput,  # noqa: A002 -- the one argument of every mutation
) -> DecideClaimResult:
    """Approve a claim, or refuse it."""
    context = info.context
    request = ClaimDecision(
        claim_id=row_id(NodeKind.CLAIM, input.claim_id),
        approve=input.approve,
        idempotency_key=input.idempotency_key,
    )

    def effect(connection: Connection) -> ClaimDecided | AlreadyCounted:
        done = decide_claim(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: ClaimDecided(
                approved="activity_id" in done.outcome,
                points_earned=done.outcome.get("points", 0),
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info),
            ),
        )

    return await answer(context, effect)
