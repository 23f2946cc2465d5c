"""What a refund takes back: the points, the counting, and the prizes that rested on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gamification.activities.rules import Activity, Effect
from gamification.effects.decide import tell_tier_change
from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.goals.rules import Award, badge_goal, challenge_goal
from gamification.points.rules import Lot
from gamification.progress import CountKey, Counts, count_key, with_effects
from gamification.windows import Window


def lower_counts(decision: Decision, refund: Activity, effects: Sequence[Effect]) -> None:
    """Count the purchase's effects backwards, and tell if the tier fell with them."""
    decision.activity = refund
    decision.effects = [(measure, day, -amount) for measure, day, amount in effects]
    counts = decision.state.counts
    tell_tier_change(
        decision, counts, with_effects(counts, decision.effects), at=refund.occurred_at
    )


def awards_touched(decision: Decision) -> dict[CountKey, list[tuple[Award, int]]]:
    """The awards whose window covers what is counted back: by their key, with their target."""
    programme = decision.programme
    needs: dict[str, tuple[str, Window, Sequence[int]]] = {
        **{badge_goal(b.id): (b.measure, b.window, b.targets) for b in programme.badges},
        **{
            challenge_goal(c.id): (c.goal.measure, c.goal.window, (c.goal.target,))
            for c in programme.challenges
        },
    }
    days = {measure: day for measure, day, _ in decision.effects}
    touched: dict[CountKey, list[tuple[Award, int]]] = defaultdict(list)
    for award in decision.state.held.awards.values():
        if award.goal not in needs:
            continue
        measure, window, targets = needs[award.goal]
        span = window.span(decision.day_of(award.awarded_at))
        if measure in days and span.covers(days[measure]) and award.level <= len(targets):
            touched[count_key(measure, span)].append((award, targets[award.level - 1]))
    return touched


def without_ground(
    decision: Decision, touched: Mapping[CountKey, Sequence[tuple[Award, int]]], counts: Counts
) -> list[Award]:
    """Those of the touched awards whose target the lowered counts no longer reach."""
    after = with_effects(counts, decision.effects)
    return [
        award for key, awards in touched.items() for award, target in awards if after[key] < target
    ]


def withdraw(
    decision: Decision, lost: Sequence[Award], vouchers: Sequence[Any], *, at: datetime
) -> None:
    """Withdraw awards. A prize voucher not yet used goes with them; a used one becomes debt."""
    decision.withdrawn.extend(lost)
    for award in lost:
        kind, _, target = award.goal.partition(":")
        if kind == "badge":
            decision.tell(FactKind.BADGE_WITHDRAWN, at=at, badge=target, level=award.level)
        else:
            decision.tell(FactKind.CHALLENGE_WITHDRAWN, at=at, challenge=target)
    for voucher in vouchers:
        if voucher.state == "open":
            decision.closed_vouchers.append((voucher.id, "withdrawn", None))
            decision.tell(FactKind.VOUCHER_WITHDRAWN, at=at, reward=voucher.reward_id)
        elif voucher.state == "captured":
            reward = decision.programme.reward(voucher.reward_id)
            decision.owe(
                reward.cost if reward else 0,
                cause=f"voucher:{voucher.id}",
                rule=f"reward:{voucher.reward_id}",
                at=at,
            )


def take_points_back(
    decision: Decision, refund: Activity, *, lots: Sequence[Any], open_lots: Sequence[Lot]
) -> int:
    """Take back each lot's points: from the lot itself, then soonest-expiring, then as debt.

    `lots` are rows (id, remaining, expires_at, original, expired, cause, rule). Points that
    expired are gone already and are not owed. Returns the points taken back.
    """
    due = {lot.id: lot.remaining for lot in decision.state.due_lots}
    remaining = {lot.id: lot for lot in open_lots if lot.id not in due}
    own = {row.id for row in lots}
    total = 0
    for row in lots:
        amount = row.original - row.expired - due.get(row.id, 0)
        if amount <= 0:
            continue
        first = [remaining[row.id]] if row.id in remaining else []
        # Other lots of the same purchase are kept for their own claw-back.
        others = [lot for lot in remaining.values() if lot.id not in own]
        taken = decision.take_back(
            amount,
            [*first, *others],
            cause=f"{refund.id}:{row.cause}",
            rule=row.rule,
            at=refund.occurred_at,
        )
        _lower(remaining, taken)
        total += amount
    if total:
        decision.tell(FactKind.POINTS_TAKEN_BACK, at=refund.occurred_at, points=total)
    return total


def _lower(remaining: dict[str, Lot], taken: Mapping[str, int]) -> None:
    for lot_id, amount in taken.items():
        lot = remaining[lot_id]
        remaining[lot_id] = Lot(
            id=lot.id, remaining=lot.remaining - amount, expires_at=lot.expires_at
        )
