"""Record a purchase: points, progress, prizes and facts, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gamification.actions.targets import Found, Target, find_target
from gamification.activities.rules import Activity, ActivityKind, Line, check_moment
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.effects.perform import perform
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.money import to_minor


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseLine:
    """A line of the basket; `amount` is the whole line's, in major units."""

    name: str
    category: str
    quantity: int
    amount: Decimal
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """What was bought. Amounts are in major units; `currency` None is the programme's."""

    target: Target
    total: Decimal
    idempotency_key: str | None
    currency: str | None = None
    lines: Sequence[PurchaseLine] = ()
    receipt: str | None = None
    occurred_at: datetime | None = None
    channel: str = "store"


def record_purchase(connection: Connection, request: Purchase, occasion: Occasion) -> Answer:
    """Outcome: `activity_id`, `member_id`, `points`, `first_fact`, `last_fact`; `cooling` if any.

    Raises Refusal for what is wrong with the input; refusals that depend on what was recorded
    before are part of the answer.
    """

    def effect() -> dict[str, Any]:
        found = find_target(
            connection, request.target, occasion.actor, now=occasion.now, needs=CodeFlag.EARN
        )
        return perform(connection, _activity(request, found, occasion), found.member, occasion)

    return once(connection, request, occasion, effect, operation="recordPurchase")


def _activity(request: Purchase, found: Found, occasion: Occasion) -> Activity:
    programme = occasion.programme
    if request.currency not in {None, programme.currency}:
        raise Refusal("CURRENCY_MISMATCH", expected=programme.currency)
    digits = programme.currency_digits
    occurred_at = request.occurred_at or occasion.now
    check_moment(occurred_at, now=occasion.now)
    return Activity(
        id=occasion.new_id(),
        member_id=found.member.id,
        kind=ActivityKind.PURCHASE,
        occurred_at=occurred_at,
        local_date=local_day(occurred_at, programme),
        amount_minor=to_minor(request.total, digits=digits, field="total"),
        lines=tuple(
            Line(
                name=line.name,
                category=line.category,
                quantity=line.quantity,
                amount_minor=to_minor(line.amount, digits=digits, field="lines.amount"),
                sku=line.sku,
            )
            for line in request.lines
        ),
        receipt=request.receipt,
        store_id=found.visit.store_id if found.visit else occasion.actor.store_id,
        staff_id=occasion.actor.staff_id,
        visit_id=found.visit.id if found.visit else None,
        channel=request.channel,
    )
