"""I7 of refunds: together they give back no more than their purchase cost, and than it counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from gamification.activities.rules import ActivityKind
from gamification.verify.violations import Violation


def over_refunded(activities: Sequence[Any]) -> Iterator[Violation]:
    """The breaches among a member's activities (id, kind, amount_minor, refund_of, effects)."""
    refunds: dict[str, list[Any]] = defaultdict(list)
    for activity in activities:
        if activity.refund_of is not None:
            refunds[activity.refund_of].append(activity)
    if not refunds:
        return
    purchases = {each.id: each for each in activities if each.kind != ActivityKind.REFUND.value}
    for purchase_id, given_back in refunds.items():
        if purchase_id in purchases:
            yield from _of_purchase(purchases[purchase_id], given_back)
        else:
            for refund in given_back:
                detail = f"{purchase_id}, which it refunds, is nothing that the member did"
                yield _violation(refund.id, detail)


def _of_purchase(purchase: Any, refunds: Sequence[Any]) -> Iterator[Violation]:
    amount = sum(refund.amount_minor for refund in refunds)
    if amount > purchase.amount_minor:
        detail = f"cost {purchase.amount_minor}, its refunds give back {amount}"
        yield _violation(purchase.id, detail)
    counted: Counter[str] = Counter()
    for measure, _, n in purchase.effects:
        counted[measure] += n
    lowered: Counter[str] = Counter()
    for measure, _, n in (effect for refund in refunds for effect in refund.effects):
        lowered[measure] -= n
    for measure, n in lowered.items():
        if n > counted[measure]:
            detail = f"counted {counted[measure]} of {measure}, its refunds count back {n}"
            yield _violation(purchase.id, detail)


def _violation(row: str, detail: str) -> Violation:
    return Violation(check="I7", table="activity", row=row, detail=detail)
