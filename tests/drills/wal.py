"""SQLite's write-ahead log as bytes: how far it is committed, and what a power cut may leave of it.

The format is that of the file format's page of SQLite, chapter 4.
"""

import os
import random
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.story import wait_until

_HEADER = struct.Struct(">8I")  # magic, version, page size, sequence, two salts, two checksums
_FRAME = struct.Struct(">6I")  # page, size of the database after a commit or 0, salts, checksums
SECTOR_BYTES = 512
STOPPED_S_MAX = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """How far a log is committed: `end` is a number of bytes; a new generation begins at zero.

    `pages` are the database's pages that it holds up to there.
    """

    generation: bytes
    end: int
    pages: frozenset[int]
    page_bytes: int


def extent(log: bytes) -> Extent:
    """The committed part of a log."""
    if len(log) < _HEADER.size:
        return Extent(generation=b"", end=0, pages=frozenset(), page_bytes=0)
    page_bytes = _HEADER.unpack_from(log)[2]
    generation = log[16:24]
    end, pages, open_pages = 0, set[int](), set[int]()
    at = _HEADER.size
    while at + _FRAME.size + page_bytes <= len(log) and log[at + 8 : at + 16] == generation:
        page, size_after, *_ = _FRAME.unpack_from(log, at)
        open_pages.add(page)
        at += _FRAME.size + page_bytes
        if size_after:
            end = at
            pages |= open_pages
            open_pages.clear()
    return Extent(generation=generation, end=end, pages=frozenset(pages), page_bytes=page_bytes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """The bytes of a database and of its log at one moment."""

    database: bytes
    log: bytes

    @classmethod
    def read(cls, file: Path) -> "Disk":
        """What stands on the disk now; one moment only while nobody writes."""
        log = file.with_name(f"{file.name}-wal")
        return cls(database=file.read_bytes(), log=log.read_bytes() if log.exists() else b"")

    def write(self, file: Path) -> None:
        """Put it where a database can be opened."""
        file.write_bytes(self.database)
        file.with_name(f"{file.name}-wal").write_bytes(self.log)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Hold a process still, in the middle of whatever it does."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: _is_stopped(pid), within_s=STOPPED_S_MAX)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    # A thread that waits for the disk stops only after that.
    states = (path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat"))
    return all(text.rpartition(")")[2].split()[0] == "T" for text in states)


Damage = Callable[[bytes, random.Random], bytes]


def _cut(tail: bytes, chance: random.Random) -> bytes:
    return tail[: chance.randint(0, len(tail))]


def _zeros(tail: bytes, chance: random.Random) -> bytes:
    kept = chance.randint(0, len(tail))
    return tail[:kept] + bytes(len(tail) - kept)


def _garbage(tail: bytes, chance: random.Random) -> bytes:
    kept = chance.randint(0, len(tail))
    return tail[:kept] + chance.randbytes(len(tail) - kept)


def _some_sectors(tail: bytes, chance: random.Random) -> bytes:
    sectors = [tail[at : at + SECTOR_BYTES] for at in range(0, len(tail), SECTOR_BYTES)]
    return b"".join(each if chance.random() < 0.5 else bytes(len(each)) for each in sectors)


def _flipped_bits(tail: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(tail)
    for _ in range(min(len(tail), chance.randint(1, 8))):
        damaged[chance.randrange(len(tail))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


DAMAGES: tuple[Damage, ...] = (_cut, _zeros, _garbage, _some_sectors, _flipped_bits)
"""What becomes of bytes that were written and not synced."""


def after_power_cut(
    *, acknowledged: Disk, cut: Disk, damage: Damage, chance: random.Random
) -> Disk:
    """What may be left at the moment `cut` of what was synced at the moment `acknowledged`.

    The log is damaged behind what was synced by then. Where the database itself was written to
    meanwhile, by a checkpoint, all that the log held as committed was synced before it; what the
    checkpoint writes is damaged then, and the log has it still.
    """
    before, now = extent(acknowledged.log), extent(cut.log)
    if cut.database == acknowledged.database:
        synced = before.end if before.generation == now.generation else 0
        database = cut.database
    else:
        synced = now.end
        database = _torn(cut.database, now, chance)
    return Disk(database=database, log=cut.log[:synced] + damage(cut.log[synced:], chance))


def _torn(database: bytes, log: Extent, chance: random.Random) -> bytes:
    torn = bytearray(database)
    # The first page names the file's format in its first bytes, which no write changes.
    for page in log.pages - {1}:
        at = (page - 1) * log.page_bytes
        if chance.random() < 0.5 and at + log.page_bytes <= len(torn):
            torn[at : at + log.page_bytes] = chance.randbytes(log.page_bytes)
    return bytes(torn)
