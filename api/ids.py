"""Ids, random bytes and codes: the only module that makes them.

An id is a UUIDv7 (RFC 9562, 5.7) as 32 lower-case hexadecimal digits, so that text order is time
order and new rows land side by side in an index. From the left: milliseconds since 1970 (48 bits),
the version, and a tail of 74 bits around the variant. Within one millisecond the tail rises by
random steps (6.2, method 2), so that the next id cannot be guessed from the last.
"""

import os
import secrets
import threading
import time
from datetime import UTC, datetime

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32, without the letters that are read as others: I, L, O and U."""

CODE_LENGTH = 8
"""40 random bits: a clerk types it, and a guess among a million open vouchers hits one in 10^6."""

_TAIL_BITS = 74
_STEP_BITS = 48
"""Steps of 2^47 on average leave room for 2^26 ids in one millisecond, an import's standstill."""

_LOW_BITS = 62
_LOW_MASK = (1 << _LOW_BITS) - 1
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << _LOW_BITS
_MOMENT_SHIFT = 80

_SEED_BYTES = 9
_STEP_BYTES = _STEP_BITS // 8
_POOL_BYTES = 16_384
"""Randomness is fetched for some 2,700 ids at once: a system call each would take a third."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Series:
    """Ids that ascend as long as the moment does not go back. Any thread may ask."""

    def __init__(self) -> None:
        self.start()
        # A forked child must not draw from its parent's randomness, nor wait for its threads.
        os.register_at_fork(after_in_child=self.start)

    def start(self) -> None:
        """Forget every id given before."""
        self._asking = threading.Lock()
        self._ms = -1
        self._tail = 0
        self._pool = b""
        self._used = 0

    def at(self, ms: int) -> str:
        """Give an id of the millisecond `ms` since 1970."""
        with self._asking:
            return self._next(ms)

    def not_before_last(self, ms: int) -> str:
        """Give an id of `ms`, or of the last id's millisecond when that is later."""
        with self._asking:
            return self._next(max(ms, self._ms))

    def _next(self, ms: int) -> str:
        if ms != self._ms:
            self._ms = ms
            self._tail = self._random(_SEED_BYTES)
        else:
            self._tail += 1 + self._random(_STEP_BYTES)
            if self._tail >> _TAIL_BITS:
                self._ms += 1
                self._tail = self._random(_SEED_BYTES)
        tail = self._tail
        return "%032x" % (
            self._ms << _MOMENT_SHIFT
            | _VERSION_7
            | tail >> _LOW_BITS << 64
            | _VARIANT
            | tail & _LOW_MASK
        )

    def _random(self, size: int) -> int:
        end = self._used + size
        if end > len(self._pool):
            self._pool = os.urandom(_POOL_BYTES)
            self._used, end = 0, size
        value = int.from_bytes(self._pool[self._used : end])
        self._used = end
        return value


_live = _Series()
_of_moments = _Series()


def new_id() -> str:
    """Give an id of this moment; in one process each sorts after the one before.

    Holds even when the machine's clock is set back. 32 lower-case hexadecimal digits.
    """
    return _live.not_before_last(time.time_ns() // 1_000_000)


def new_id_at(now: datetime) -> str:
    """Give an id of the moment `now` (aware), so that imported history sorts by its own time.

    Ids asked for one after the other with the same `now` ascend. Raises ValueError for a moment
    before 1970.
    """
    since = now - _EPOCH
    ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    if ms < 0:
        raise ValueError("an id's moment is not before 1970")
    return _of_moments.at(ms)


def random_bytes(size: int) -> bytes:
    """Give `size` bytes that nobody can guess."""
    return os.urandom(size)


def voucher_code() -> str:
    """Give a random code of 8 characters that are not mistaken for one another."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
