"""markInboxRead: what the member has read, and so what a push has led to."""

from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.staff.rules import require_member
from notifications.actions.mark_inbox_read import LinesToRead, mark_inbox_read
from schema.context import Context
from schema.fields import field
from schema.problems import InvalidInput, NotAllowed, NotEnrolled, NotFound
from schema.results import answer


@strawberry.input(description="Which lines of the member who asks.", one_of=True)
class MarkInboxReadInput:
    """See the description."""

    line_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="This line alone: it was opened, in the list or by its push.",
    )
    through: str | None = strawberry.field(
        default=strawberry.UNSET, description="The line at this cursor, and all older ones."
    )


@strawberry.type(description="The lines are read. Of those that were read before, nothing changes.")
class InboxMarkedRead:
    """See the description."""

    unread_count: int = field("How many lines are unread still.")


MarkInboxReadResult = Annotated[
    InboxMarkedRead | InvalidInput | NotFound | NotAllowed | NotEnrolled,
    strawberry.union("MarkInboxReadResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: MarkInboxReadInput,  # noqa: A002 -- the one argument of every mutation
) -> MarkInboxReadResult:
    """Mark lines of the member who asks."""
    context = info.context

    def effect(connection: Connection) -> InboxMarkedRead:
        occasion = context.occasion(connection)
        line = input.line_id or None
        unread = mark_inbox_read(
            connection,
            LinesToRead(
                member_id=require_member(occasion.actor),
                line_id=line or input.through or "",
                and_older=line is None,
            ),
            now=occasion.now,
        )
        return InboxMarkedRead(unread_count=unread)

    return await answer(context, effect)
