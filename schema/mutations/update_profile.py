"""updateProfile: what a member says of themselves."""

from datetime import date
from typing import Annotated

import strawberry

from gamification.actions.update_profile import Profile, update_profile
from gamification.database import Connection
from schema.context import Context
from schema.fields import field
from schema.members import Member, read_member
from schema.problems import InvalidInput, NotAllowed, NotEnrolled
from schema.results import answer
from schema.selection import selection_of


@strawberry.input(description="What changes; what is left out stays as it is.")
class UpdateProfileInput:
    """See the description."""

    display_name: str | None = strawberry.field(
        default=None, description="What to greet you by; 1 to 100 characters."
    )
    locale: str | None = strawberry.field(
        default=None, description="The language of texts and messages, such as `pl`."
    )
    time_zone: str | None = strawberry.field(
        default=None, description="IANA name, such as `Europe/Warsaw`; whose quiet hours hold."
    )
    email: str | None = strawberry.field(default=None, description="To reach you.")
    birthday: date | None = strawberry.field(
        default=None, description="It is said once; later it stands."
    )


@strawberry.type(description="The profile is as it was asked for.")
class ProfileUpdated:
    """See the description."""

    member: Member = field("The member.")


UpdateProfileResult = Annotated[
    ProfileUpdated | InvalidInput | NotAllowed | NotEnrolled,
    strawberry.union("UpdateProfileResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: UpdateProfileInput,  # noqa: A002 -- the one argument of every mutation
) -> UpdateProfileResult:
    """Change what the member says of themselves."""
    context, selection = info.context, selection_of(info, "member")
    request = Profile(
        display_name=input.display_name,
        locale=input.locale,
        time_zone=input.time_zone,
        email=input.email,
        birthday=input.birthday,
    )

    def effect(connection: Connection) -> ProfileUpdated:
        record = update_profile(connection, request, context.occasion(connection))
        return ProfileUpdated(member=read_member(connection, record, context, selection))

    return await answer(context, effect)
