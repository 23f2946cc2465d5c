"""recordActivity: what members did, of kinds that the programme names; up to 500 at once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from gamification.actions.record_activity import ActivityToRecord, record_activity
from gamification.activities.kinds import ATTRIBUTES_MAX, Value
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.staff.rules import require_staff
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
    problem_of,
)
from schema.recorded import facts_of
from schema.results import answer, settled
from schema.targets import TargetInput, aware, target_of

ACTIVITIES_MAX = 500  # of one request: each is a transaction of some two milliseconds
AT_ONCE = 8  # leaves room for the tills among the writes that wait


@strawberry.input(one_of=True, description="The value of an attribute: exactly one of these.")
class AttributeValueInput:
    """See the description."""

    whole: int | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `whole`."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `text`, or `choice`."
    )
    flag: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Of the type `flag`."
    )


@strawberry.input(description="An attribute that the programme gives this kind of activity.")
class AttributeInput:
    """See the description."""

    name: str = field("Its id in the programme.")
    value: AttributeValueInput = field("Of the attribute's type.")


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
        _check_length(given, field="activities", minimum=1, maximum=ACTIVITIES_MAX)
        await context.read(lambda connection: require_staff(context.actor(connection)))
    except Refusal as refusal:
        return problem_of(refusal)  # type: ignore[return-value]  # its type is that of the code
    answers: list[ActivityAnswer] = []
    for start in range(0, len(given), AT_ONCE):
        few = given[start : start + AT_ONCE]
        answers += await asyncio.gather(*(_recorded(context, each) for each in few))
    return ActivitiesAnswered(answers=answers)


def _check_length(given: Sequence[object], *, field: str, minimum: int, maximum: int) -> None:
    if not minimum <= len(given) <= maximum:
        raise Refusal("LIST_LENGTH", field=field, minimum=minimum, maximum=maximum)


async def _recorded(context: Context, given: ActivityInput) -> ActivityAnswer:
    def effect(connection: Connection) -> ActivityRecorded | AlreadyCounted:
        request = ActivityToRecord(
            target=target_of(given.target),
            kind=given.kind,
            attributes=_attributes(given.attributes or ()),
            idempotency_key=given.idempotency_key,
            occurred_at=aware(given.occurred_at),
        )
        done = record_activity(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: ActivityRecorded(
                points_earned=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, context),
            ),
        )

    return await answer(context, effect)


def _attributes(given: Sequence[AttributeInput]) -> Mapping[str, Value]:
    """By name. Raises Refusal ATTRIBUTE_TWICE or LIST_LENGTH."""
    _check_length(given, field="attributes", minimum=0, maximum=ATTRIBUTES_MAX)
    attributes: dict[str, Value] = {}
    for each in given:
        if each.name in attributes:
            raise Refusal("ATTRIBUTE_TWICE", field="attributes")
        value = each.value
        attributes[each.name] = next(
            v for v in (value.whole, value.text, value.flag) if v not in {None, strawberry.UNSET}
        )
    return attributes
