"""Values that are kept under a digest, each until a time."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """At most `most` values; the one not asked for longest is forgotten first."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._found: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def get(self, digest: bytes, *, now_s: float) -> T | None:
        """Give the value, unless its time is over."""
        known = self._found.get(digest)
        if known is None:
            return None
        until_s, value = known
        if now_s >= until_s:
            del self._found[digest]
            return None
        self._found.move_to_end(digest)
        return value

    def keep(self, digest: bytes, value: T, *, until_s: float) -> None:
        """Keep a value until a time, in seconds as the caller's clock counts them."""
        self._found[digest] = (until_s, value)
        self._found.move_to_end(digest)
        if len(self._found) > self._most:
            self._found.popitem(last=False)
