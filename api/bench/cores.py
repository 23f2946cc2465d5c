"""Which core does what: one for what is measured, the others for whoever measures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Cores:
    """The core for one process, and the two for two. None where there is only one core."""

    one: tuple[int, ...]
    two: tuple[int, ...]


def pin(*cores: int) -> None:
    """Keep this process on these cores; none leave it where it is."""
    if cores:
        os.sched_setaffinity(0, cores)


@contextmanager
def set_apart() -> Iterator[Cores]:
    """Cores for what is measured; this process keeps off the first."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        yield Cores(one=(), two=())
        return
    os.sched_setaffinity(0, cores[1:])
    try:
        yield Cores(one=(cores[0],), two=(cores[0], cores[1]))
    finally:
        os.sched_setaffinity(0, cores)
