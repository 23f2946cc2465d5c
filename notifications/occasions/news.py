"""What happened within the last day, by the facts of the member's timeline."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gamification.facts import FactKind
from gamification.programme.nudge_rules import NudgeRule, NudgeTarget
from gamification.programme.values import Programme
from gamification.reads.situations import Situation
from notifications.rules import Candidate

Params = Mapping[str, int | str]


def news(rule: NudgeRule, situation: Situation, programme: Programme) -> Iterator[Candidate]:
    """Every fact that the rule is about, once; the newest first."""
    kind, told = _OF_TARGET[rule.target]
    for fact in reversed(situation.news):
        found = told(rule, fact, situation, programme) if fact.kind == kind else None
        if found is not None:
            target_id, params = found
            yield Candidate(rule=rule, target_id=target_id, cycle=str(fact.number), params=params)


Found = tuple[str, Params] | None


def _in_programme(_: NudgeRule, __: Any, ___: Situation, programme: Programme) -> Found:
    return programme.id, {}


def _purchase(_: NudgeRule, fact: Any, situation: Situation, programme: Programme) -> Found:
    """What it earned, and the best reward that can be bought now; nothing of one given back."""
    is_purchase = any(
        each.kind == FactKind.PURCHASE_RECORDED and each.activity_id == fact.activity_id
        for each in situation.news
    )
    is_undone = any(
        each.kind == FactKind.PURCHASE_REFUNDED and each.params["purchase"] == fact.activity_id
        for each in situation.news
    )
    if not is_purchase or is_undone:
        return None
    params: dict[str, int | str] = {"points": int(fact.params["points"])}
    affordable = [each for each in programme.rewards if each.cost <= situation.points]
    if affordable:
        params["in_reach"] = max(affordable, key=lambda reward: reward.cost).id
    return "purchase", params


def _activity(rule: NudgeRule, fact: Any, situation: Situation, _: Programme) -> Found:
    if fact.params.get("activity") != rule.activity:
        return None
    if any(
        each.kind == FactKind.ACTIVITY_WITHDRAWN
        and each.number > fact.number
        and each.params["activity"] == rule.activity
        for each in situation.news
    ):
        return None
    points = sum(
        int(each.params["points"])
        for each in situation.news
        if each.kind == FactKind.POINTS_EARNED and each.activity_id == fact.activity_id
    )
    return str(rule.activity), {"points": points}


def _spent(_: NudgeRule, fact: Any, __: Situation, programme: Programme) -> Found:
    reward = programme.reward(str(fact.params["reward"]))
    return (reward.id, {"points": int(fact.params["points"])}) if reward else None


def _captured(_: NudgeRule, fact: Any, __: Situation, programme: Programme) -> Found:
    reward = programme.reward(str(fact.params["reward"]))
    return (reward.id, {}) if reward else None


_OF_TARGET: Mapping[
    NudgeTarget, tuple[FactKind, Callable[[NudgeRule, Any, Situation, Programme], Found]]
] = {
    NudgeTarget.WELCOME: (FactKind.MEMBER_ENROLLED, _in_programme),
    NudgeTarget.PURCHASE: (FactKind.POINTS_EARNED, _purchase),
    NudgeTarget.ACTIVITY: (FactKind.ACTIVITY_RECORDED, _activity),
    NudgeTarget.SPENT: (FactKind.REWARD_REDEEMED, _spent),
    NudgeTarget.CAPTURED: (FactKind.VOUCHER_CAPTURED, _captured),
    NudgeTarget.NEW_DEVICE: (FactKind.DEVICE_REGISTERED, _in_programme),
}
