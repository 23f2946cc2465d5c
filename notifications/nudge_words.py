"""Puts a nudge into words: for the push, and for its line in the inbox."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from gamification.programme.nudge_rules import NudgeTarget
from gamification.programme.nudges import PLACEHOLDERS
from gamification.programme.values import Programme
from gamification.progress import Unit
from gamification.texts import Text, text_in
from notifications.messages import Rendered, format_money, format_points, negotiate, render
from notifications.wording import format_day

Params = Mapping[str, int | str]


def words_of(
    *,
    rule_id: str,
    target_kind: str,
    target_id: str,
    params: Params,
    programme: Programme,
    locale: str,
) -> Rendered | None:
    """The title and body in the member's language; None when the programme lost the target.

    A rule's own texts come before the usual ones, where they have the language.
    """
    # Names and sentences in the same language, whatever tag the phone gave.
    language, target = negotiate(locale), NudgeTarget(target_kind)
    names = _names(target, target_id, programme, language)
    if names is None:
        return None
    given = dict(params)
    if "day" in given:
        given["day"] = format_day(date.fromisoformat(str(given["day"])), language)
    if "remaining" in given:
        measure = _measure(target, target_id, programme)
        given["remaining"] = _amount(int(given["remaining"]), measure, programme, language)
    told = {**names, **given}
    key = target.value
    if target is NudgeTarget.ACTIVITY and given.get("points"):
        key = "activity_with_points"
    if in_reach := programme.reward(str(given.get("in_reach", ""))):
        key, told["reward"] = "purchase_in_reach", text_in(in_reach.name, language)
    usual = render(key, locale=language, params=told)
    rule = next((each for each in programme.nudges if each.id == rule_id), None)
    if rule is None or rule.target is not target:  # another rule has this name by now
        return usual
    return Rendered(
        title=_own(rule.title, language, told) or usual.title,
        body=_own(rule.body, language, told) or usual.body,
    )


def _own(text: Text | None, language: str, told: Params) -> str | None:
    if text is None or language not in text:
        return None
    shown = {
        name: format_points(value, language) if isinstance(value, int) else value
        for name, value in told.items()
    }
    return text[language].format_map(shown)


def _names(
    target: NudgeTarget, target_id: str, programme: Programme, language: str
) -> dict[str, str] | None:
    """What the texts call the target; None for one that the programme does not have any more."""
    named: Mapping[str, Any] = {
        "tier": programme.ladder.tier(target_id),
        "reward": programme.reward(target_id),
        "badge": programme.badge(target_id),
        "challenge": programme.challenge(target_id),
        "activity": programme.kinds.get(target_id),
        "programme": programme,
    }
    (key,) = PLACEHOLDERS[target] & named.keys() or {"programme"}
    found = named[key]
    return {key: text_in(found.name, language)} if found else None


def _measure(target: NudgeTarget, target_id: str, programme: Programme) -> str | None:
    """The measure in which `remaining` counts; None for points."""
    badge, challenge = programme.badge(target_id), programme.challenge(target_id)
    if target in {NudgeTarget.TIER, NudgeTarget.TIER_AT_RISK}:
        return programme.ladder.measure
    if target is NudgeTarget.BADGE and badge:
        return badge.measure
    if target is NudgeTarget.CHALLENGE and challenge:
        return challenge.goal.measure
    return None


def _amount(remaining: int, measure: str | None, programme: Programme, language: str) -> int | str:
    """Money in words; a number as it is, so that a text can agree with it."""
    if measure is not None and programme.measures[measure].unit is Unit.MONEY:
        return format_money(
            remaining, programme.currency, language, digits=programme.currency_digits
        )
    return remaining
