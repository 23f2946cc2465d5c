"""setConsent: what the member allows; marketing is off until then."""

from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.staff.rules import require_member
from notifications.actions.set_consent import ConsentToSet, set_consent
from schema.context import Context
from schema.enums import ConsentCategory, ConsentChannel
from schema.fields import field
from schema.problems import InvalidInput, NotAllowed, NotEnrolled
from schema.results import answer


@strawberry.input(description="What the member who asks allows or refuses.")
class SetConsentInput:
    """See the description."""

    category: ConsentCategory = field("What kind of messages.")
    channel: ConsentChannel = field("By which way.")
    granted: bool = field("True allows, false refuses.")
    text_version: str = field("Which wording the member agreed to; 1 to 64 characters.")


@strawberry.type(description="The decision is kept, with its time and wording.")
class ConsentSet:
    """See the description."""

    granted: bool = field("What holds from now on.")


SetConsentResult = Annotated[
    ConsentSet | InvalidInput | NotAllowed | NotEnrolled,
    strawberry.union("SetConsentResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: SetConsentInput,  # noqa: A002 -- the one argument of every mutation
) -> SetConsentResult:
    """Keep the decision of the member who asks."""
    context = info.context

    def effect(connection: Connection) -> ConsentSet:
        occasion = context.occasion(connection)
        set_consent(
            connection,
            ConsentToSet(
                member_id=require_member(occasion.actor),
                category=input.category.value,
                channel=input.channel.value,
                granted=input.granted,
                text_version=input.text_version,
                source="app",
            ),
            now=occasion.now,
        )
        return ConsentSet(granted=input.granted)

    return await answer(context, effect)
