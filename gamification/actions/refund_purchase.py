"""Refund a purchase, or a part of it: what that set off is undone, and recorded as undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gamification.activities import store as activities
from gamification.activities.returns import Left, left_of
from gamification.activities.rules import Activity, ActivityKind, ReturnedLine
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.give_back import give_back
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.expressions import BASKET_LINES_MAX
from gamification.facts import FactKind
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.money import to_minor
from gamification.referrals import store as referrals
from gamification.staff.rules import Role, require_staff


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundLine:
    """Pieces of one line of the purchase, which is named by its position from 1."""

    line: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund:
    """Which purchase is given back: by its id, or by the receipt of the actor's store.

    And what of it: pieces of `lines`, or an `amount` in major units; None of them: all that is
    left.
    """

    purchase_id: str | None
    receipt: str | None
    idempotency_key: str | None
    lines: Sequence[RefundLine] | None = None
    amount: Decimal | None = None


def refund_purchase(connection: Connection, request: Refund, occasion: Occasion) -> Answer:
    """Outcome: `activity_id`, `member_id`, `points` taken back, `first_fact`, `last_fact`.

    And in minor units `refunded_minor`, and `left_minor` of the purchase.
    Refusals: PURCHASE_UNKNOWN, ALREADY_REFUNDED and REFUND_TOO_LARGE (sticky), FORBIDDEN; of what
    is given back REFUND_AMBIGUOUS, LIST_LENGTH, LINE_TWICE, LINE_UNKNOWN, QUANTITY_OUT_OF_RANGE,
    AMOUNT_OUT_OF_RANGE, TOO_MANY_DECIMALS.
    """
    return once(
        connection,
        request,
        occasion,
        lambda: _refund(connection, request, occasion),
        operation="refundPurchase",
    )


def _refund(connection: Connection, request: Refund, occasion: Occasion) -> dict[str, Any]:
    row = _find(connection, request, occasion)
    member = members.by_id(connection, row.member_id)
    if member is None or member.is_forgotten:
        raise Refusal("PURCHASE_UNKNOWN")
    decision = begin(connection, member, occasion, day=row.local_date)
    # The member is locked now: no other refund of theirs comes between.
    before = activities.refunds_of(connection, row.id)
    purchase = activities.as_recorded(row)
    left = left_of(purchase, map(activities.as_recorded, before))
    if before and left.is_nothing:
        raise Refusal("ALREADY_REFUNDED", sticky=True, member_id=member.id)
    amount_minor, lines = _asked(request, left, digits=occasion.programme.currency_digits)
    left = left.without(amount_minor, lines)
    refund = Activity(
        id=occasion.new_id(),
        member_id=member.id,
        kind=ActivityKind.REFUND,
        occurred_at=occasion.now,
        local_date=purchase.local_date,
        amount_minor=amount_minor,
        returned=lines,
        store_id=occasion.actor.store_id,
        staff_id=occasion.actor.staff_id,
        channel=purchase.channel,
        refund_of=purchase.id,
    )
    decision.activity = refund
    is_whole = not before and left.is_nothing
    decision.tell(
        FactKind.PURCHASE_REFUNDED,
        at=refund.occurred_at,
        purchase=purchase.id,
        amount_minor=amount_minor,
        **({} if is_whole else {"of_minor": purchase.amount_minor}),
    )
    taken = give_back(connection, decision, refund, row=row, before=before, left=left)
    apply(connection, decision, announce=occasion.announce)
    if occasion.programme.referral is not None:
        referrals.doubt(connection, member.id)
    return {
        "activity_id": refund.id,
        "member_id": member.id,
        "points": taken,
        "refunded_minor": amount_minor,
        "left_minor": left.amount_minor,
        **decision.fact_numbers,
    }


def _asked(request: Refund, left: Left, *, digits: int) -> tuple[int, Sequence[ReturnedLine]]:
    """The money and the lines that are given back."""
    if request.lines is not None and request.amount is not None:
        raise Refusal("REFUND_AMBIGUOUS")
    if request.amount is not None:
        amount_minor = to_minor(request.amount, digits=digits, field="amount")
        return amount_minor, left.money(amount_minor, digits=digits)
    if request.lines is None:
        return left.amount_minor, left.everything()
    if not 1 <= len(request.lines) <= BASKET_LINES_MAX:
        raise Refusal("LIST_LENGTH", field="lines", minimum=1, maximum=BASKET_LINES_MAX)
    lines = left.pieces([(each.line, each.quantity) for each in request.lines], digits=digits)
    return sum(line.amount_minor for line in lines), lines


def _find(connection: Connection, request: Refund, occasion: Occasion) -> Any:
    _, store_id = require_staff(occasion.actor)
    purchase_id = request.purchase_id
    # PostgreSQL takes no NUL, not even to look for one; no receipt that was recorded has one.
    if purchase_id is None and request.receipt is not None and "\0" not in request.receipt:
        claimed = activities.by_receipt(
            connection, activities.receipt_key(request.receipt, store_id) or ""
        )
        purchase_id = claimed.id if claimed else None
    purchase = activities.by_id(connection, purchase_id) if purchase_id else None
    own_store_only = occasion.actor.role is Role.CLERK
    if (
        purchase is None
        or purchase.kind != ActivityKind.PURCHASE.value
        or (own_store_only and purchase.store_id != store_id)
    ):
        raise Refusal("PURCHASE_UNKNOWN")
    return purchase
