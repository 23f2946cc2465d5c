"""Why points moved: the rule of an entry, and the parts that add up to its amount."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from gamification.effects.earning import BASE, CAP, LIMIT, MULTIPLIER, TIER
from gamification.points.rules import EARNED_KINDS, AccountKind, EntryKind
from gamification.programme.values import EarningRule, Programme
from gamification.progress import Unit
from schema.progress import ProgressUnit
from schema.scalars import BigInt
from schema.why.types import Why, WhyPart
from schema.why.wording import Speaker


def why_moved(entry: Any, speaker: Speaker) -> Why:
    """An entry explained. Below 0 is what moved away from what the member can spend, or will.

    What only the entry's own version of the programme knew is left out if that is another now.
    """
    kind = EntryKind(entry.kind)
    is_gain = kind is EntryKind.COOL or str(entry.to_account).endswith(f":{AccountKind.AVAILABLE}")
    amount = entry.amount if is_gain else -entry.amount
    parts = list(_parts(entry, speaker)) if entry.parts else []
    text = speaker.say(
        kind.value,
        _variant(entry, kind, is_gain=is_gain),
        points=amount,
        rule=speaker.rule(entry.rule),
        day=_day(entry, kind, speaker),
        **({"sum": _sum(entry, parts, speaker)} if parts else {}),
    )
    rule = _earning_rule(entry, speaker.programme) if kind in EARNED_KINDS else None
    is_by_staff = kind is EntryKind.ADJUST  # who it was is for staff to know
    return Why(
        text=speaker.noted(text, rule.note) if rule else text,
        rule=None if is_by_staff else entry.rule,
        version=entry.programme_version,
        unit=ProgressUnit.POINTS,
        amount=BigInt(amount),
        parts=parts or [WhyPart(text=text, amount=BigInt(amount))],
        next=None,
    )


def _day(entry: Any, kind: EntryKind, speaker: Speaker) -> str:
    """The day that a sentence names: from which points can be spent, or until which they could."""
    if kind is EntryKind.COOL:
        return speaker.day_of(entry.due_at)
    if kind is EntryKind.RELEASE:
        return speaker.day_of(entry.occurred_at)
    return speaker.last_day_before(entry.occurred_at)


def _variant(entry: Any, kind: EntryKind, *, is_gain: bool) -> str:
    if kind in EARNED_KINDS and entry.parts:
        return "sum"
    if kind is EntryKind.ADJUST and not is_gain:
        return "taken"
    if kind is EntryKind.OWE and entry.rule.startswith("reward:"):
        return "handed"  # the prize itself was used, before it lost its ground
    # `expire:<lot>` in its time; `expire:<lot>:<voucher>` when it came back too late.
    if kind is EntryKind.EXPIRE and entry.cause.count(":") > 1:
        return "aside"
    return "text"


def _parts(entry: Any, speaker: Speaker) -> Iterator[WhyPart]:
    for name, points in entry.parts:
        yield WhyPart(text=_part_text(name, entry, speaker), amount=BigInt(points))


def _part_text(name: str, entry: Any, speaker: Speaker) -> str:
    if name == BASE:
        return speaker.rule(entry.rule)
    if name == CAP:
        return speaker.say("sum", "cap")
    if name == LIMIT:  # it is the last word, so what came of it is the limit itself
        return speaker.say("sum", "limit", amount=speaker.amount(entry.amount, Unit.POINTS))
    is_present = entry.programme_version == speaker.programme.version
    noun, _, target_id = name.partition(":")
    factor = _factor(noun, target_id, speaker.programme) if is_present else None
    return speaker.times(speaker.rule(name), factor)


def _factor(noun: str, target_id: str, programme: Programme) -> Fraction | None:
    if noun == TIER:
        tier = programme.ladder.tier(target_id)
        return tier.multiplier if tier else None
    multiplier = programme.multiplier(target_id) if noun == MULTIPLIER else None
    return multiplier.factor if multiplier else None


def _sum(entry: Any, parts: list[WhyPart], speaker: Speaker) -> str:
    base, *more = parts
    rest = "".join(
        speaker.say(
            "sum",
            "plus" if part.amount >= 0 else "minus",
            amount=speaker.amount(abs(part.amount), Unit.POINTS),
            part=part.text,
        )
        for part in more
    )
    return speaker.say(
        "sum",
        "total",
        amount=speaker.amount(entry.amount, Unit.POINTS),
        base=speaker.amount(base.amount, Unit.POINTS),
        rest=rest,
    )


def _earning_rule(entry: Any, programme: Programme) -> EarningRule | None:
    """The rule as it stood then, if it still stands."""
    is_present = entry.programme_version == programme.version
    return programme.earning_rule(entry.rule) if is_present else None
