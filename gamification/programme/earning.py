"""From the tables of a programme file: how points are earned, and what multiplies them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gamification.activities.kinds import Kind
from gamification.programme.goals import MULTIPLIER_MAX, POINTS_MAX
from gamification.programme.kinds import KNOWN, read_activities
from gamification.programme.table import Table, read_window, unique
from gamification.programme.values import EarningRule, Multiplier
from gamification.segments.rules import Segments
from gamification.windows import WindowKind

COOL_OFF_DAYS_MAX = 90  # nobody waits longer for what they earned
MONTH_DAYS_MIN = 28
RATE_MAX = Fraction(1000)  # points for one minor unit; a larger one is a slip of the decimal point


def read_earning(
    root: Table, named: Mapping[str, Kind], *, locale: str, expire_months: int | None
) -> Sequence[EarningRule]:
    """Read every `[[earning]]`. No points cool off for as long as they are good."""
    rules: dict[str, EarningRule] = {}
    for table in root.tables("earning", required=True):
        kinds = read_activities(table, named)
        rule = EarningRule(
            id=unique(table, rules, what="earning rule"),
            name=table.text("name", locale=locale),
            kinds=kinds,
            points=table.expression("points", gives="whole", kinds=kinds),
            rate=table.number(
                "rate", low=Fraction(0), high=RATE_MAX, above=True, default=Fraction(1)
            ),
            tier_multiplies=table.flag("tier_multiplies", default=False),
            at_most=(
                table.whole("at_most", low=1, high=POINTS_MAX) if table.has("at_most") else None
            ),
            note=table.text("note", locale=locale) if table.has("note") else None,
            condition=table.condition("when", kinds=kinds),
            cool_off_days=_cool_off_days(table, expire_months),
        )
        table.finish()
        rules.setdefault(rule.id, rule)
    return tuple(rules.values())


def _cool_off_days(table: Table, expire_months: int | None) -> int:
    if not table.has("cool_off_days"):
        return 0
    days = table.whole("cool_off_days", low=1, high=COOL_OFF_DAYS_MAX)
    if expire_months is not None and days >= expire_months * MONTH_DAYS_MIN:
        reason = f"`cool_off_days` is {days}; points expire after {expire_months} months"
        table.fault("cool_off_days", reason)
    return days


def read_multiplied_at_most(head: Table) -> Fraction | None:
    """Read the most that tier and multipliers together make of a rule's points."""
    if not head.has("multiplied_at_most"):
        return None
    return head.number("multiplied_at_most", low=Fraction(1), high=MULTIPLIER_MAX)


def read_multipliers(
    root: Table, earning: Sequence[EarningRule], segments: Segments, *, locale: str
) -> Sequence[Multiplier]:
    """Read every `[[multiplier]]`."""
    multipliers: dict[str, Multiplier] = {}
    known = {rule.id: rule for rule in earning}
    for table in root.tables("multiplier", required=False):
        rules = table.some_of("earning", known, what="earning rule")
        kinds = frozenset().union(*(known[rule].kinds for rule in rules)) or frozenset(KNOWN)
        multiplier = Multiplier(
            id=unique(table, multipliers, what="multiplier"),
            name=table.text("name", locale=locale),
            factor=table.number("factor", low=Fraction(1), high=MULTIPLIER_MAX, above=True),
            rules=rules,
            window=read_window(table, "window") if table.has("window") else None,
            segment=(
                table.among("segment", segments.named, what="segment")
                if table.has("segment")
                else None
            ),
            condition=table.condition("when", kinds=kinds),
        )
        if multiplier.window and multiplier.window.kind is not WindowKind.DATES:
            table.fault("window", '`window` of a multiplier is "2026-12-01 to 2026-12-07", say')
        table.finish()
        multipliers.setdefault(multiplier.id, multiplier)
    return tuple(multipliers.values())
