"""decideAdjustment: a second manager looks at what another one proposed."""

from typing import Annotated

import strawberry

from gamification.actions.decide_adjustment import AdjustmentDecision, decide_adjustment
from gamification.database import Connection
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, row_id
from schema.problems import (
    AlreadyDecided,
    BalanceTooLarge,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
)
from schema.recorded import facts_of, guest_of
from schema.results import answer, settled
from schema.visits import Guest


@strawberry.input(description="Which adjustment, and whether its points shall move; once per key.")
class DecideAdjustmentInput:
    """See the description."""

    adjustment_id: strawberry.ID = field("One that another manager proposed.")
    approve: bool = field("True: the points move. False: they never do.")
    idempotency_key: str | None = field("One for each decision; the same again is the same one.")


@strawberry.type(description="The adjustment is decided.")
class AdjustmentDecided:
    """See the description."""

    approved: bool = field("Whether its points have moved.")
    points: int = field("How many it was about; below 0 those that were to be taken.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off: nothing, if it was refused.")
    guest: Guest = field("The member as they stand now.")


DecideAdjustmentResult = Annotated[
    AdjustmentDecided
    | AlreadyDecided
    | NotEnoughPoints
    | BalanceTooLarge
    | InvalidInput
    | IdempotencyConflict
    | NotFound
    | NotAllowed,
    strawberry.union("DecideAdjustmentResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: DecideAdjustmentInput,  # noqa: A002 -- the one argument of every mutation
) -> DecideAdjustmentResult:
    """Approve an adjustment, or refuse it."""
    context = info.context
    request = AdjustmentDecision(
        adjustment_id=row_id(NodeKind.ADJUSTMENT, input.adjustment_id),
        approve=input.approve,
        idempotency_key=input.idempotency_key,
    )

    def effect(connection: Connection) -> AdjustmentDecided | NotEnoughPoints | BalanceTooLarge:
        done = decide_adjustment(connection, request, context.occasion(connection))

        def success() -> AdjustmentDecided:
            approved = "adjustment_id" in done.outcome
            return AdjustmentDecided(
                approved=approved,
                points=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info) if approved else [],
                guest=guest_of(connection, done.outcome, info),
            )

        return settled(done, success)

    return await answer(context, effect)
