"""Wakes whoever follows a member, when the member has new facts.

All followers of a process share one look at the database: every `LOOK_EVERY_S`, and soon after this
process, or on PostgreSQL any other, has written something.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from api.database import DatabaseBusy

LOOK_EVERY_S = 2.0  # how late an event of another process comes at most, where nothing tells of it
LOOKS_APART_S = 0.05  # writes of a busy moment share a look

LastNumbers = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]


class FactFeed:
    """`last_numbers` gives the number of the newest fact of each of the members."""

    def __init__(self, last_numbers: LastNumbers) -> None:
        self._last_numbers = last_numbers
        self._followers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._known: dict[str, int] = {}
        self._written = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def changes(self, member_id: str) -> AsyncGenerator[None, None]:
        """Give one item at once, and one whenever there are new facts; never ends by itself."""
        new = asyncio.Event()
        self._followers[member_id].add(new)
        if self._looking is None or self._looking.done():
            self._loop = asyncio.get_running_loop()
            self._looking = self._loop.create_task(self._look_all_the_time())
        try:
            while True:
                new.clear()
                yield
                await new.wait()
        finally:
            self._followers[member_id].discard(new)
            if not self._followers[member_id]:
                del self._followers[member_id]
                self._known.pop(member_id, None)

    def wake(self) -> None:
        """Something was written, here or elsewhere. May be called from any thread."""
        if self._followers and self._loop is not None and not self._written.is_set():
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                self._loop.call_soon_threadsafe(self._written.set)

    async def _look_all_the_time(self) -> None:
        while self._followers:
            with suppress(DatabaseBusy):  # the next look tells
                await self._look()
            await asyncio.sleep(LOOKS_APART_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._written.wait(), LOOK_EVERY_S - LOOKS_APART_S)

    async def _look(self) -> None:
        self._written.clear()
        # Who comes while the answer is under way reads for themselves first.
        members = list(self._followers)
        found = await self._last_numbers(members)
        for member_id in members:
            number = found.get(member_id, 0)
            if member_id in self._followers and self._known.get(member_id) != number:
                self._known[member_id] = number
                for follower in self._followers[member_id]:
                    follower.set()
