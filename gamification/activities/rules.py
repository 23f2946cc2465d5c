"""Activities: what a member did, and the measures that count it."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from gamification.errors import Refusal
from gamification.expressions import (
    BASKET_LINES_MAX,
    Context,
    Expression,
)
from gamification.progress import Unit
from gamification.texts import Text, check_text

RECEIPT_CHARACTERS_MAX = 64
TEXT_CHARACTERS_MAX = 120  # a product name or a category on a line
QUANTITY_MAX = 500  # of a whole basket: points may be given by the piece
CLOCK_SKEW_S_MAX = 120  # a till's clock may be ahead of ours by this much
# What a measure may count of one activity: a thousand times the largest purchase in minor units,
# and nine million such activities fit into the 64 bits of a bucket.
COUNTED_MAX = 10**12
OCCURRED_DAYS_MAX = 90  # a till that was offline for a season; an import moves the clock instead


class ActivityKind(StrEnum):
    """What every programme knows; it may name more (`activities.kinds`)."""

    PURCHASE = "purchase"
    VISIT = "visit"
    REFUND = "refund"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a basket. `amount_minor` is the whole line's, in minor units."""

    name: str
    category: str
    quantity: int
    amount_minor: int
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnedLine:
    """What a refund gave back of one line of its purchase: pieces and money, in minor units.

    `line` is the line's position in the purchase, from 1: a refund repeats no words.
    """

    line: int
    quantity: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """Something a member did. `amount_minor` is in minor units of the programme's currency.

    A purchase has `lines`, a refund what it `returned` of those of the purchase `refund_of`.
    """

    id: str
    member_id: str
    kind: str
    occurred_at: datetime
    local_date: date
    amount_minor: int = 0
    lines: Sequence[Line] = ()
    returned: Sequence[ReturnedLine] = ()
    receipt: str | None = None
    store_id: str | None = None
    staff_id: str | None = None
    visit_id: str | None = None
    channel: str = "store"
    refund_of: str | None = None
    attributes: Mapping[str, int | str | bool] = field(default_factory=dict)
    once_key: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What to count of which activities: `amount` of those for which `condition` holds.

    `note` is what members are told of it.
    """

    id: str
    kinds: frozenset[str]
    unit: Unit
    amount: Expression
    note: Text | None = None
    condition: Expression | None = None


# What an activity counted: (measure, day, amount). A refund repeats it with the sign turned.
Effect = tuple[str, date, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberFacts:
    """What expressions may know of a member."""

    tier: str
    joined_at: datetime
    locale: str
    attributes: Mapping[str, object] = field(default_factory=dict)


def context_of(
    activity: Activity,
    member: MemberFacts,
    *,
    zone: ZoneInfo,
    categories: Sequence[str],
    attributes: Mapping[str, object],
    products: Sequence[str] = (),
) -> Context:
    """What the expressions see. What the programme names has a quantity and an amount, also if 0.

    `attributes` are all that the activity's kind has, with nothing for what was left out.
    """
    local = activity.occurred_at.astimezone(zone)
    quantity = dict.fromkeys(categories, 0)
    amount_of = dict.fromkeys(categories, 0)
    product_quantity = dict.fromkeys(products, 0)
    product_amount = dict.fromkeys(products, 0)
    for line in activity.lines:
        if line.sku in product_quantity:
            product_quantity[line.sku] += line.quantity
            product_amount[line.sku] += line.amount_minor
        quantity[line.category] = quantity.get(line.category, 0) + line.quantity
        amount_of[line.category] = amount_of.get(line.category, 0) + line.amount_minor
    return Context(
        {
            "activity": {
                "kind": str(activity.kind),
                "amount": activity.amount_minor,
                "channel": activity.channel,
                "store": activity.store_id or "",
                "hour": local.hour,
                "weekday": local.strftime("%a").lower(),
                "quantity": quantity,
                "amount_of": amount_of,
                "product_quantity": product_quantity,
                "product_amount": product_amount,
                "attributes": dict(attributes),
                "lines": [
                    {
                        "sku": line.sku or "",
                        "name": line.name,
                        "category": line.category,
                        "quantity": line.quantity,
                        "amount": line.amount_minor,
                    }
                    for line in activity.lines
                ],
            },
            "member": {
                "tier": member.tier,
                "days": max((activity.occurred_at - member.joined_at).days, 0),
                "locale": member.locale,
            },
            # CEL takes times in plain UTC only.
            "now": activity.occurred_at.astimezone(UTC),
        }
    )


def once_key(kind: str, member_id: str, cycle: str) -> str:
    """What a member's activity claims, of a kind that counts once in each cycle of a window."""
    return f"{kind}:{member_id}:{cycle}"


def check_moment(occurred_at: datetime, *, now: datetime) -> None:
    """Refuse a moment at which nothing can have happened, before it is put into any zone.

    Raises Refusal OCCURRED_IN_FUTURE or OCCURRED_TOO_EARLY.
    """
    ahead_s = (occurred_at - now).total_seconds()
    if ahead_s > CLOCK_SKEW_S_MAX:
        raise Refusal("OCCURRED_IN_FUTURE", ahead_s=int(ahead_s), maximum_s=CLOCK_SKEW_S_MAX)
    if (now - occurred_at).days > OCCURRED_DAYS_MAX:
        raise Refusal("OCCURRED_TOO_EARLY", maximum_days=OCCURRED_DAYS_MAX)


def check_activity(activity: Activity, *, now: datetime, amount_minor_max: int) -> None:
    """Refuse what cannot have happened. Raises Refusal with the limit."""
    if not 0 <= activity.amount_minor <= amount_minor_max:
        raise Refusal("AMOUNT_OUT_OF_RANGE", maximum_minor=amount_minor_max, field="total")
    check_moment(activity.occurred_at, now=now)
    if activity.receipt is not None:
        receipt = " ".join(activity.receipt.split())
        check_text(receipt, field="receipt", maximum=RECEIPT_CHARACTERS_MAX)
    if len(activity.lines) > BASKET_LINES_MAX:
        raise Refusal("TOO_MANY_LINES", maximum=BASKET_LINES_MAX)
    for line in activity.lines:
        _check_line(line)
    if sum(line.quantity for line in activity.lines) > QUANTITY_MAX:
        raise Refusal("QUANTITY_OUT_OF_RANGE", minimum=1, maximum=QUANTITY_MAX)
    if (
        activity.lines
        and sum(line.amount_minor for line in activity.lines) != activity.amount_minor
    ):
        raise Refusal(
            "LINES_DO_NOT_ADD_UP",
            lines_minor=sum(line.amount_minor for line in activity.lines),
            total_minor=activity.amount_minor,
        )


RECEIPT_DIGEST_MARK = "#"  # no store's short name begins with it


def receipt_digest(receipt_key: str) -> str:
    """What stays of a forgotten member's receipt, so that it counts no second time.

    SHA-256, in hex after a mark; of one that is such a digest already, itself.
    """
    if receipt_key.startswith(RECEIPT_DIGEST_MARK):
        return receipt_key
    return RECEIPT_DIGEST_MARK + hashlib.sha256(receipt_key.encode()).hexdigest()


def wordless(
    lines: Sequence[Mapping[str, Any]], *, categories: Collection[str]
) -> list[dict[str, Any]]:
    """Stored lines without what a till may have typed: a name for whom a cake was, say.

    Numbers stay, and categories that the programme itself names; a refund's lines are numbers.
    """
    return [
        {
            **line,
            "name": "",
            "sku": None,
            "category": line["category"] if line["category"] in categories else "",
        }
        if "name" in line
        else {**line}
        for line in lines
    ]


def _check_line(line: Line) -> None:
    for name, text in (("lines.name", line.name), ("lines.category", line.category)):
        check_text(text, field=name, maximum=TEXT_CHARACTERS_MAX)
    if line.sku is not None:
        check_text(line.sku, field="lines.sku", minimum=0, maximum=TEXT_CHARACTERS_MAX)
    if not 1 <= line.quantity <= QUANTITY_MAX:
        raise Refusal("QUANTITY_OUT_OF_RANGE", minimum=1, maximum=QUANTITY_MAX)
    if line.amount_minor < 0:
        raise Refusal("AMOUNT_OUT_OF_RANGE", minimum_minor=0, field="lines.amount")
