"""Who follows a member looks sooner when something was written: here, or by another process.

On PostgreSQL, who wrote tells the others. A NOTIFY within a purchase's transaction makes it a third
slower; this is one for all writes of a fifth of a second, after their commits, on a connection of
its own. On SQLite other processes are not told of, and followers look by themselves.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from structlog.typing import FilteringBoundLogger

from api.database import Database
from api.database.postgresql import PostgresqlDatabase, connect_async
from api.streams.feed import FactFeed

CHANNEL = "regulars_facts"
TELL_EVERY_S = 0.2  # what is written in between is told of together
CONNECT_AGAIN_S = 5.0  # followers look by themselves meanwhile


@asynccontextmanager
async def told_of_writes(
    feed: FactFeed, database: Database, *, log: FilteringBoundLogger
) -> AsyncIterator[None]:
    """Until the block ends, `feed` is woken by writes."""
    if not isinstance(database, PostgresqlDatabase):
        database.after_write = feed.wake
        yield
        return
    wire = _Wire(feed, database, log)
    database.after_write = wire.wrote
    task = asyncio.create_task(wire.listen())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


class _Wire:
    def __init__(self, feed: FactFeed, database: Database, log: FilteringBoundLogger) -> None:
        self._feed = feed
        self._url = database.url
        self._log = log
        self._has_written = False

    def wrote(self) -> None:
        self._has_written = True
        self._feed.wake()

    async def listen(self) -> None:
        """Until cancelled; a lost connection is made again."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                self._log.warning("listening_interrupted", error=type(error).__name__)
            await asyncio.sleep(CONNECT_AGAIN_S)

    async def _listen(self) -> None:
        async with await connect_async(self._url) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                async for _ in connection.notifies(timeout=TELL_EVERY_S):
                    self._feed.wake()
                if self._has_written:
                    self._has_written = False
                    await connection.execute(f"NOTIFY {CHANNEL}")
