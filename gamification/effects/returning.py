"""What giving back a part of a purchase undoes: what the rest would not have counted or earned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gamification.activities.returns import Left
from gamification.activities.rules import Effect
from gamification.effects.decide import effects_of, seen_by_rules
from gamification.effects.decision import Decision
from gamification.effects.earning import EARNING, Earned, Earner, earnings, segments_on_record
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
    """What a purchase still counts beyond what its rest counts under the present rules.

    `counted` is what it counted at first. Nothing is counted up; a measure that the programme no
    longer has keeps its share of the money.
    """
    if rest.left.is_nothing:
        return list(still)
    programme, reduced = decision.programme, rest.left.reduced
    context = seen_by_rules(decision, reduced, tier=rest.tier)
    kept = {measure: amount for measure, _, amount in effects_of(decision, reduced, context)}
    for measure, _, amount in counted:
        if measure not in programme.measures:
            kept[measure] = rest.left.share(amount)
    excess = ((measure, day, amount - kept.get(measure, 0)) for measure, day, amount in still)
    return [effect for effect in excess if effect[2] > 0]


def points_kept(decision: Decision, rest: Rest, earned: Sequence[Any]) -> dict[str, int]:
    """What each earning of the purchase gives for its rest, by cause.

    `earned` are lots (original, cause, rule, parts, programme_version). What another version gave,
    or a rule that fails now, keeps its share of the money.
    """
    if rest.left.is_nothing:
        return {}
    programme = decision.programme
    gives = _given(decision, rest, earned)
    return {
        row.cause: gives[row.rule]
        if row.programme_version == programme.version and row.rule in gives
        else rest.left.share(row.original)
        for row in earned
    }


def _given(decision: Decision, rest: Rest, earned: Sequence[Any]) -> dict[str, int]:
    """What each rule that does not fail gives for the rest of the purchase."""
    programme, reduced = decision.programme, rest.left.reduced
    earner = Earner(
        tier=rest.tier,
        segments=segments_on_record(programme, [row.parts for row in earned]),
        today=reduced.local_date,
    )
    context = seen_by_rules(decision, reduced, tier=rest.tier)
    gives = {rule.id: 0 for rule in programme.earning}
    for each in earnings(programme, reduced, context, earner):
        if isinstance(each, Earned):
            gives[each.rule] = each.points
        else:
            decision.faults.append({"rule": each.rule, "reason": each.reason})
            del gives[each.rule.removeprefix(f"{EARNING}:")]
    return gives
