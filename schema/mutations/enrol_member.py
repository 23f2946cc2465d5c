"""enrolMember: binds the token's subject to a new member."""

from datetime import date
from typing import Annotated

import strawberry

from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.staff.rules import Role
from schema.context import Context
from schema.fields import field
from schema.members import Member, read_member
from schema.problems import InvalidInput, NotAllowed
from schema.results import answer
from schema.selection import selection_of


@strawberry.input(description="Who joins.")
class EnrolMemberInput:
    """See the description."""

    display_name: str = field("What to greet them by; 1 to 100 characters.")
    locale: str = field("The language of texts and messages, such as `pl` or `zh-Hant`.")
    time_zone: str = field("IANA name, such as `Europe/Warsaw`; whose quiet hours hold.")
    email: str | None = strawberry.field(default=None, description="To reach them; optional.")
    birthday: date | None = strawberry.field(default=None, description="Optional.")
    referred_by: str | None = strawberry.field(
        default=None, description="The number of the member who brought them."
    )


@strawberry.type(description="The member of this token's holder.")
class MemberEnrolled:
    """See the description."""

    member: Member = field("The member.")
    already_enrolled: bool = field("Whether they were a member before; then nothing was changed.")


EnrolMemberResult = Annotated[
    MemberEnrolled | InvalidInput | NotAllowed,
    strawberry.union("EnrolMemberResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: EnrolMemberInput,  # noqa: A002 -- the one argument of every mutation
) -> EnrolMemberResult:
    """Enrol the subject of the token."""
    context, selection = info.context, selection_of(info, "member")
    request = Enrolment(
        subject=context.subject,
        display_name=input.display_name,
        locale=input.locale,
        time_zone=input.time_zone,
        email=input.email,
        birthday=input.birthday,
        referred_by=input.referred_by,
    )

    def effect(connection: Connection) -> MemberEnrolled:
        if context.role is not Role.MEMBER:
            raise Refusal("FORBIDDEN")
        record, is_new = enrol_member(
            connection,
            request,
            context.occasion(connection),
            new_number=context.new_number,
            new_handle=context.new_handle,
        )
        return MemberEnrolled(
            member=read_member(connection, record, context, selection),
            already_enrolled=not is_new,
        )

    return await answer(context, effect)
