"""See to what has come due: lots that cooled off or ran out, and vouchers that nobody used.

Late or twice does no harm.
"""

from typing import Any

from gamification.database import Connection
from gamification.effects.apply import apply_all
from gamification.effects.begin import begin
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.points import causes, due
from gamification.points.rules import Lot
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


def sweep_points(
    connection: Connection, occasion: Occasion, *, after: str = "", most: int = 100
) -> list[str]:
    """Release and expire the due lots of the next `most` members after id `after`; whose they were.

    Beginning to write for a member does so, whoever does it.
    """
    ids = due.members_with_due_lots(connection, now=occasion.now, after=after, most=most)
    timeline.lock_all(connection, ids)
    decisions = [_decision(connection, member_id, occasion) for member_id in ids]
    apply_all(connection, decisions, announce=occasion.announce)
    return ids


def lapse_vouchers(
    connection: Connection, occasion: Occasion, *, after: str = "", most: int = 100
) -> int:
    """Close the lapsed vouchers of the next `most` members after id `after`; how many had some.

    Their points go back to the same lots.
    """
    ids = vouchers.members_with_lapsed(connection, now=occasion.now, after=after, most=most)
    timeline.lock_all(connection, ids)
    decisions = []
    for member_id in ids:
        # Read once the member is locked: one may have been captured meanwhile.
        lapsed = vouchers.lapsed_of(connection, member_id, now=occasion.now)
        if lapsed:
            decisions.append(decision := _decision(connection, member_id, occasion))
            for voucher in lapsed:
                _lapse(connection, decision, voucher)
    apply_all(connection, decisions, announce=occasion.announce)
    return len(ids)


def _lapse(connection: Connection, decision: Decision, voucher: Any) -> None:
    used = causes.uses_of_cause(connection, f"reserve:{voucher.id}")
    before = len(decision.movements)
    decision.void(
        [(Lot(id=use.lot_id, remaining=0, expires_at=use.expires_at), use.amount) for use in used],
        voucher=voucher.id,
        rule=f"reward:{voucher.reward_id}",
    )
    decision.closed_vouchers.append((voucher.id, "lapsed", None))
    back = sum(use.amount for use in used if use.expires_at > decision.now)
    fact = decision.tell(
        FactKind.VOUCHER_LAPSED,
        at=voucher.expires_at,
        reward=voucher.reward_id,
        points=back,
    )
    decision.link(fact, since=before)


def _decision(connection: Connection, member_id: str, occasion: Occasion) -> Decision:
    member = members.by_id(connection, member_id)
    if member is None:
        raise LookupError(f"a ledger without a member: {member_id}")
    return begin(connection, member, occasion)
