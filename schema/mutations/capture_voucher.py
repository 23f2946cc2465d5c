"""captureVoucher: the reward is handed over."""

from typing import Annotated

import strawberry

from gamification.actions.capture_voucher import Capture, capture_voucher
from gamification.database import Connection
from gamification.vouchers import store as vouchers
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, row_id
from schema.problems import (
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    VisitClosed,
    VisitNotMeantForThis,
    VoucherNotOpen,
)
from schema.recorded import guest_of
from schema.results import answer, settled
from schema.visits import Guest
from schema.vouchers import Voucher, voucher_type


@strawberry.input(description="Which voucher of the visit's member, once per key.")
class CaptureVoucherInput:
    """See the description."""

    visit_id: strawberry.ID = field("An open visit that began with a scan.")
    voucher: str = field("The voucher's `id`, or the `code` that the member reads out.")
    idempotency_key: str | None = field("One for each capture; the same again is the same one.")


@strawberry.type(description="Hand the reward over.")
class VoucherCaptured:
    """See the description."""

    voucher: Voucher = field("What to hand over.")
    replayed: bool = field("Whether this key was used before: then this is the first answer.")
    guest: Guest = field("The member as they stand now.")


CaptureVoucherResult = Annotated[
    VoucherCaptured
    | VoucherNotOpen
    | VisitClosed
    | VisitNotMeantForThis
    | NotFound
    | InvalidInput
    | IdempotencyConflict
    | NotAllowed,
    strawberry.union("CaptureVoucherResult", description="The success, or a typed problem."),
]


async def resolve(
    info: strawberry.Info[Context],
    input: CaptureVoucherInput,  # noqa: A002 -- the one argument of every mutation
) -> CaptureVoucherResult:
    """Capture a voucher in a visit."""
    context = info.context
    request = Capture(
        visit_id=row_id(NodeKind.VISIT, input.visit_id),
        voucher=row_id(NodeKind.VOUCHER, input.voucher) or input.voucher,
        idempotency_key=input.idempotency_key,
    )

    def effect(connection: Connection) -> VoucherCaptured | VoucherNotOpen:
        done = capture_voucher(connection, request, context.occasion(connection))

        def success() -> VoucherCaptured:
            row = vouchers.by_id(connection, done.outcome["voucher_id"])
            return VoucherCaptured(
                voucher=voucher_type(row, context.programme, context.programme.locale),
                replayed=done.replayed,
                guest=guest_of(connection, done.outcome, info),
            )

        return settled(done, success)

    return await answer(context, effect)
