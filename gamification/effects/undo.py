"""What a refund undoes: the counting, and the prizes that rested on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gamification.activities.rules import Activity, Effect
from gamification.effects.decide import tell_tier_change
from gamification.effects.decision import Decision
from gamification.facts import FactKind
from gamification.goals.rules import Award, badge_goal, challenge_goal, stamps_goal
from gamification.progress import CountKey, Counts, count_key, with_effects
from gamification.windows import EVER, Window


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
    cards = {stamps_goal(card.id): card for card in programme.stamps}
    days = {measure: day for measure, day, _ in decision.effects}
    touched: dict[CountKey, list[tuple[Award, int]]] = defaultdict(list)
    for award in decision.state.held.awards.values():
        card = cards.get(award.goal)
        if card and card.measure in days and (number := card.number(award.cycle)):
            key = count_key(card.measure, EVER.span(days[card.measure]))
            touched[key].append((award, number * card.every))
        if award.goal not in needs:
            continue
        measure, window, targets = needs[award.goal]
        span = window.span(decision.day_of(award.awarded_at))
        if award.cycle != span.cycle or award.level > len(targets):
            continue  # won while the programme had another window, or more levels
        if measure in days and span.covers(days[measure]):
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
    facts = {}
    for award in lost:
        kind, _, target = award.goal.partition(":")
        if kind == "badge":
            told = decision.tell(FactKind.BADGE_WITHDRAWN, at=at, badge=target, level=award.level)
        elif kind == "stamps":
            told = decision.tell(FactKind.STAMPS_WITHDRAWN, at=at, stamps=target)
        else:
            told = decision.tell(FactKind.CHALLENGE_WITHDRAWN, at=at, challenge=target)
        facts[award.id] = told
    for voucher in vouchers:
        if voucher.state == "open":
            decision.closed_vouchers.append((voucher.id, "withdrawn", None))
            decision.tell(FactKind.VOUCHER_WITHDRAWN, at=at, reward=voucher.reward_id)
        elif voucher.state == "captured":
            reward = decision.programme.reward(voucher.reward_id)
            before = len(decision.movements)
            decision.owe(
                reward.cost if reward else 0,
                cause=f"voucher:{voucher.id}",
                rule=f"reward:{voucher.reward_id}",
                at=at,
            )
            decision.link(facts[voucher.award_id], since=before)
