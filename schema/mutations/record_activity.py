"""recordActivity: what members did, of kinds that the programme names; up to 500 at once."""

import asyncio
from datetime import datetime
from typing import Annotated

import strawberry

from gamification.actions.record_activity import ActivityToRecord, record_activity
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.staff.rules import require_staff
from schema.attributes import AttributeInput, attributes_of, check_length
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.problems import (
    AlreadyCounted,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    VisitClosed,
    VisitNotMeantForThis,
)
from schema.recorded import facts_of
from schema.refusals import problem_of
from schema.results import answer, settled
from schema.targets import TargetInput, aware, target_of

ACTIVITIES_MAX = 500  # of one request: each is a transaction of some two milliseconds
AT_ONCE = 8  # leaves room for the tills among the writes that wait


@strawberry.input(description="What somebody did, once per key.")
class ActivityInput:
    """See the description."""

    target: TargetInput = field("Who did it.")
    kind: str = field("The id of an `[[activity]]` in the programme.")
    idempotency_key: str | None = field(
        "One for each activity; the same again is the same activity."
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=None, description="What the kind's attributes say; each once."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When, with offset. Left out: now."
    )


@strawberry.input(description="What members did.")
class RecordActivityInput:
    """See the description."""

    activities: list[ActivityInput] = field(
        "From 1 to 500, recorded in no promised order, each for itself."
    )


@strawberry.type(description="The activity is on record.")
class ActivityRecorded:
    """See the description."""

    points_earned: int = field("By the earning rules; prizes are among the facts.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off.")


ActivityAnswer = Annotated[
    ActivityRecorded
    | InvalidInput
    | IdempotencyConflict
    | AlreadyCounted
    | NotFound
    | NotAllowed
    | VisitClosed
    | VisitNotMeantForThis,
    strawberry.union("ActivityAnswer", description="What became of one of the activities."),
]


@strawberry.type(description="Each activity has its answer.")
class ActivitiesAnswered:
    """See the description."""

    answers: list[ActivityAnswer] = field("One for each activity, in the order of the request.")


RecordActivityResult = Annotated[
    ActivitiesAnswered | InvalidInput | NotAllowed,
    strawberry.union("RecordActivityResult", description="The answers, or why none was tried."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RecordActivityInput,  # noqa: A002 -- the one argument of every mutation
) -> RecordActivityResult:
    """Record what members did."""
    context, given = info.context, input.activities
    try:
        check_length(given, field="activities", minimum=1, maximum=ACTIVITIES_MAX)
        await context.read(lambda connection: require_staff(context.actor(connection)))
    except Refusal as refusal:
        return problem_of(refusal)  # type: ignore[return-value]  # its type is that of the code
    answers: list[ActivityAnswer] = []
    for start in range(0, len(given), AT_ONCE):
        few = given[start : start + AT_ONCE]
        answers += await asyncio.gather(*(_recorded(info, each) for each in few))
    return ActivitiesAnswered(answers=answers)


async def _recorded(info: strawberry.Info[Context], given: ActivityInput) -> ActivityAnswer:
    context = info.context

    def effect(connection: Connection) -> ActivityRecorded | AlreadyCounted:
        request = ActivityToRecord(
            target=target_of(given.target),
            kind=given.kind,
            attributes=attributes_of(given.attributes or ()),
            idempotency_key=given.idempotency_key,
            occurred_at=aware(given.occurred_at),
        )
        done = record_activity(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: ActivityRecorded(
                points_earned=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info, "answers"),
            ),
        )

    return await answer(context, effect)
