"""Archive a line of the inbox: the list has it no more."""

from datetime import datetime

from gamification.database import Connection
from gamification.errors import Refusal
from notifications import inbox


def archive_inbox_line(
    connection: Connection, *, member_id: str, line_id: str, now: datetime
) -> int:
    """Keep when it was first archived; gives how many lines are unread still.

    Raises Refusal INBOX_LINE_UNKNOWN for a line that the member was not told of.
    """
    if not inbox.has(connection, member_id, line_id):
        raise Refusal("INBOX_LINE_UNKNOWN")
    inbox.archive(connection, member_id, line_id, now=now)
    return inbox.unread(connection, member_id)
