"""Refund a purchase, or a part of it: what that set off is undone, and recorded as undone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gamification.activities import store as activities
from gamification.activities.returns import Left, left_of
from gamification.activities.rules import Activity, ActivityKind, ReturnedLine
from gamification.database import Connection
from gamification.effects import clawback, returning, undo
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.cards import look_at_cards
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.expressions import BASKET_LINES_MAX
from gamification.facts import FactKind
from gamification.goals import store as goals
from gamification.goals.rules import Award
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.money import to_minor
from gamification.points import store as points
from gamification.points.rules import EntryKind, Lot
from gamification.staff.rules import Role, require_staff
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


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
    rest = returning.rest_of(decision, left, _told(connection, left))
    counted = [activities.effects_read(each.effects) for each in (row, *before)]
    excess = returning.counted_in_excess(
        decision, rest, counted=counted[0], still=returning.still_counted(counted)
    )
    undo.lower_counts(decision, refund, excess)
    look_at_cards(connection, decision)
    lost = _withdraw_awards(connection, decision, refund)
    claims = _claims(connection, decision, rest, refunds=[each.id for each in before], lost=lost)
    purse = clawback.purse_of(decision, points.open_lots(connection, member.id))
    if purse.missing(claims) > 0:
        bought = _bought(connection, member.id)
        clawback.withdraw_bought(decision, purse, claims, bought, at=refund.occurred_at)
    taken = clawback.take_points_back(decision, refund, purse, claims)
    apply(connection, decision, announce=occasion.announce)
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


def _told(connection: Connection, left: Left) -> Mapping[str, Any]:
    """What POINTS_EARNED told of the purchase, where something of it is left."""
    purchase = left.purchase
    if left.is_nothing:
        return {}
    return timeline.told(
        connection, purchase.member_id, FactKind.POINTS_EARNED, activity_id=purchase.id
    )


def _withdraw_awards(connection: Connection, decision: Decision, refund: Activity) -> list[Award]:
    """Withdraw the awards that the lowered counts no longer carry."""
    touched = undo.awards_touched(decision)
    counts = goals.counts(connection, refund.member_id, list(touched)) if touched else {}
    lost = undo.without_ground(decision, touched, counts)
    of_lost = vouchers.of_awards(connection, [award.id for award in lost])
    undo.withdraw(decision, lost, of_lost, at=refund.occurred_at)
    return lost


def _claims(
    connection: Connection,
    decision: Decision,
    rest: returning.Rest,
    *,
    refunds: Sequence[str],
    lost: Sequence[Award],
) -> list[clawback.Claim]:
    """What is to be taken back: of what the purchase earned, and of prizes all."""
    earning = points.earning_causes(connection, rest.left.purchase.id)
    rows = points.lots_of_causes(connection, [*earning, *(f"prize:{award.id}" for award in lost)])
    kept = returning.points_kept(decision, rest, [row for row in rows if row.cause in earning])
    moved = points.amounts_of_causes(
        connection,
        [
            f"{kind}:{refund}:{cause}"
            for refund in refunds
            for cause in earning
            for kind in (EntryKind.TAKE_BACK, EntryKind.OWE)
        ],
    )
    taken: Counter[str] = Counter()
    for cause, amount in moved.items():
        taken[cause.split(":", 2)[2]] += amount
    return [
        clawback.claim_on(row, taken=taken[row.cause], kept=kept.get(row.cause, 0)) for row in rows
    ]


def _bought(connection: Connection, member_id: str) -> list[clawback.Bought]:
    """The vouchers that were bought and not used, the newest first."""
    return [
        clawback.Bought(
            id=voucher.id,
            reward_id=voucher.reward_id,
            uses=[
                (Lot(id=use.lot_id, remaining=0, expires_at=use.expires_at), use.amount)
                for use in points.uses_of_cause(connection, f"reserve:{voucher.id}")
            ],
        )
        for voucher in vouchers.open_bought(connection, member_id)
    ]


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
