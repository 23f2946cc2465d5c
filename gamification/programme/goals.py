"""From the tables of a programme file: tiers, badges, challenges and rewards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from gamification.badges.rules import Badge
from gamification.challenges.rules import Challenge
from gamification.programme.colours import CONTRAST_MIN, contrast, is_colour
from gamification.programme.notes import NUMBER_MAX, exact_number, shown
from gamification.programme.table import Table, read_window, unique
from gamification.progress import Goal, Unit
from gamification.rewards.rules import Reward
from gamification.stamps.rules import EVERY_MAX, EVERY_MIN, StampCard
from gamification.tiers.rules import Colours, Ladder, Tier
from gamification.windows import EVER

MULTIPLIER_MAX = Fraction(10)  # a larger one is a slip of the decimal point
VOUCHER_DAYS_MAX = 365
POINTS_MAX = 10**6  # of one prize or one reward


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What goals are written in: language, currency, and the ids they may name."""

    locale: str
    digits: int
    units: Mapping[str, Unit]
    rewards: Collection[str]

    def amount(self, value: object, *, measure: str) -> int | None:
        """An amount of a measure: money is written in major units. None: no such amount."""
        digits = self.digits if self.units.get(measure) is Unit.MONEY else 0
        exact = exact_number(value, decimals=digits)
        if exact is None or not 0 <= exact <= NUMBER_MAX:
            return None
        return int(exact * 10**digits)

    def wanted(self, *, measure: str) -> str:
        """What an amount of a measure must be, in words."""
        if self.units.get(measure) is Unit.MONEY:
            return f"an amount of money with at most {self.digits} decimals, such as 250"
        return "a whole number, such as 10"


def read_ladder(root: Table, basis: Basis) -> Ladder:
    """Read `[tiers]` and every `[[tier]]`."""
    head = root.table("tiers", what="[tiers]")
    measure = head.among("measure", basis.units, what="measure")
    window = read_window(head, "window")
    head.finish()
    tiers: dict[str, Tier] = {}
    before: int | None = None
    for table in root.tables("tier", required=True):
        tier = Tier(
            id=unique(table, tiers, what="tier"),
            name=table.text("name", locale=basis.locale),
            threshold=_amount(table, "from", basis, measure=measure),
            multiplier=table.number(
                "multiplier", low=Fraction(1), high=MULTIPLIER_MAX, default=Fraction(1)
            ),
            colours=_colours(table),
        )
        table.finish()
        if table.sound("from"):
            if before is None and not tiers and tier.threshold != 0:
                table.fault("from", "`from` of the first tier must be 0: everyone begins there")
            elif before is not None and tier.threshold <= before:
                table.fault("from", "`from` must be more than that of the tier before")
            before = tier.threshold
        tiers.setdefault(tier.id, tier)
    return Ladder(measure=measure, window=window, tiers=tuple(tiers.values()))


def read_badges(root: Table, basis: Basis) -> Sequence[Badge]:
    """Read every `[[badge]]`."""
    badges: dict[str, Badge] = {}
    for table in root.tables("badge", required=False):
        measure = table.among("measure", basis.units, what="measure")
        badge = Badge(
            id=unique(table, badges, what="badge"),
            name=table.text("name", locale=basis.locale),
            description=table.text("description", locale=basis.locale),
            icon=table.id("icon"),
            measure=measure,
            window=read_window(table, "window") if table.has("window") else EVER,
            targets=_targets(table, basis, measure=measure),
            points=table.whole("points", low=0, high=POINTS_MAX, default=0),
        )
        table.finish()
        badges.setdefault(badge.id, badge)
    return tuple(badges.values())


def read_challenges(root: Table, basis: Basis) -> Sequence[Challenge]:
    """Read every `[[challenge]]`."""
    challenges: dict[str, Challenge] = {}
    for table in root.tables("challenge", required=False):
        measure = table.among("measure", basis.units, what="measure")
        target = _amount(table, "target", basis, measure=measure)
        if table.sound("target") and target == 0:
            table.fault("target", "`target` is 0; it must be more")
        points, reward_id = _prize(table, basis)
        challenge = Challenge(
            id=unique(table, challenges, what="challenge"),
            name=table.text("name", locale=basis.locale),
            description=table.text("description", locale=basis.locale),
            goal=Goal(measure=measure, window=read_window(table, "window"), target=target),
            points=points,
            reward_id=reward_id,
        )
        table.finish()
        challenges.setdefault(challenge.id, challenge)
    return tuple(challenges.values())


def read_stamps(root: Table, basis: Basis) -> Sequence[StampCard]:
    """Read every `[[stamps]]`."""
    pieces = [measure for measure, unit in basis.units.items() if unit is Unit.COUNT]
    cards: dict[str, StampCard] = {}
    for table in root.tables("stamps", required=False):
        points, reward_id = _prize(table, basis)
        card = StampCard(
            id=unique(table, cards, what="stamp card"),
            name=table.text("name", locale=basis.locale),
            description=table.text("description", locale=basis.locale),
            measure=table.among("measure", pieces, what="measure of pieces"),
            every=table.whole("every", low=EVERY_MIN, high=EVERY_MAX),
            points=points,
            reward_id=reward_id,
        )
        table.finish()
        cards.setdefault(card.id, card)
    return tuple(cards.values())


def read_rewards(root: Table, *, locale: str) -> Sequence[Reward]:
    """Read every `[[reward]]`."""
    rewards: dict[str, Reward] = {}
    for table in root.tables("reward", required=True):
        reward = Reward(
            id=unique(table, rewards, what="reward"),
            name=table.text("name", locale=locale),
            description=table.text("description", locale=locale),
            cost=table.whole("cost", low=1, high=POINTS_MAX),
            voucher_days=table.whole("voucher_days", low=1, high=VOUCHER_DAYS_MAX),
        )
        table.finish()
        rewards.setdefault(reward.id, reward)
    return tuple(rewards.values())


def _amount(table: Table, key: str, basis: Basis, *, measure: str) -> int:
    value = table.take(key)
    if table.sound(key):
        amount = basis.amount(value, measure=measure)
        if amount is not None:
            return amount
        table.fault(key, f"`{key}` is {shown(value)}; it must be {basis.wanted(measure=measure)}")
    return 0


def _targets(table: Table, basis: Basis, *, measure: str) -> Sequence[int]:
    targets = []
    for value in table.items("targets"):
        amount = basis.amount(value, measure=measure)
        if not amount:
            reason = f"`targets` has {shown(value)}; each must be {basis.wanted(measure=measure)}"
            table.fault("targets", reason)
            return ()
        targets.append(amount)
    if any(later <= earlier for earlier, later in pairwise(targets)):
        table.fault("targets", "`targets` must rise from level to level")
    return tuple(targets)


def _prize(table: Table, basis: Basis) -> tuple[int, str | None]:
    table.take("prize_points", optional=True)
    table.take("prize_reward", optional=True)
    if table.has("prize_points") and table.has("prize_reward"):
        table.fault("prize_reward", f"{table.what} has one prize: `prize_points` or `prize_reward`")
    elif table.has("prize_points"):
        return table.whole("prize_points", low=1, high=POINTS_MAX), None
    elif table.has("prize_reward"):
        return 0, table.among("prize_reward", basis.rewards, what="reward")
    else:
        table.fault_here(f"{table.what} has no prize: add `prize_points` or `prize_reward`")
    return 0, None


def _colours(table: Table) -> Colours:
    inner = table.table("colours", what="`colours`")
    found = {key: inner.string(key) for key in ("background", "ink", "accent")}
    for key, colour in found.items():
        if colour and not is_colour(colour):
            inner.fault(key, f"`{key}` is {shown(colour)}; write a colour such as #1f2a44")
    inner.finish()
    if all(is_colour(found[key]) for key in ("ink", "background")):
        ratio = contrast(found["ink"], found["background"])
        if ratio < CONTRAST_MIN:
            inner.fault(
                "ink",
                f"`ink` on `background` has a contrast of {ratio:.1f};"
                f" letters need {CONTRAST_MIN} to be read (WCAG 2.1)",
            )
    return Colours(**found)
