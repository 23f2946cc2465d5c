"""What has come due by itself: points that cooled off are released, those that ran out expire."""

from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.points.rules import lots_left


def see_to_due_lots(decision: Decision) -> None:
    """Release and expire, each at its own moment, and tell of it, before anything is decided.

    A lot may have done both since anybody looked.
    """
    cooled = decision.state.cooled_lots
    for lot in cooled:
        decision.release(lot)
    if cooled:
        fact = decision.tell(
            FactKind.POINTS_RELEASED,
            at=max(movement.occurred_at for movement in decision.movements),
            points=sum(lot.remaining for lot in cooled),
        )
        decision.link(fact, since=0)
    before = len(decision.movements)
    run_out = lots_left(decision.state.due_lots, decision.movements)
    for lot in run_out:
        decision.expire(lot.id, lot.remaining, at=lot.expires_at, cause=f"expire:{lot.id}")
    if run_out:
        fact = decision.tell(
            FactKind.POINTS_EXPIRED,
            at=max(lot.expires_at for lot in run_out),
            points=sum(lot.remaining for lot in run_out),
        )
        decision.link(fact, since=before)
