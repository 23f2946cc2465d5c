"""One server per SQLite file: two would both run the engine's jobs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.database import DatabaseRefused

try:
    import fcntl
except ImportError:  # not on Windows, where two servers are up to whoever starts them
    fcntl = None  # type: ignore[assignment]  # its absence is what is asked below


@contextmanager
def sole_user(database: Path) -> Iterator[None]:
    """Hold the file `<database>.lock` until the block ends; the system lets go of it at a crash.

    Raises DatabaseRefused while another process holds it.
    """
    path = database.with_name(f"{database.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DatabaseRefused(f"{database}: another server of ours uses it") from error
        yield
    finally:
        os.close(handle)
