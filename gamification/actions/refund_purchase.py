"""Refund a purchase: everything it set off is undone, and recorded as undone."""

from dataclasses import dataclass
from typing import Any

from gamification.activities import store as activities
from gamification.activities.rules import Activity, ActivityKind
from gamification.database import Connection
from gamification.effects import clawback, undo
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.goals import store as goals
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.points import store as points
from gamification.points.rules import Lot
from gamification.staff.rules import Role, require_staff
from gamification.vouchers import store as vouchers


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund:
    """Which purchase is given back, whole: by its id, or by the receipt of the actor's store."""

    purchase_id: str | None
    receipt: str | None
    idempotency_key: str | None


def refund_purchase(connection: Connection, request: Refund, occasion: Occasion) -> Answer:
    """Outcome: `activity_id`, `member_id`, `points` taken back, `first_fact`, `last_fact`.

    Refusals: PURCHASE_UNKNOWN, ALREADY_REFUNDED (sticky), FORBIDDEN.
    """
    return once(
        connection,
        request,
        occasion,
        lambda: _refund(connection, request, occasion),
        operation="refundPurchase",
    )


def _refund(connection: Connection, request: Refund, occasion: Occasion) -> dict[str, Any]:
    purchase = _find(connection, request, occasion)
    member = members.by_id(connection, purchase.member_id)
    if member is None or member.is_forgotten:
        raise Refusal("PURCHASE_UNKNOWN")
    decision = begin(connection, member, occasion, day=purchase.local_date)
    # The member is locked now: no other refund of theirs comes between.
    if activities.refund_of(connection, purchase.id):
        raise Refusal("ALREADY_REFUNDED", sticky=True, member_id=member.id)
    refund = Activity(
        id=occasion.new_id(),
        member_id=member.id,
        kind=ActivityKind.REFUND,
        occurred_at=occasion.now,
        local_date=purchase.local_date,
        amount_minor=purchase.amount_minor,
        store_id=occasion.actor.store_id,
        staff_id=occasion.actor.staff_id,
        channel=purchase.channel,
        refund_of=purchase.id,
    )
    decision.activity = refund
    decision.tell(
        FactKind.PURCHASE_REFUNDED,
        at=refund.occurred_at,
        purchase=purchase.id,
        amount_minor=purchase.amount_minor,
    )
    undo.lower_counts(decision, refund, activities.effects_read(purchase.effects))
    touched = undo.awards_touched(decision)
    lost = undo.without_ground(
        decision, touched, goals.counts(connection, member.id, list(touched)) if touched else {}
    )
    undo.withdraw(
        decision,
        lost,
        vouchers.of_awards(connection, [award.id for award in lost]),
        at=refund.occurred_at,
    )
    causes = points.earning_causes(connection, purchase.id)
    causes += [f"prize:{award.id}" for award in lost]
    rows = points.lots_of_causes(connection, causes)
    purse = clawback.purse_of(decision, points.open_lots(connection, member.id))
    if purse.missing(rows) > 0:
        bought = _bought(connection, member.id)
        clawback.withdraw_bought(decision, purse, rows, bought, at=refund.occurred_at)
    taken = clawback.take_points_back(decision, refund, purse, rows)
    apply(connection, decision, announce=occasion.announce)
    return {
        "activity_id": refund.id,
        "member_id": member.id,
        "points": taken,
        **decision.fact_numbers,
    }


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
