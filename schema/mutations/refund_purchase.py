"""refundPurchase: everything a purchase set off is undone, and recorded as undone."""

from typing import Annotated

import strawberry

from gamification.actions.refund_purchase import Refund, refund_purchase
from gamification.database import Connection
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


@strawberry.input(description="Which purchase is given back, whole, once per key.")
class RefundPurchaseInput:
    """See the description."""

    purchase: PurchaseToRefundInput = field("Which purchase.")
    idempotency_key: str | None = field("One for each refund; the same again is the same refund.")


@strawberry.type(description="The purchase is undone.")
class PurchaseRefunded:
    """See the description."""

    points_taken_back: int = field("What it had earned, prizes that rested on it included.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    facts: list[Fact] = field("What was undone.")
    guest: Guest = field("The member as they stand now.")


RefundPurchaseResult = Annotated[
    PurchaseRefunded | AlreadyRefunded | NotFound | InvalidInput | IdempotencyConflict | NotAllowed,
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
    )

    def effect(connection: Connection) -> PurchaseRefunded | AlreadyRefunded:
        done = refund_purchase(connection, request, context.occasion(connection))
        return settled(
            done,
            lambda: PurchaseRefunded(
                points_taken_back=done.outcome["points"],
                replayed=done.replayed,
                facts=facts_of(connection, done.outcome, context),
                guest=guest_of(connection, done.outcome, info),
            ),
        )

    return await answer(context, effect)
