"""The physical lines of a file, plain or gzip: bounded, numbered, never trusted."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from api.imports.faults import ImportRefused

LINE_BYTES_MAX = 100_000  # a purchase has some hundred; longer lines are never held in memory
_GZIP = b"\x1f\x8b"
# What people hand in for a CSV, by its first bytes.
_OTHER = {
    b"PK\x03\x04": "is a spreadsheet or a ZIP archive; save it as CSV",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet; save it as CSV",
    b"\xff\xfe": "is written in UTF-16; save it as UTF-8",
    b"\xfe\xff": "is written in UTF-16; save it as UTF-8",
    b"BZh": "is compressed with bzip2; unpack it, or use gzip",
    b"\xfd7zXZ": "is compressed with xz; unpack it, or use gzip",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; unpack it, or use gzip",
}
_MARK = b"\xef\xbb\xbf"  # some spreadsheets begin UTF-8 with it


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[tuple[int, bytes | None]]]:
    """The lines as (number from 1, bytes); None stands for a line beyond LINE_BYTES_MAX.

    Raises ImportRefused when the file cannot be read, is of another kind, or is damaged.
    """
    try:
        with path.open("rb") as raw:
            start = raw.peek(8)
            if start.startswith(_GZIP):
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield _lines(cast(BinaryIO, unpacked), str(path))
                return
            if path.suffix.lower() == ".gz" and start:
                raise ImportRefused(f"{path}: ends in .gz, but is no gzip file")
            for mark, reason in _OTHER.items():
                if start.startswith(mark):
                    raise ImportRefused(f"{path}: {reason}")
            yield _lines(raw, str(path))
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror or error}") from error


def _lines(stream: BinaryIO, file: str) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    try:
        while line := stream.readline(LINE_BYTES_MAX):
            number += 1
            if number == 1:
                line = line.removeprefix(_MARK)
            if len(line) == LINE_BYTES_MAX and not line.endswith(b"\n"):
                while (rest := stream.readline(LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
                    pass
                yield number, None
            else:
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportRefused(
            f"{file}:{number + 1}: the gzip file is damaged from here on"
        ) from error
