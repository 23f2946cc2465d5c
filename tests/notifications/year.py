"""A year of messages: members act, travel and change their minds, and every push is judged.

What is judged by stands here and not in the program: consents as they were given, days and hours
where the member is, what was sent before.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update

from api.database import Database
from api.sweeps import Sweeps
from gamification.actions.update_profile import Profile, update_profile
from gamification.database import TextList, one_of, table_of
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from gamification.timeline import store as timeline
from notifications import courier, planner
from notifications.courier import STEP_MAX
from notifications.sender import Outcome, OutcomeKind, Push
from notifications.tables import Device, Nudge
from tests.api.log_capture import structured_log
from tests.notifications.judge import Judge
from tests.notifications.nudging import consent, device
from tests.notifications.occasions import with_a_challenge
from tests.world import MANAGER, World

ZONES = (
    "Europe/Warsaw",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Pacific/Pago_Pago",
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Taipei",
)
CATEGORIES = ("marketing", "reminders")
HOURS = (0, 4, 7, 10, 13, 16, 19, 22)  # in UTC, at which the clock stands still
HOURS_EACH_DAY = 3  # of them, by chance; all of them where clocks change
# Within it the clocks change in America, Europe, Australia and New Zealand.
CHANGES = (
    (date(2026, 3, 7), date(2026, 3, 9)),
    (date(2026, 3, 28), date(2026, 3, 30)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 9, 26), date(2026, 9, 28)),
    (date(2026, 10, 3), date(2026, 10, 5)),
    (date(2026, 10, 24), date(2026, 10, 26)),
    (date(2026, 10, 31), date(2026, 11, 2)),
)

# After the hour: quiet hours end and begin on it, or half an hour off where zones are.
MINUTES = (0, 0, 1, 15, 29, 30, 59)

_OPEN_APPS = update(table_of(Device)).values(registered_at=bindparam("now"))
_SENT = select(*table_of(Nudge).columns).where(
    one_of(table_of(Nudge).c.id, bindparam("ids", type_=TextList))
)


class Phones:
    """Takes pushes; of a few it asks to be asked again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.rung: set[str] = set()

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        outcomes = []
        for push in pushes:
            kind = OutcomeKind.RETRY if self._chance.random() < 0.03 else OutcomeKind.SENT
            outcomes.append(Outcome(nudge_id=push.nudge_id, device_id=push.device_id, kind=kind))
            if kind is OutcomeKind.SENT:
                self.rung.add(push.nudge_id)
        return outcomes


class Year:
    """Lives through days: `enrol` members, `begin` with all there are, and `live`."""

    def __init__(self, world: World, *, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.judge = Judge()
        self.phones = Phones(chance)
        self.members: list[MemberRecord] = []
        self.actors: list[MemberRecord] = []
        self._vouchers: list[tuple[MemberRecord, str]] = []
        self._devices = 0

    def enrol(self, count: int) -> None:
        """So many members with a birthday and a phone, in all zones by turns."""
        for number in range(count):
            born = date(1990, self.chance.randrange(1, 13), self.chance.randrange(1, 29))
            zone = ZONES[number % len(ZONES)]
            member = self.world.enrol(f"P{number}", time_zone=zone, birthday=born)
            device(self.world, member, f"P{number}")

    def begin(self, members: Sequence[MemberRecord], *, acting: int) -> None:
        """These are in it, and the first of them act; most allow to be told."""
        self.members, self.actors = list(members), list(members[:acting])
        for member in members:
            self.judge.zones[member.id] = ZoneInfo(member.time_zone)
            for category in CATEGORIES:
                self.allow(member, category, granted=self.chance.random() < 0.8)

    def live(self, *, days: int, step: int, acts: int, changes: int, every: int) -> None:
        """Go through so many days by steps, stop the clock a few times, then let things settle.

        Each time there are so many acts and changes of mind. A look at everybody comes after
        `every` days. Where clocks change there is a step and a look each day.
        """
        first = self.world.now.date() + timedelta(days=1)
        for day in (first + timedelta(days=n) for n in range(days)):
            is_change = any(begin <= day <= end for begin, end in CHANGES)
            if not is_change and (day - first).days % step:
                continue
            if is_change or (day - first).days % every == 0:
                self.world.now = datetime.combine(day, time(), tzinfo=UTC)
                self._wake()
            hours = HOURS if is_change else sorted(self.chance.sample(HOURS, HOURS_EACH_DAY))
            for hour in hours:
                minute = self.chance.choice(MINUTES)
                self.world.now = datetime.combine(day, time(hour, minute), tzinfo=UTC)
                for _ in range(acts):
                    with suppress(Refusal):
                        self._act(self.chance.choice(self.actors))
                self._go_round(changes)

        while self.world.rows("SELECT 1 FROM nudge WHERE state IN ('planned', 'queued')"):
            self.world.pass_time(hours=11)
            self._go_round(0)

    def _wake(self) -> None:
        """Phones are used, and it is time that everybody is looked at."""
        world = self.world
        world.write(lambda c: c.run(_OPEN_APPS, now=world.now))
        sweeps = Sweeps(
            database=world.database,
            occasion=world.occasion,
            is_stopping=lambda: False,
            log=structured_log(),
        )
        for sweep in (sweeps.celebrate, sweeps.look_at_everybody):
            asyncio.run(_run(sweep))

    def _go_round(self, changes: int) -> None:
        world = self.world
        ask = partial(planner.plan, programme=world.programme, now=world.now, new_id=world.new_id)
        while world.read(timeline.is_any_fresh):
            world.write(ask)
        jobs: list[list[str]] = []
        hand_over = partial(
            planner.dispatch, now=world.now, enqueue=lambda _, __, ids: jobs.append(ids), most=10**6
        )
        if world.read(partial(planner.has_work, now=world.now)):
            world.write(hand_over)
        for _ in range(changes):  # while jobs wait
            self._change(self.chance.choice(self.members))
        self.phones.rung.clear()
        asyncio.run(self._deliver([each for ids in jobs for each in ids]))
        rung = list(self.phones.rung)
        for nudge in world.read(lambda c: c.all(_SENT, ids=rung)):
            self.judge.see(nudge, world.now)

    async def _deliver(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), STEP_MAX):
            await courier.deliver(
                ids[start : start + STEP_MAX],
                write=self.world.database.write,
                sender=self.phones,
                programme=self.world.programme,
                now=lambda: self.world.now,
            )

    def allow(self, member: MemberRecord, category: str, *, granted: bool) -> None:
        """A consent given or withdrawn."""
        consent(self.world, member, granted=granted, category=category)
        change = self.judge.consents.add if granted else self.judge.consents.discard
        change((member.id, category))

    def _change(self, member: MemberRecord) -> None:
        """A change of mind, or of place."""
        if self.chance.random() < 0.5:
            granted = self.chance.random() < 0.6
            self.allow(member, self.chance.choice(CATEGORIES), granted=granted)
            return
        zone = self.chance.choice(ZONES)
        occasion = self.world.occasion(self.world.as_member(member))
        self.world.write(lambda c: update_profile(c, Profile(time_zone=zone), occasion))
        self.judge.zones[member.id] = ZoneInfo(zone)

    def _act(self, member: MemberRecord) -> None:
        world, drawn = self.world, self.chance.random()
        if drawn < 0.60:
            bought = world.buy(member, f"{self.chance.randrange(100, 9000) / 100:.2f}")
            if drawn < 0.03:
                world.refund(bought)
        elif drawn < 0.75:
            voucher = world.redeem(member, "bread").result()["voucher_id"]
            self._vouchers.append((member, voucher))
        elif drawn < 0.80 and self._vouchers:
            owner, voucher = self._vouchers.pop()
            world.capture(world.scan(owner).id, voucher)
        elif drawn < 0.88:
            world.do(member, "tasting", table="wine", actor=MANAGER)
        elif drawn < 0.93:
            world.join(member, "three_a_week")
        elif drawn < 0.97:
            world.do(member, "surprise", points=self.chance.randrange(10, 100), actor=MANAGER)
        else:
            self._devices += 1
            device(world, member, f"another-{self._devices}")


def world_of_a_year(database: Database, market: Programme, cafe: Programme) -> World:
    """The sample with hold-outs, a challenge, and points that expire within the year."""
    told = with_a_challenge(market, cafe)
    played = replace(market, challenges=told.challenges, points_expire_months=6)
    return World(database, played)


def everybody(world: World) -> list[MemberRecord]:
    """All members, by id."""
    ids = world.rows("SELECT id FROM member")
    found = world.read(lambda c: members.by_ids(c, ids))
    return [found[each] for each in sorted(found)]


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()
