"""From the tables of a programme file to a Programme: what is counted, and what it earns."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from gamification.activities.kinds import Kind, Recorder
from gamification.activities.rules import TEXT_CHARACTERS_MAX, Measure
from gamification.points.rules import BALANCE_POINTS_MAX
from gamification.programme.earning import (
    read_earning,
    read_multiplied_at_most,
    read_multipliers,
)
from gamification.programme.goals import (
    Basis,
    read_badges,
    read_challenges,
    read_ladder,
    read_rewards,
    read_stamps,
)
from gamification.programme.kinds import read_activities, read_kinds
from gamification.programme.notes import Notes, closest, shown
from gamification.programme.nudges import read_attention, read_nudges
from gamification.programme.segments import read_segments
from gamification.programme.table import Table, check_id, is_locale, unique
from gamification.programme.values import Programme
from gamification.progress import Unit
from gamification.referrals.rules import Terms

EXPIRE_MONTHS_MAX = 120  # ten years; beyond it points may as well never expire
PURCHASE_MAX = Fraction(10**6)  # in major units, for any one till
ADJUSTMENT_POINTS_USUAL = 5_000  # where the file sets no limit
REFERRAL_PURCHASES_MAX = 10  # who is rewarded later than that has forgotten why
REFERRAL_DAYS_MAX = 365
CURRENCY_DIGITS = (0, 2, 3)  # what the currencies of ISO 4217 in use have

_CURRENCY = re.compile(r"[A-Z]{3}")


def parse_programme(notes: Notes, *, version: str) -> Programme:
    """Read every section; `notes` has the faults. With any, the programme is of no use."""
    root = Table(notes.source.values, path=(), notes=notes, what="the file")
    head = root.table("programme", what="[programme]")
    locale = _locale(head)
    digits = _digits(head)
    categories = _ids(head, "categories")
    products = _products(head)
    zone = _zone(head)
    currency = _currency(head)
    programme_id, name = head.id(), head.text("name", locale=locale)
    purchase_max = head.number(
        "largest_purchase", low=Fraction(0), high=PURCHASE_MAX, above=True, decimals=digits
    )
    adjustment_max = head.whole(
        "largest_adjustment", low=1, high=BALANCE_POINTS_MAX, default=ADJUSTMENT_POINTS_USUAL
    )
    second_look = None
    if head.take("second_look_above", optional=True) is not None:
        second_look = head.whole("second_look_above", low=1, high=adjustment_max)
    multiplied_at_most = read_multiplied_at_most(head)
    months = None
    if head.take("points_expire_months", optional=True) is not None:
        months = head.whole("points_expire_months", low=1, high=EXPIRE_MONTHS_MAX)
    head.finish()
    kinds = read_kinds(root, locale=locale)
    measures = _measures(root, kinds, locale=locale)
    segments = read_segments(root, measures, locale=locale)
    good_months = months if head.sound("points_expire_months") else None
    earning = read_earning(root, kinds, locale=locale, expire_months=good_months)
    rewards = read_rewards(root, locale=locale)
    basis = Basis(
        locale=locale,
        digits=digits,
        units={measure.id: measure.unit for measure in measures.values()},
        rewards={reward.id for reward in rewards},
    )
    programme = Programme(
        id=programme_id,
        version=version,
        name=name,
        locale=locale,
        zone=zone,
        currency=currency,
        currency_digits=digits,
        purchase_minor_max=int(purchase_max * 10**digits),
        adjustment_points_max=adjustment_max,
        second_look_above=second_look,
        points_expire_months=months,
        categories=categories,
        products=products,
        kinds=kinds,
        measures=measures,
        segments=segments,
        earning=earning,
        multipliers=read_multipliers(root, earning, segments, locale=locale),
        multiplied_at_most=multiplied_at_most,
        ladder=read_ladder(root, basis),
        badges=read_badges(root, basis),
        challenges=read_challenges(root, basis),
        stamps=read_stamps(root, basis),
        rewards=rewards,
        nudges=read_nudges(root, kinds, locale=locale),
        attention=read_attention(root),
        referral=_referral(root, kinds, digits=digits),
    )
    root.finish()
    return programme


def _locale(head: Table) -> str:
    locale = head.string("locale")
    if locale and not is_locale(locale):
        head.fault("locale", "`locale` must be a language, such as en, pl or zh-Hant")
    return locale or "en"


def _digits(head: Table) -> int:
    digits = head.whole("currency_digits", low=0, high=max(CURRENCY_DIGITS))
    if digits not in CURRENCY_DIGITS:
        head.fault("currency_digits", f"`currency_digits` is {digits}; it must be 0, 2 or 3")
    return digits


def _ids(head: Table, key: str) -> Sequence[str]:
    values = head.strings(key)
    for value in values:
        check_id(value, key=key, fault=head.fault)
    return values


def _products(head: Table) -> Sequence[str]:
    values = head.strings("products") if head.has("products") else ()
    for value in values:
        if not 1 <= len(value) <= TEXT_CHARACTERS_MAX:
            reason = f"an article number has from 1 to {TEXT_CHARACTERS_MAX} characters"
            head.fault("products", f"{shown(value)}: {reason}")
    return values


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(head: Table) -> ZoneInfo:
    name = head.string("zone")
    if name and name not in _zones():
        hint = closest(name, _zones()) if name else ""
        hint = hint if "did you mean" in hint else "; write a name such as `Europe/Warsaw`"
        head.fault("zone", f"`zone` names no time zone: {name[:40]!r}{hint}")
    return ZoneInfo(name if name in _zones() else "UTC")


def _currency(head: Table) -> str:
    currency = head.string("currency")
    if currency and not _CURRENCY.fullmatch(currency):
        head.fault("currency", "`currency` must be three capital letters, such as EUR")
    return currency


def _measures(root: Table, named: Mapping[str, Kind], *, locale: str) -> Mapping[str, Measure]:
    measures: dict[str, Measure] = {}
    for table in root.tables("measure", required=True):
        kinds = read_activities(table, named)
        unit = table.among(
            "unit", [Unit.MONEY.value, Unit.COUNT.value], what="unit", default=Unit.COUNT.value
        )
        measure = Measure(
            id=unique(table, measures, what="measure"),
            kinds=kinds,
            unit=Unit(unit) if table.sound("unit") else Unit.COUNT,
            note=table.text("note", locale=locale) if table.has("note") else None,
            amount=table.expression("amount", gives="count", kinds=kinds),
            condition=table.condition("when", kinds=kinds),
        )
        table.finish()
        measures.setdefault(measure.id, measure)
    return measures


def _referral(root: Table, kinds: Mapping[str, Kind], *, digits: int) -> Terms | None:
    sides = {Recorder.REFERRER, Recorder.REFERRED}
    named = [kind.id for kind in kinds.values() if not sides.isdisjoint(kind.recorded_by)]
    if not root.has("referral"):
        if named:
            root.fault_here(f"`{named[0]}` is recorded of referrals: add [referral]")
        return None
    table = root.table("referral", what="[referral]")
    if not named:
        table.fault_here('no [[activity]] here is recorded by "referrer" or "referred"')
    least = table.number(
        "least",
        low=Fraction(0),
        high=PURCHASE_MAX,
        above=True,
        default=Fraction(1, 10**digits),
        decimals=digits,
    )
    terms = Terms(
        on_purchase=table.whole("on_purchase", low=1, high=REFERRAL_PURCHASES_MAX),
        within_days=table.whole("within_days", low=1, high=REFERRAL_DAYS_MAX),
        least_minor=int(least * 10**digits),
    )
    table.finish()
    return terms
