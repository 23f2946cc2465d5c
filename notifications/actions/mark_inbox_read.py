"""Mark lines of the inbox as read: one, or all up to one."""

from dataclasses import dataclass
from datetime import datetime

from gamification.database import Connection
from gamification.errors import Refusal
from notifications import inbox


@dataclass(frozen=True, kw_only=True, slots=True)
class LinesToRead:
    """A line of the member who asks; `and_older` means all that lie behind it as well."""

    member_id: str
    line_id: str
    and_older: bool


def mark_inbox_read(connection: Connection, request: LinesToRead, *, now: datetime) -> int:
    """Keep when they were first read; gives how many are unread still.

    Raises Refusal INBOX_LINE_UNKNOWN for one line that the member was not told of, and
    CURSOR_UNKNOWN for what is no line's id: `and_older` asks for no more, as the line may be gone.
    """
    if request.and_older:
        if not inbox.is_id(request.line_id):
            raise Refusal("CURSOR_UNKNOWN", field="through")
        inbox.read_through(connection, request.member_id, request.line_id, now=now)
    else:
        if not inbox.has(connection, request.member_id, request.line_id):
            raise Refusal("INBOX_LINE_UNKNOWN")
        inbox.read(connection, request.member_id, request.line_id, now=now)
    return inbox.unread(connection, request.member_id)
