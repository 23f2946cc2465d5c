"""claimActivity: a member says what they did; it counts when staff approve it."""

from typing import Annotated

import strawberry

from gamification.actions.claim_activity import ActivityToClaim, claim_activity
from gamification.database import Connection
from schema.attributes import AttributeInput, attributes_of
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.problems import (
    AlreadyCounted,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotEnrolled,
    TooManyClaims,
)
from schema.results import answer, settled


@strawberry.input(description="What you did, once per key.")
class ClaimActivityInput:
    """See the description."""

    kind: str = field("The id of an `[[activity]]` that members record.")
    idempotency_key: str | None = field("One for each claim; the same again is the same claim.")
    attributes: list[AttributeInput] | None = strawberry.field(
        default=None, description="What the kind's attributes say; each once."
    )


@strawberry.type(description="Staff will look at it. The timeline tells what became of it.")
class ActivityClaimed:
    """See the description."""

    claim_id: strawberry.ID = field("Names it to staff.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")


ClaimActivityResult = Annotated[
    ActivityClaimed
    | AlreadyCounted
    | TooManyClaims
    | InvalidInput
    | IdempotencyConflict
    | NotEnrolled
    | NotAllowed,
    strawberry.union("ClaimActivityResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: ClaimActivityInput,  # noqa: A002 -- the one argument of every mutation
) -> ClaimActivityResult:
    """Claim what the member did."""
    context = info.context

    def effect(connection: Connection) -> ActivityClaimed | AlreadyCounted:
        request = ActivityToClaim(
            kind=input.kind,
            attributes=attributes_of(input.attributes or ()),
            idempotency_key=input.idempotency_key,
        )
        done = claim_activity(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: ActivityClaimed(
                claim_id=strawberry.ID(global_id(NodeKind.CLAIM, done.outcome["claim_id"])),
                replayed=done.replayed,
            ),
        )

    return await answer(context, effect)
