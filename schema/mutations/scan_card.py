"""scanCard: a code is used up and opens a visit."""

from typing import Annotated

import strawberry

from gamification.actions.scan_card import CardScan, scan_card
from gamification.database import Connection
from schema.context import Context
from schema.fields import field
from schema.problems import (
    CodeExpired,
    CodeForged,
    CodeNotYetValid,
    CodeRevoked,
    CodeUnknown,
    CodeUnreadable,
    CodeUsed,
    NotAllowed,
    NotFound,
)
from schema.results import answer
from schema.selection import fields_below
from schema.visits import Visit, read_guest, visit_type


@strawberry.input(description="What the scanner read.")
class ScanCardInput:
    """See the description."""

    code: str = field("The text of the QR code.")
    store_id: str | None = strawberry.field(
        default=None, description="The store; left out: the one you serve in."
    )


@strawberry.type(description="The code is used up, and a visit is open for five minutes.")
class CardScanned:
    """See the description."""

    visit: Visit = field("The visit, with who it is.")


ScanCardResult = Annotated[
    CardScanned
    | CodeUnreadable
    | CodeForged
    | CodeExpired
    | CodeNotYetValid
    | CodeUsed
    | CodeRevoked
    | CodeUnknown
    | NotFound
    | NotAllowed,
    strawberry.union("ScanCardResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: ScanCardInput,  # noqa: A002 -- the one argument of every mutation
) -> ScanCardResult:
    """Open a visit for whoever the code belongs to."""
    context, fields = info.context, fields_below(info, "visit", "guest")
    request = CardScan(code=input.code, store_id=input.store_id)

    def effect(connection: Connection) -> CardScanned:
        visit, member = scan_card(
            connection, request, context.occasion(connection), public_keys=context.public_keys
        )
        return CardScanned(visit=visit_type(visit, read_guest(connection, member, context, fields)))

    return await answer(context, effect)
