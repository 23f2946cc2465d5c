"""refundPurchase: what a purchase, or a part of it, set off is undone, and recorded as undone."""

from decimal import Decimal
from typing import Annotated

import strawberry

from gamification.actions.refund_purchase import Refund, RefundLine, refund_purchase
from gamification.database import Connection
from gamification.money import to_major
from schema.connections import Fact
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, row_id
from schema.problems import (
    AlreadyRefunded,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    RefundTooLarge,
)
from schema.recorded import facts_of, guest_of
from schema.results import answer, settled
from schema.visits import Guest


@strawberry.input(one_of=True, description="Which purchase: by its id or by its receipt.")
class PurchaseToRefundInput:
    """See the description."""

    purchase_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The `purchaseId` of `PurchaseRecorded`."
    )
    receipt: str | None = strawberry.field(
        default=strawberry.UNSET, description="The receipt's number in this store."
    )


@strawberry.input(description="Pieces of one line of the purchase.")
class RefundLineInput:
    """See the description."""

    line: int = field("The line's position in `recordPurchase`, from 1.")
    quantity: int = field("How many pieces; at most what is left of the line.")


@strawberry.input(
    description="Which purchase is given back, and what of it, once per key."
    " Without `lines` and `amount`: all that is left."
)
class RefundPurchaseInput:
    """See the description."""

    purchase: PurchaseToRefundInput = field("Which purchase.")
    idempotency_key: str | None = field("One for each refund; the same again is the same refund.")
    lines: list[RefundLineInput] | None = strawberry.field(
        default=None,
        description="Which pieces: each gives back its share of what its line cost. Up to 100.",
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="How much, in major units, if no lines are named; a purchase that was recorded"
        " without lines takes only this.",
    )


@strawberry.type(description="The purchase is undone, or a part of it.")
class PurchaseRefunded:
    """See the description."""

    refunded: Decimal = field("What was given back now, in major units.")
    left: Decimal = field("What is left of the purchase then, in major units.")
    points_taken_back: int = field("What it had earned, prizes that rested on it included.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What was undone.")
    guest: Guest = field("The member as they stand now.")


RefundPurchaseResult = Annotated[
    PurchaseRefunded
    | AlreadyRefunded
    | RefundTooLarge
    | NotFound
    | InvalidInput
    | IdempotencyConflict
    | NotAllowed,
    strawberry.union("RefundPurchaseResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: RefundPurchaseInput,  # noqa: A002 -- the one argument of every mutation
) -> RefundPurchaseResult:
    """Undo a purchase."""
    context = info.context
    purchase = input.purchase
    request = Refund(
        purchase_id=row_id(NodeKind.PURCHASE, purchase.purchase_id)
        if purchase.purchase_id
        else None,
        receipt=purchase.receipt or None,
        idempotency_key=input.idempotency_key,
        lines=None
        if input.lines is None
        else tuple(RefundLine(line=each.line, quantity=each.quantity) for each in input.lines),
        amount=input.amount,
    )
    digits = context.programme.currency_digits

    def effect(connection: Connection) -> PurchaseRefunded | AlreadyRefunded | RefundTooLarge:
        done = refund_purchase(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: PurchaseRefunded(
                refunded=to_major(done.outcome["refunded_minor"], digits=digits),
                left=to_major(done.outcome["left_minor"], digits=digits),
                points_taken_back=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, info),
                guest=guest_of(connection, done.outcome, info),
            ),
        )

    return await answer(context, effect)
