"""What comes by itself as time goes on: expiry, birthdays, referrals that have come true.

Each sweep may be late, or be done by two workers at once: what it finds is done once.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from api.database import Database
from gamification.actions.celebrate_members import (
    celebrate_member,
    days_to_celebrate,
    members_to_celebrate,
)
from gamification.actions.expire_points import expire_points, lapse_vouchers
from gamification.actions.settle_referrals import referrals_to_settle, settle_referral
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.state import local_day

SWEPT_AT_ONCE = 20
"""Members or vouchers in one write: a till waits behind it."""


class Sweeps:
    """The sweeps of one worker, each a round that ends early when the worker stops."""

    def __init__(
        self,
        *,
        database: Database,
        occasion: Callable[[], Occasion],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._occasion = occasion
        self._is_stopping = is_stopping
        self._celebrated: date | None = None  # the day up to which all was done

    def all(self) -> list[Callable[[], Awaitable[None]]]:
        """Every sweep, to be called again and again."""
        return [self.expire, self.celebrate, self.settle_referrals]

    async def expire(self) -> None:
        """Expire what has run out: points, then vouchers."""
        after: str | None = ""
        while after is not None and not self._is_stopping():
            after = await self._database.write(partial(self._expire, after=after))
        while not self._is_stopping():
            if await self._database.write(self._lapse) < SWEPT_AT_ONCE:
                return

    def _expire(self, connection: Connection, *, after: str) -> str | None:
        """Expire a page of members' points; the last of the page, or None at the end."""
        swept = expire_points(connection, self._occasion(), after=after, most=SWEPT_AT_ONCE)
        return swept[-1] if len(swept) == SWEPT_AT_ONCE else None

    def _lapse(self, connection: Connection) -> int:
        return lapse_vouchers(connection, self._occasion(), most=SWEPT_AT_ONCE)

    async def celebrate(self) -> None:
        """Birthdays and anniversaries, once a day."""
        programme = self._occasion().programme
        today = local_day(self._occasion().now, programme)
        for day in days_to_celebrate(today) if today != self._celebrated else []:
            await self._for_each(
                partial(members_to_celebrate, programme=programme, day=day),
                partial(celebrate_member, day=day),
            )
        if not self._is_stopping():
            self._celebrated = today

    async def settle_referrals(self) -> None:
        """Reward both sides of referrals that have come true."""
        occasion = self._occasion()
        find = partial(referrals_to_settle, programme=occasion.programme, now=occasion.now)
        await self._for_each(find, settle_referral)

    async def _for_each(
        self, find: Callable[..., list[str]], act: Callable[[Connection, str, Occasion], object]
    ) -> None:
        """Act on each of the ids that `find` gives page by page, in a write of its own."""
        after = ""
        while ids := await self._database.read(partial(find, after=after)):
            for each in ids:
                if self._is_stopping():
                    return
                await self._database.write(partial(self._one, act=act, each=each))
            after = ids[-1]

    def _one(
        self,
        connection: Connection,
        *,
        act: Callable[[Connection, str, Occasion], object],
        each: str,
    ) -> object:
        return act(connection, each, self._occasion())
