"""Giving an activity back, or a part of it: what that set off is undone, and recorded as undone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gamification.activities import store as activities
from gamification.activities.returns import Left
from gamification.activities.rules import Activity
from gamification.database import Connection
from gamification.effects import clawback, returning, undo
from gamification.effects.cards import look_at_full_cards
from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.goals import store as goals
from gamification.goals.rules import Award
from gamification.points import causes
from gamification.points import store as points
from gamification.points.rules import EntryKind, Lot
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


def give_back(
    connection: Connection,
    decision: Decision,
    refund: Activity,
    *,
    row: Any,
    before: Sequence[Any],
    left: Left,
) -> int:
    """Take back what an activity set off beyond what is left of it; the points taken.

    `row` is the activity as it is stored, `before` its earlier refunds, `left` what this one
    leaves. The decision has told of it already, and is not applied yet.
    """
    rest = returning.rest_of(decision, left, _told(connection, left))
    counted = [activities.effects_read(each.effects) for each in (row, *before)]
    excess = returning.counted_in_excess(
        decision, rest, counted=counted[0], still=returning.still_counted(counted)
    )
    undo.lower_counts(decision, refund, excess)
    look_at_full_cards(connection, decision)
    lost = _withdraw_awards(connection, decision, refund)
    claims = _claims(connection, decision, rest, refunds=[each.id for each in before], lost=lost)
    purse = clawback.purse_of(decision, points.open_lots(connection, refund.member_id))
    if purse.missing(claims) > 0:
        bought = _bought(connection, refund.member_id)
        clawback.withdraw_bought(decision, purse, claims, bought, at=refund.occurred_at)
    return clawback.take_points_back(decision, refund, purse, claims)


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
    earning = causes.earning_causes(connection, rest.left.purchase.id)
    rows = causes.lots_of_causes(connection, [*earning, *(f"prize:{award.id}" for award in lost)])
    kept = returning.points_kept(decision, rest, [row for row in rows if row.cause in earning])
    moved = causes.amounts_of_causes(
        connection,
        [
            f"{kind}:{refund}:{cause}"
            for refund in refunds
            for cause in earning
            for kind in (EntryKind.CALL_OFF, EntryKind.TAKE_BACK, EntryKind.OWE)
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
                for use in causes.uses_of_cause(connection, f"reserve:{voucher.id}")
            ],
        )
        for voucher in vouchers.open_bought(connection, member_id)
    ]
