"""The words of a member's timeline: one past-tense sentence for each stored fact.

The sentences stand in `locales/*.toml`, one table per FactKind.
"""

import functools
from collections.abc import Mapping
from pathlib import Path

from gamification.programme.values import Programme
from gamification.texts import text_in
from notifications.wording import (
    Text,
    Texts,
    agreeing,
    format_money,
    format_points,
    negotiate,
    read_texts,
)

# What a fact must tell of for each variant of its sentence; the first that is there and fits.
VARIANTS: Mapping[str, frozenset[str]] = {
    "level_with_points": frozenset({"level", "points"}),
    "level": frozenset({"level"}),
    "with_reward": frozenset({"reward"}),
    "with_points": frozenset({"points"}),
    "part": frozenset({"of_minor"}),
    "taken": frozenset({"taken"}),
    "text": frozenset(),
}

_MONEY = "_minor"  # ends the names of params that are money, in minor units
_LOCALES_FOLDER = Path(__file__).parent / "locales"


def fact_text(*, kind: str, params: Mapping[str, object], programme: Programme, locale: str) -> str:
    """A fact as its member reads it, names included; any language tag will do as `locale`.

    Something the programme no longer has is shown by its id. KeyError for an unknown kind.
    """
    tag = negotiate(locale)
    text = _variant(texts(tag)[kind], params)
    form = agreeing(text, abs(fact_points(kind, params) or 0), tag=tag)
    return form.format_map(_shown(params, programme, tag))


def fact_points(_kind: str, params: Mapping[str, object]) -> int | None:
    """The points a fact was about, however they moved; None if it was not about points.

    Below 0 are those of an adjustment that took some.
    """
    points = params.get("points")
    return points if isinstance(points, int) and points else None


@functools.cache
def texts(tag: str) -> Texts:
    """All sentences of one of the languages: kind of fact, then variant."""
    return read_texts(_LOCALES_FOLDER, tag)


def _variant(sentences: Mapping[str, Text], params: Mapping[str, object]) -> Text:
    if len(sentences) == 1:
        return sentences["text"]
    # The first level of a badge is the badge itself: no level to speak of.
    told = {name for name, value in params.items() if value and (name, value) != ("level", 1)}
    points = params.get("points")
    if isinstance(points, int) and points < 0:
        told.add("taken")
    return next(
        sentences[name] for name, needs in VARIANTS.items() if name in sentences and needs <= told
    )


def _shown(params: Mapping[str, object], programme: Programme, tag: str) -> dict[str, str]:
    """The params in words, by placeholder."""
    shown = {"programme": text_in(programme.name, tag)}
    for name, value in params.items():
        if isinstance(value, int):
            if name.endswith(_MONEY):
                shown[name.removesuffix(_MONEY)] = format_money(
                    value, programme.currency, tag, digits=programme.currency_digits
                )
            else:
                shown[name] = format_points(abs(value), tag)  # the sentence says which way
        elif isinstance(value, str):
            shown[name] = name_of(name, value, programme, tag)
    return shown


def name_of(noun: str, target_id: str, programme: Programme, tag: str) -> str:
    """What the owner calls something of the programme; its id if the programme lost it."""
    match noun:
        case "earning":
            rule = programme.earning_rule(target_id)
            name = rule.name if rule else None
        case "multiplier":
            multiplier = programme.multiplier(target_id)
            name = multiplier.name if multiplier else None
        case "tier" | "before":
            tier = programme.ladder.tier(target_id)
            name = tier.name if tier else None
        case "badge":
            badge = programme.badge(target_id)
            name = badge.name if badge else None
        case "challenge":
            challenge = programme.challenge(target_id)
            name = challenge.name if challenge else None
        case "stamps":
            card = programme.stamp_card(target_id)
            name = card.name if card else None
        case "activity":
            kind = programme.kinds.get(target_id)
            name = kind.name if kind else None
        case "reward":
            reward = programme.reward(target_id)
            name = reward.name if reward else None
        case _:
            name = None
    return text_in(name, tag) if name else target_id
