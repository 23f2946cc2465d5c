"""A disk of a few megabytes that a drill fills and frees."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import NoReturn

import pytest

from tests.postgresql import DEMAND

BLOCK_BYTES = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallDisk:
    """A disk of its own at `path`."""

    path: Path

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Take every block that is free."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(BLOCK_BYTES)) == BLOCK_BYTES:
                    pass
            except OSError as error:
                if error.errno != ENOSPC:
                    raise

    def free(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()


@contextmanager
def small_disk(*, size_mb: int) -> Iterator[SmallDisk]:
    """A mounted disk in memory; where that may not be done it skips the test, or fails it."""
    if os.geteuid() != 0:
        _give_up("ONLY ROOT MOUNTS A DISK: what happens on a full one was not tried")
    # Not below pytest's own folder, which nobody else may enter.
    path = Path(tempfile.mkdtemp(prefix="regulars-disk-"))
    mounted = subprocess.run(  # noqa: S603 -- the system's own program
        ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        path.rmdir()
        _give_up(f"NO DISK CAN BE MOUNTED HERE: {mounted.stderr.strip()}")
    path.chmod(0o755)
    try:
        yield SmallDisk(path=path)
    finally:
        with suppress(FileNotFoundError):
            SmallDisk(path=path).free()
        # Lazily: a process that is just being killed may hold a file for a moment.
        subprocess.run(["/usr/bin/umount", "-l", str(path)], check=True)  # noqa: S603 -- as above
        path.rmdir()


def _give_up(reason: str) -> NoReturn:
    """Whoever demands that both databases are tried demands a disk for them to fill as well."""
    if os.environ.get(DEMAND):
        pytest.fail(reason)
    pytest.skip(reason)
