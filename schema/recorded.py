"""What the answers of recording mutations share: ids of the outcome, resolved anew."""

from collections.abc import Mapping
from typing import Any

import strawberry

from gamification.database import Connection
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.points import entries
from gamification.timeline import store as timeline
from schema.connections import Fact
from schema.context import Context
from schema.selection import fields_below
from schema.timeline import fact_type
from schema.visits import Guest, read_guest


def facts_of(
    connection: Connection,
    outcome: Mapping[str, Any],
    info: strawberry.Info[Context],
    *path: str,
) -> list[Fact]:
    """The facts that an activity set off, oldest first, in the programme's language.

    They stand as `facts` below `path` in what is being resolved.
    """
    first, last = outcome["first_fact"], outcome["last_fact"]
    rows = timeline.page(connection, outcome["member_id"], before=last + 1, most=last - first + 1)
    programme = info.context.programme
    is_why_asked = "why" in fields_below(info, *path, "facts")
    told = entries.of_facts(connection, rows) if is_why_asked else {}
    return [fact_type(row, programme, programme.locale, told) for row in reversed(rows)]


def guest_of(
    connection: Connection, outcome: Mapping[str, Any], info: strawberry.Info[Context]
) -> Guest:
    """The member of an outcome as staff see them now."""
    member = members.by_id(connection, outcome["member_id"])
    if member is None or member.is_forgotten:
        raise Refusal("MEMBER_UNKNOWN")
    return read_guest(connection, member, info.context, fields_below(info, "guest"))
