"""Judges every push by what members allowed and where they are, by nothing the program says."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.world import World

# As the sample says.
REMINDERS = frozenset({"points_expire", "voucher_lapses", "keep_tier"})
WEEK_MAX = 3  # as the sample says
HELD_OUT = 1 - 0.95 * 0.9  # likewise: of everything, and of each rule
SERVICE = frozenset({"voucher_spent", "voucher_captured", "another_device"})


class Judge:
    """Knows what members allowed, where they are and what reached them; notes what should not."""

    def __init__(self) -> None:
        self.consents: set[tuple[str, str]] = set()
        self.zones: dict[str, ZoneInfo] = {}
        self.days: dict[str, list[date]] = defaultdict(list)
        self.told: set[tuple[str, str]] = set()  # by key
        self.reached: set[tuple[str, str]] = set()  # by rule
        self.busiest_week = 0
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def see(self, nudge: Any, now: datetime) -> None:
        """A push that a member got."""
        member, local = nudge.member_id, now.astimezone(self.zones[nudge.member_id])
        said = f"{nudge.key} to {member} at {now} ({local})"
        if (member, nudge.key) in self.told:
            self.faults.append(f"a repeat: {said}")
        self.told.add((member, nudge.key))
        self.counts[nudge.rule] += 1
        self.reached.add((member, nudge.rule))
        if nudge.rule in SERVICE:
            return
        category = "reminders" if nudge.rule in REMINDERS else "marketing"
        if (member, category) not in self.consents:
            self.faults.append(f"without consent: {said}")
        if not time(9) <= local.time() < time(21):
            self.faults.append(f"in quiet hours: {said}")
        if local.date() in self.days[member]:
            self.faults.append(f"the second of a day: {said}")
        week = {local.date() - timedelta(days=back) for back in range(7)}
        self.days[member].append(local.date())
        in_week = sum(day in week for day in self.days[member])
        if in_week > WEEK_MAX:
            self.faults.append(f"one more than a week has: {said}")
        self.busiest_week = max(self.busiest_week, in_week)


def judged(judge: Judge, world: World, *, share_error_max: float) -> dict[str, int]:
    """Assert that nothing was wrong and that limits were met; what was seen, by name."""
    rows = world.rows("SELECT state, reason, count(*) FROM nudge GROUP BY state, reason")
    assert judge.faults == []
    assert judge.busiest_week == WEEK_MAX  # the limit was met
    states = {(state, reason) for state, reason, _ in rows}
    assert {state for state, _ in states} == {"sent", "suppressed"}
    assert ("suppressed", None) not in states
    assert {"held out", "no consent", "something else mattered more"} <= {why for _, why in states}
    sides = world.rows("SELECT DISTINCT member_id, rule, arm FROM nudge WHERE arm IS NOT NULL")
    assert len({(member, rule) for member, rule, _ in sides}) == len(sides)
    held_out = {(member, rule) for member, rule, arm in sides if arm == "held_out"}
    assert held_out.isdisjoint(judge.reached)
    share = len(held_out) / len(sides)
    assert abs(share - HELD_OUT) < share_error_max, share
    return {
        "pushes": judge.counts.total(),
        "rules": len(judge.counts),
        **{str(reason or state).replace(" ", "_"): number for state, reason, number in rows},
    }
