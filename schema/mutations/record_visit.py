"""recordVisit: somebody came by without buying."""

from datetime import datetime
from typing import Annotated

import strawberry

from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.database import Connection
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.problems import (
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    VisitClosed,
    VisitNotMeantForThis,
)
from schema.recorded import facts_of, guest_of
from schema.results import answer, settled
from schema.targets import TargetInput, aware, target_of
from schema.visits import Guest


@strawberry.input(description="Who came by, once per key.")
class RecordVisitInput:
    """See the description."""

    target: TargetInput = field("Whose visit.")
    idempotency_key: str | None = field("One for each visit; the same again is the same visit.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, with offset. Left out: now."
    )


@strawberry.type(description="The visit is on record.")
class VisitRecorded:
    """See the description."""

    points_earned: int = field("By the earning rules; prizes are among the facts.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off.")
    guest: Guest = field("The member as they stand now.")


RecordVisitResult = Annotated[
    VisitRecorded
    | InvalidInput
    | IdempotencyConflict
    | NotFound
    | NotAllowed
    | VisitClosed
    | VisitNotMeantForThis,
    strawberry.union("RecordVisitResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RecordVisitInput,  # noqa: A002 -- the one argument of every mutation
) -> RecordVisitResult:
    """Record that somebody came by."""
    context = info.context
    request = VisitToRecord(
        target=target_of(input.target),
        idempotency_key=input.idempotency_key,
        occurred_at=aware(input.occurred_at),
    )

    def effect(connection: Connection) -> VisitRecorded:
        done = record_visit(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: VisitRecorded(
                points_earned=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info),
                guest=guest_of(connection, done.outcome, info),
            ),
        )

    return await answer(context, effect)
