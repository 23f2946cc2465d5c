"""archiveInboxLine: the list has the line no more."""

from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.staff.rules import require_member
from notifications.actions.archive_inbox_line import archive_inbox_line
from schema.context import Context
from schema.fields import field
from schema.problems import NotAllowed, NotEnrolled, NotFound
from schema.results import answer


@strawberry.input(description="Which line of the member who asks.")
class ArchiveInboxLineInput:
    """See the description."""

    line_id: strawberry.ID = field("The line's `id`.")


@strawberry.type(description="The inbox has the line no more.")
class InboxLineArchived:
    """See the description."""

    unread_count: int = field("How many lines are unread still.")


ArchiveInboxLineResult = Annotated[
    InboxLineArchived | NotFound | NotAllowed | NotEnrolled,
    strawberry.union("ArchiveInboxLineResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: ArchiveInboxLineInput,  # noqa: A002 -- the one argument of every mutation
) -> ArchiveInboxLineResult:
    """Archive a line of the member who asks."""
    context = info.context

    def effect(connection: Connection) -> InboxLineArchived:
        occasion = context.occasion(connection)
        unread = archive_inbox_line(
            connection,
            member_id=require_member(occasion.actor),
            line_id=input.line_id,
            now=occasion.now,
        )
        return InboxLineArchived(unread_count=unread)

    return await answer(context, effect)
