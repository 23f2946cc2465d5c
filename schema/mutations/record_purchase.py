"""recordPurchase: points, progress, prizes and facts, in one transaction."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from gamification.actions.record_purchase import Purchase, PurchaseLine, record_purchase
from gamification.database import Connection
from schema.connections import Fact
from schema.context import Context
from schema.enums import Channel
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.points import CoolingPoints, cooling_in
from schema.problems import (
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    ReceiptAlreadyClaimed,
    VisitClosed,
    VisitNotMeantForThis,
)
from schema.recorded import facts_of, guest_of
from schema.results import answer, settled
from schema.targets import TargetInput, aware, target_of
from schema.visits import Guest


@strawberry.input(description="A line of the basket.")
class PurchaseLineInput:
    """See the description."""

    name: str = field("What it was; 1 to 120 characters.")
    category: str = field("Such as `coffee`; those that the programme names count in its rules.")
    quantity: int = field("How many; a basket holds at most 500 pieces.")
    amount: Decimal = field("The whole line's price in major units.")
    sku: str | None = strawberry.field(default=None, description="The shop's article number.")


@strawberry.input(description="What was bought, once per key.")
class RecordPurchaseInput:
    """See the description."""

    target: TargetInput = field("Whose purchase.")
    total: Decimal = field("In major units, as a decimal string: `12.50`.")
    idempotency_key: str | None = field(
        "Made by the till, one for each purchase; the same again is the same purchase."
    )
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217; must be the programme's. Left out: the programme's."
    )
    lines: list[PurchaseLineInput] | None = strawberry.field(
        default=None, description="At most 100; they add up to the total."
    )
    receipt: str | None = strawberry.field(
        default=None, description="The receipt's number in this store; it counts once."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was paid, with offset. Left out: now."
    )
    channel: Channel = strawberry.field(default=Channel.STORE, description="Where it was bought.")


@strawberry.type(description="The purchase is on record.")
class PurchaseRecorded:
    """See the description."""

    purchase_id: strawberry.ID = field("Name it in `refundPurchase`.")
    points_earned: int = field("By the earning rules; prizes are among the facts.")
    cooling: list[CoolingPoints] = field("What of them cools off until when, soonest first.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What it set off: points, badges, challenges, a tier.")
    guest: Guest = field("The member as they stand now.")


RecordPurchaseResult = Annotated[
    PurchaseRecorded
    | InvalidInput
    | IdempotencyConflict
    | ReceiptAlreadyClaimed
    | NotFound
    | NotAllowed
    | VisitClosed
    | VisitNotMeantForThis,
    strawberry.union("RecordPurchaseResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RecordPurchaseInput,  # noqa: A002 -- the one argument of every mutation
) -> RecordPurchaseResult:
    """Record what was bought."""
    context = info.context
    request = Purchase(
        target=target_of(input.target),
        total=input.total,
        idempotency_key=input.idempotency_key,
        currency=input.currency,
        lines=tuple(
            PurchaseLine(
                name=line.name,
                category=line.category,
                quantity=line.quantity,
                amount=line.amount,
                sku=line.sku,
            )
            for line in input.lines or ()
        ),
        receipt=input.receipt,
        occurred_at=aware(input.occurred_at),
        channel=input.channel.value,
    )

    def effect(connection: Connection) -> PurchaseRecorded | ReceiptAlreadyClaimed:
        done = record_purchase(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: PurchaseRecorded(
                purchase_id=strawberry.ID(
                    global_id(NodeKind.PURCHASE, done.outcome["activity_id"])
                ),
                points_earned=done.outcome["points"],
                cooling=cooling_in(done.outcome),
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info),
                guest=guest_of(connection, done.outcome, info),
            ),
        )

    return await answer(context, effect)
