"""Expire what has run out: lots, and vouchers that nobody used. Late or twice does no harm."""

from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.effects.state import gather
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.points import store as points
from gamification.points.rules import Lot
from gamification.vouchers import store as vouchers


def expire_points(
    connection: Connection, occasion: Occasion, *, after: str = "", most: int = 100
) -> list[str]:
    """Expire the due lots of the next `most` members after id `after`; the members' ids."""
    ids = points.members_with_due_lots(connection, now=occasion.now, after=after, most=most)
    for member in members.by_ids(connection, ids).values():
        apply(connection, _decision(connection, member.id, occasion), announce=occasion.announce)
    return ids


def lapse_vouchers(connection: Connection, occasion: Occasion, *, most: int = 100) -> int:
    """Close up to `most` vouchers whose time is over; their points go back to the same lots."""
    lapsed = vouchers.lapsed(connection, now=occasion.now, most=most)
    for voucher in lapsed:
        decision = _decision(connection, voucher.member_id, occasion)
        used = points.uses_of_cause(connection, f"reserve:{voucher.id}")
        decision.void(
            [
                (Lot(id=use.lot_id, remaining=0, expires_at=use.expires_at), use.amount)
                for use in used
            ],
            voucher=voucher.id,
            rule=f"reward:{voucher.reward_id}",
        )
        decision.closed_vouchers.append((voucher.id, "lapsed", None))
        decision.tell(
            FactKind.VOUCHER_LAPSED,
            at=voucher.expires_at,
            reward=voucher.reward_id,
            points=voucher.cost,
        )
        apply(connection, decision, announce=occasion.announce)
    return len(lapsed)


def _decision(connection: Connection, member_id: str, occasion: Occasion) -> Decision:
    member = members.by_id(connection, member_id)
    if member is None:
        raise LookupError(f"a ledger without a member: {member_id}")
    return Decision(
        state=gather(connection, member, occasion.programme, now=occasion.now),
        programme=occasion.programme,
        now=occasion.now,
        new_id=occasion.new_id,
    )
