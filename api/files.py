"""Files that a command makes: whole or not at all, and never in the place of another."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileRefused(Exception):  # noqa: N818 -- one clear line for whoever named the file
    """The file cannot be made; the message says why."""


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file to fill, which nobody else may read; at the end it becomes `path`, on disk.

    Where the block fails nothing is left. Raises FileRefused when `path` is there already, or no
    file can be made beside it.
    """
    _refuse_existing(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise FileRefused(f"{path}: {error.strerror or error}") from error
    part = Path(name)
    try:
        os.close(handle)
        yield part
        _sync(part)
        _put_in_place(part, path)
        if os.name == "posix":  # elsewhere a folder cannot be opened
            _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _put_in_place(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)  # fails where a rename would take another file's place
    except FileExistsError:
        _refuse_existing(path)
    except OSError:  # a disk without hard links, such as a USB stick's
        _refuse_existing(path)
        part.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileRefused(f"{path}: is there already; name another file")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
