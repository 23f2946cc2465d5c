"""joinChallenge: from now on the challenge can be won in this round."""

from typing import Annotated

import strawberry

from gamification.actions.join_challenge import join_challenge
from gamification.database import Connection
from schema.context import Context
from schema.fields import field
from schema.members import Member, read_self
from schema.problems import NotAllowed, NotEnrolled, NotFound
from schema.results import answer
from schema.selection import selection_of


@strawberry.input(description="Which challenge.")
class JoinChallengeInput:
    """See the description."""

    challenge_id: str = field("The challenge's `id`.")


@strawberry.type(description="The member takes part. What was done in this round counts already.")
class ChallengeJoined:
    """See the description."""

    cycle: str = field("The round that was joined, such as `2026-W12`.")
    member: Member = field("The member as they stand now.")


JoinChallengeResult = Annotated[
    ChallengeJoined | NotFound | NotAllowed | NotEnrolled,
    strawberry.union("JoinChallengeResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: JoinChallengeInput,  # noqa: A002 -- the one argument of every mutation
) -> JoinChallengeResult:
    """Join for the member who asks."""
    context, selection = info.context, selection_of(info, "member")

    def effect(connection: Connection) -> ChallengeJoined:
        occasion = context.occasion(connection)
        cycle = join_challenge(connection, input.challenge_id, occasion)
        return ChallengeJoined(cycle=cycle, member=read_self(connection, context, selection))

    return await answer(context, effect)
