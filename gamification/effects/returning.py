"""What giving back a part of a purchase undoes: what the rest would not have counted or earned."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gamification.activities.returns import Left
from gamification.activities.rules import Activity, Effect
from gamification.effects.decide import amounts_of, seen_by_rules
from gamification.effects.decision import Decision
from gamification.effects.earning import EARNING, Earner, Failed, earnings, segments_on_record
from gamification.tiers.rules import Tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """What is left of a purchase, and the tier in which it was bought."""

    left: Left
    tier: Tier


def rest_of(decision: Decision, left: Left, told: Mapping[str, Any]) -> Rest:
    """`told` is what POINTS_EARNED told of the purchase; without a tier there, the present one."""
    ladder = decision.programme.ladder
    tier = ladder.tier(str(told.get("tier"))) or ladder.standing(
        decision.state.counts, today=decision.day_of(decision.now)
    )
    return Rest(left=left, tier=tier)


def still_counted(effects: Iterable[Sequence[Effect]]) -> list[Effect]:
    """What a purchase counts, from its own effects and those of its refunds."""
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for each in effects:
        for measure, day, amount in each:
            sums[measure, day] += amount
    return [(measure, day, amount) for (measure, day), amount in sums.items() if amount > 0]


def counted_in_excess(
    decision: Decision, rest: Rest, *, counted: Sequence[Effect], still: Sequence[Effect]
) -> list[Effect]:
    """What a purchase still counts beyond what its rest counts.

    `counted` is what it counted at first. Nothing is counted up.
    """
    if rest.left.is_nothing:
        return list(still)

    def counts(activity: Activity) -> dict[str, int | Failed]:
        context = seen_by_rules(decision, activity, tier=rest.tier)
        return amounts_of(decision.programme, activity, context)

    recorded = {measure: amount for measure, _, amount in counted}
    kept = _kept(decision, rest.left, recorded, counts)
    excess = ((measure, day, amount - kept.get(measure, 0)) for measure, day, amount in still)
    return [effect for effect in excess if effect[2] > 0]


def points_kept(decision: Decision, rest: Rest, earned: Sequence[Any]) -> dict[str, int]:
    """What each earning of the purchase gives for its rest, by cause.

    `earned` are lots (original, cause, rule, parts), one for each rule that gave something.
    """
    if rest.left.is_nothing:
        return {}
    programme = decision.programme
    segments = segments_on_record(programme, [row.parts for row in earned])

    def gives(activity: Activity) -> dict[str, int | Failed]:
        context = seen_by_rules(decision, activity, tier=rest.tier)
        earner = Earner(tier=rest.tier, segments=segments, today=activity.local_date)
        return {
            each.rule.removeprefix(f"{EARNING}:"): each if isinstance(each, Failed) else each.points
            for each in earnings(programme, activity, context, earner)
        }

    recorded = {row.rule: row.original for row in earned}
    kept = _kept(decision, rest.left, recorded, gives)
    return {row.cause: kept[row.rule] for row in earned}


def _kept(
    decision: Decision,
    left: Left,
    recorded: Mapping[str, int],
    by_rules: Callable[[Activity], Mapping[str, int | Failed]],
) -> dict[str, int]:
    """What the rest keeps of what the whole purchase counted or gave, by measure or rule.

    The present rules are not always those of then, and the same rules may stand in another version.
    So one is believed about the rest if it says of the whole purchase what is on record; of any
    other, or where it fails, the rest keeps its share of the money.
    """
    of_whole, of_rest = by_rules(left.purchase), by_rules(left.reduced)
    for each in of_rest.values():
        if isinstance(each, Failed):
            decision.faults.append({"rule": each.rule, "reason": each.reason})
    kept: dict[str, int] = {}
    for name, amount in recorded.items():
        now = of_rest.get(name, 0)
        if isinstance(now, Failed) or of_whole.get(name) != amount:
            now = left.share(amount)
        kept[name] = now
    return kept
