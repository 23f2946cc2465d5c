"""lookUpMember: a visit opens by number, for a stated reason."""

from typing import Annotated

import strawberry

from gamification.actions.look_up_member import LookUp, look_up_member
from gamification.database import Connection
from schema.context import Context
from schema.fields import field
from schema.problems import InvalidInput, NotAllowed, NotFound
from schema.results import answer
from schema.selection import fields_below
from schema.visits import Visit, read_guest, visit_type


@strawberry.input(description="Whom to find, and why the card is not shown.")
class LookUpMemberInput:
    """See the description."""

    number: str = field("The member number; spaces and hyphens do not matter.")
    reason: str = field("Why, in a few words; it is kept with the visit.")


@strawberry.type(description="A visit is open. It earns, but captures no vouchers.")
class MemberLookedUp:
    """See the description."""

    visit: Visit = field("The visit, with who it is.")


LookUpMemberResult = Annotated[
    MemberLookedUp | InvalidInput | NotFound | NotAllowed,
    strawberry.union("LookUpMemberResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: LookUpMemberInput,  # noqa: A002 -- the one argument of every mutation
) -> LookUpMemberResult:
    """Open a visit for the member of a number."""
    context, fields = info.context, fields_below(info, "visit", "guest")
    request = LookUp(number=input.number, reason=input.reason)

    def effect(connection: Connection) -> MemberLookedUp:
        visit, member = look_up_member(connection, request, context.occasion(connection))
        return MemberLookedUp(
            visit=visit_type(visit, read_guest(connection, member, context, fields))
        )

    return await answer(context, effect)
