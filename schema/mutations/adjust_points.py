"""adjustPoints: a manager gives points, or takes some, by hand."""

from datetime import datetime
from typing import Annotated

import strawberry

from gamification.actions.adjust_points import PointsToAdjust, adjust_points
from gamification.adjustments import store as adjustments
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.problems import (
    BalanceTooLarge,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
    VisitClosed,
    VisitNotMeantForThis,
)
from schema.recorded import facts_of, guest_of
from schema.results import answer, settled
from schema.targets import TargetInput, target_of
from schema.visits import Guest


@strawberry.input(description="Whose points change by how many, and why, once per key.")
class AdjustPointsInput:
    """See the description."""

    target: TargetInput = field("Whose points.")
    points: int = field(
        "How many are given, or taken if it is below 0. Not 0, and no more than the programme's"
        " `largest_adjustment`."
    )
    reason: str = field("Why, for the shop's own records; up to 200 characters.")
    idempotency_key: str | None = field(
        "One for each adjustment; the same again is the same adjustment."
    )


@strawberry.type(description="The points are given, or taken.")
class PointsAdjusted:
    """See the description."""

    points: int = field("How many were given, or taken if it is below 0.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off.")
    guest: Guest = field("The member as they stand now.")


@strawberry.type(description="So many points need a second manager: nothing has moved yet.")
class AdjustmentProposed:
    """See the description."""

    adjustment_id: strawberry.ID = field("Another manager names it in `decideAdjustment`.")
    points: int = field("How many shall be given, or taken if it is below 0.")
    expires_at: datetime = field("When it can be decided no more.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")


AdjustPointsResult = Annotated[
    PointsAdjusted
    | AdjustmentProposed
    | NotEnoughPoints
    | BalanceTooLarge
    | InvalidInput
    | IdempotencyConflict
    | NotFound
    | NotAllowed
    | VisitClosed
    | VisitNotMeantForThis,
    strawberry.union("AdjustPointsResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: AdjustPointsInput,  # noqa: A002 -- the one argument of every mutation
) -> AdjustPointsResult:
    """Give points, or take some."""
    context = info.context
    request = PointsToAdjust(
        target=target_of(input.target),
        points=input.points,
        reason=input.reason,
        idempotency_key=input.idempotency_key,
    )

    def effect(
        connection: Connection,
    ) -> PointsAdjusted | AdjustmentProposed | NotEnoughPoints | BalanceTooLarge:
        done = adjust_points(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: (
                _proposed(connection, done)
                if "proposal_id" in done.outcome
                else PointsAdjusted(
                    points=done.outcome["points"],
                    replayed=done.replayed,
                    facts=facts_of(connection, done.outcome, info),
                    guest=guest_of(connection, done.outcome, info),
                )
            ),
        )

    return await answer(context, effect)


def _proposed(connection: Connection, done: Answer) -> AdjustmentProposed:
    proposal = adjustments.proposal(connection, done.outcome["proposal_id"])
    if proposal is None:
        raise Refusal("PROPOSAL_UNKNOWN")
    return AdjustmentProposed(
        adjustment_id=strawberry.ID(global_id(NodeKind.ADJUSTMENT, proposal.id)),
        points=proposal.points,
        expires_at=proposal.expires_at,
        replayed=done.replayed,
    )
