"""The root of all subscriptions."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.members.rules import MemberRecord
from gamification.points import entries
from gamification.timeline import store as timeline
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.problems import RequestRefused
from schema.selection import fact_number, fields_below
from schema.timeline import fact_type

EVENTS_AT_ONCE = 100  # facts of one read; what a member was away for comes in several

AfterFact = Annotated[
    str | None,
    strawberry.argument(
        description="The `cursor` of the last event that the app has, or the `number` of the newest"
        " fact; left out: events from now on."
    ),
]


@strawberry.type(description="Something happened to the member.")
class MemberEvent:
    """See the description."""

    cursor: str = field("Give it as `after` to go on behind this event.")
    fact: Fact = field("What happened, as the timeline has it.")


@strawberry.type(description="What can be followed, over a WebSocket or server-sent events.")
class Subscription:
    """See the description."""

    @strawberry.subscription(
        description="What happens to the member who asks, oldest first: every fact behind `after`,"
        " once and without gaps, and then each as it happens."
    )
    async def member_events(
        self, info: strawberry.Info[Context], after: AfterFact = None
    ) -> AsyncIterator[MemberEvent]:
        """Read on whenever there may be more. Raises RequestRefused."""
        context = info.context
        has_why = "why" in fields_below(info, "fact")
        member, last = await context.read(lambda c: _start(c, context, after))
        async with aclosing(context.changes(member.id)) as changes:
            async for _ in changes:
                while events := await context.read(
                    partial(_events, context=context, member=member, after=last, has_why=has_why)
                ):
                    for event in events:
                        yield event
                    last = int(events[-1].cursor)


def _start(connection: Connection, context: Context, after: str | None) -> tuple[MemberRecord, int]:
    """Whose events, and the number behind which they begin. Raises RequestRefused."""
    member = _member(connection, context)
    newest = timeline.last_numbers(connection, [member.id])[member.id]
    number = newest if after is None else fact_number(after, "memberEvents")
    if number > newest:
        # Such as of a database that was restored since: what follows would be passed over.
        raise RequestRefused("`memberEvents.after` is of no fact of yours.", code="CURSOR")
    return member, number


def _member(connection: Connection, context: Context) -> MemberRecord:
    member = context.member(connection)
    if member is None:
        raise _not_enrolled()
    return member


def _not_enrolled() -> RequestRefused:
    return RequestRefused("Events are for members: enrol first.", code="NOT_ENROLLED")


def _events(
    connection: Connection, *, context: Context, member: MemberRecord, after: int, has_why: bool
) -> list[MemberEvent]:
    """The facts behind a number, oldest first."""
    asks = _member(connection, context)
    if asks.id != member.id:
        raise _not_enrolled()
    facts = timeline.page_after(connection, member.id, after=after, most=EVENTS_AT_ONCE)
    told_of = entries.of_facts(connection, facts) if has_why else {}
    return [
        MemberEvent(
            cursor=str(fact.number),
            fact=fact_type(fact, context.programme, asks.locale, told_of),
        )
        for fact in facts
    ]
