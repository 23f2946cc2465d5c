"""tagMember: staff put a word of the shop's own on a member, or take it off."""

from typing import Annotated

import strawberry

from gamification.actions.tag_member import TagToPut, tag_member
from gamification.database import Connection
from schema.context import Context
from schema.fields import field
from schema.problems import (
    InvalidInput,
    NotAllowed,
    NotFound,
    VisitClosed,
    VisitNotMeantForThis,
)
from schema.results import answer
from schema.selection import fields_below
from schema.targets import TargetInput, target_of
from schema.visits import Guest, read_guest


@strawberry.input(description="Which tag whom is put on, or taken off. The same again is the same.")
class TagMemberInput:
    """See the description."""

    target: TargetInput = field("Whom.")
    tag: str = field(
        "A word for programs: lower-case letters, digits and underscores, beginning with a letter;"
        " up to 40 characters. Nothing that only one person could be meant by."
    )
    remove: bool = strawberry.field(
        default=False, description="True takes the tag off; it need not be there."
    )


@strawberry.type(description="The tags are as it was asked for.")
class MemberTagged:
    """See the description."""

    tags: list[str] = field("All tags that the member has now, up to 20.")
    guest: Guest = field("The member as they stand now.")


TagMemberResult = Annotated[
    MemberTagged | InvalidInput | NotFound | NotAllowed | VisitClosed | VisitNotMeantForThis,
    strawberry.union("TagMemberResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: TagMemberInput,  # noqa: A002 -- the one argument of every mutation
) -> TagMemberResult:
    """Put a tag on, or take it off."""
    context, fields = info.context, fields_below(info, "guest")
    request = TagToPut(target=target_of(input.target), tag=input.tag, remove=input.remove)

    def effect(connection: Connection) -> MemberTagged:
        member, tags = tag_member(connection, request, context.occasion(connection))
        return MemberTagged(tags=tags, guest=read_guest(connection, member, context, fields))

    return await answer(context, effect)
