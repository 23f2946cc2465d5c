"""Redeem a reward: points are set aside for a voucher."""

from dataclasses import dataclass
from typing import Any

from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.decide import issue_voucher
from gamification.effects.occasion import Occasion
from gamification.effects.once import once
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.points import store as points
from gamification.points.rules import lots_left, uses_to_spend
from gamification.staff.rules import require_member


@dataclass(frozen=True, kw_only=True, slots=True)
class Redemption:
    """Which reward."""

    reward_id: str
    idempotency_key: str | None


def redeem_reward(connection: Connection, request: Redemption, occasion: Occasion) -> Answer:
    """Outcome: `voucher_id`, `points`. Refusals: REWARD_UNKNOWN, NOT_ENOUGH_POINTS (sticky)."""
    member_id = require_member(occasion.actor)
    return once(
        connection,
        request,
        occasion,
        lambda: _redeem(connection, request, occasion, member_id),
        operation="redeemReward",
    )


def _redeem(
    connection: Connection, request: Redemption, occasion: Occasion, member_id: str
) -> dict[str, Any]:
    reward = occasion.programme.reward(request.reward_id)
    member = members.by_id(connection, member_id)
    if reward is None or member is None:
        raise Refusal("REWARD_UNKNOWN")
    decision = begin(connection, member, occasion)
    lots = lots_left(points.open_lots(connection, member_id), decision.movements)
    uses = uses_to_spend(lots, reward.cost, owed=decision.debt, member_id=member_id)
    voucher = issue_voucher(
        decision,
        reward,
        cost=reward.cost,
        award_id=None,
        at=occasion.now,
        new_code=occasion.new_code,
    )
    before = len(decision.movements)
    decision.reserve(reward.cost, uses, voucher=voucher.id, rule=f"reward:{reward.id}")
    fact = decision.tell(
        FactKind.REWARD_REDEEMED, at=occasion.now, reward=reward.id, points=reward.cost
    )
    decision.link(fact, since=before)
    apply(connection, decision, announce=occasion.announce)
    return {"voucher_id": voucher.id, "member_id": member_id, "points": reward.cost}
