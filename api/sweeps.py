"""What comes by itself as time goes on: expiry, birthdays, referrals, nudges that did harm.

Each sweep may be late, or be done by two workers at once: what it finds is done once. A member
whose write fails is logged and holds up nobody else; a round ends where no write gets through.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from structlog.typing import FilteringBoundLogger

from api.database import Database, DatabaseBusy
from gamification.actions.celebrate_members import (
    celebrate_member,
    days_to_celebrate,
    members_to_celebrate,
)
from gamification.actions.settle_referrals import referrals_to_settle, settle_referral
from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.state import local_day
from gamification.points import due
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers
from notifications import store as nudges
from notifications.pauses import pause
from notifications.report import harmful
from notifications.silent_devices import forget_silent

MARKED_AT_ONCE = 500
"""Members marked in one write; the planner looks at them in smaller steps. Devices, likewise."""

SWEPT_AT_ONCE = 20
"""Members in one write: a till waits behind it."""


class Sweeps:
    """The sweeps of one worker, each a round that ends early when the worker stops."""

    def __init__(
        self,
        *,
        database: Database,
        occasion: Callable[[], Occasion],
        is_stopping: Callable[[], bool],
        log: FilteringBoundLogger,
    ) -> None:
        self._database = database
        self._occasion = occasion
        self._is_stopping = is_stopping
        self._log = log
        self._celebrated: date | None = None  # the day up to which all was done
        self._looked: date | None = None  # likewise
        self._forgot: date | None = None  # likewise
        self._judged: date | None = None  # likewise

    def all(self) -> list[Callable[[], Awaitable[None]]]:
        """Every sweep, to be called again and again."""
        return [
            self.expire,
            self.celebrate,
            self.settle_referrals,
            self.look_at_everybody,
            self.pause_harmful_nudges,
            self.forget_silent_devices,
        ]

    async def expire(self) -> None:
        """See to what has come due: points that cooled off or ran out, then vouchers."""
        await self._in_pages(due.members_with_due_lots, sweep_points)
        await self._in_pages(vouchers.members_with_lapsed, lapse_vouchers)

    async def celebrate(self) -> None:
        """Birthdays and anniversaries, once a day: whose write fails is tried again tomorrow."""
        programme = self._occasion().programme
        today = local_day(self._occasion().now, programme)
        for day in days_to_celebrate(today) if today != self._celebrated else []:
            await self._for_each(
                partial(members_to_celebrate, programme=programme, day=day),
                partial(celebrate_member, day=day),
                sweep="celebrate",
            )
        if not self._is_stopping():
            self._celebrated = today

    async def settle_referrals(self) -> None:
        """Reward both sides of referrals that have come true."""
        occasion = self._occasion()
        find = partial(referrals_to_settle, programme=occasion.programme, now=occasion.now)
        await self._for_each(find, settle_referral, sweep="settle_referrals")

    async def look_at_everybody(self) -> None:
        """Once a day, let the planner look at all who allow pushes: time alone is news, too.

        Each was looked at today or is marked, so that it may be late, or be done by two workers.
        """
        occasion = self._occasion()
        today, after = local_day(occasion.now, occasion.programme), ""
        find = partial(nudges.not_looked_at, today=today, most=MARKED_AT_ONCE)
        while today != self._looked and not self._is_stopping():
            ids = await self._database.read(partial(find, after=after))
            if not ids:
                self._looked = today
                return
            await self._database.write(
                partial(timeline.mark_fresh, member_ids=ids, now=occasion.now)
            )
            after = ids[-1]

    async def pause_harmful_nudges(self) -> None:
        """Once a day, stop the rules of nudges that clearly bring fewer visits than silence."""
        occasion = self._occasion()
        today = local_day(occasion.now, occasion.programme)
        if today == self._judged or self._is_stopping():
            return
        find = partial(harmful, programme=occasion.programme, now=occasion.now)
        for rule, reason in await self._database.read(find):
            await self._database.write(partial(pause, rule=rule, reason=reason, now=occasion.now))
            self._log.warning("nudge_rule_paused", rule=rule, reason=reason)
        self._judged = today

    async def forget_silent_devices(self) -> None:
        """Once a day, forget devices that nothing reaches any more."""
        occasion = self._occasion()
        today = local_day(occasion.now, occasion.programme)
        forget = partial(forget_silent, now=occasion.now, most=MARKED_AT_ONCE)
        while today != self._forgot and not self._is_stopping():
            if await self._database.write(forget) < MARKED_AT_ONCE:
                self._forgot = today

    async def _in_pages(self, find: Callable[..., list[str]], act: Callable[..., object]) -> None:
        """Act on the members that `find` gives, a page in a write; one by one where that fails."""
        after = ""
        while ids := await self._database.read(
            partial(find, now=self._occasion().now, after=after, most=SWEPT_AT_ONCE)
        ):
            if self._is_stopping():
                return
            try:
                await self._database.write(partial(self._page, act, after=after, most=len(ids)))
            except DatabaseBusy:
                raise
            except Exception:  # noqa: BLE001 -- alone, each finds out whether it was theirs
                for each in ids:
                    one = partial(self._page, act, after=after, most=1)
                    await self._alone(one, each, sweep=act.__name__)
                    after = each
            after = ids[-1]

    def _page(
        self, act: Callable[..., object], connection: Connection, *, after: str, most: int
    ) -> object:
        return act(connection, self._occasion(), after=after, most=most)

    async def _for_each(
        self,
        find: Callable[..., list[str]],
        act: Callable[[Connection, str, Occasion], object],
        *,
        sweep: str,
    ) -> None:
        """Act on each of the ids that `find` gives page by page, in a write of its own."""
        after = ""
        while ids := await self._database.read(partial(find, after=after)):
            for each in ids:
                if self._is_stopping():
                    return
                await self._alone(partial(self._one, act=act, each=each), each, sweep=sweep)
            after = ids[-1]

    def _one(
        self,
        connection: Connection,
        *,
        act: Callable[[Connection, str, Occasion], object],
        each: str,
    ) -> object:
        return act(connection, each, self._occasion())

    async def _alone(
        self, write: Callable[[Connection], object], member_id: str, *, sweep: str
    ) -> None:
        """A write for one member; one that fails is logged. Raises DatabaseBusy."""
        try:
            await self._database.write(write)
        except DatabaseBusy:
            raise
        except Exception:  # noqa: BLE001 -- it is this member's: the next one's may succeed
            self._log.error("sweep_failed", reason=sweep, member_id=member_id, exc_info=True)
