"""Segments of members, as staff see them."""

import strawberry

from gamification.database import Connection
from gamification.effects.placing import place
from gamification.members.rules import MemberRecord
from gamification.texts import text_in
from schema.context import Context
from schema.fields import field


@strawberry.type(description="Members who have something in common, by the programme's rules.")
class Segment:
    """See the description."""

    id: str = field("The segment's name in the programme file.")
    name: str = field("In the programme's language.")


def read_segments(connection: Connection, member: MemberRecord, context: Context) -> list[Segment]:
    """The segments that a member is in now, in the programme's order; by one statement."""
    programme = context.programme
    placing = place(connection, member.id, programme, now=context.now())
    return [
        Segment(id=segment.id, name=text_in(segment.name, programme.locale))
        for segment in programme.segments.named.values()
        if segment.id in placing.segments
    ]
