"""Whatever a file holds: it is read, or refused in words."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from api.imports.faults import ImportRefused
from api.imports.reading import read_log
from gamification.programme.values import Programme
from tests.world import START

HEADER = b"member,date,amount,receipt,category,units\n"
PIECES = st.sampled_from(
    [b",", b'"', b"\n", b"\r", b"\0", b"\xff", b"ada", b"2026-01-10", b"T24:00", b"-", b"9" * 30]
)
LINES = st.lists(PIECES | st.binary(max_size=4), max_size=60).map(b"".join)


def _read(programme: Programme, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_bytes(content)
        refused: list[int] = []
        try:
            log = read_log(
                path,
                mapping=None,
                programme=programme,
                stores=frozenset(),
                now=START,
                reject=lambda line, *_: refused.append(line),
                at_line=lambda _: None,
            )
        except ImportRefused as refusal:
            assert "\n" not in str(refusal)  # noqa: PT017 -- either way out is right
        else:
            assert log.lines == len(log.rows) + len(refused)


@given(LINES)
def test_any_lines_under_a_header_are_read_or_refused(programme: Programme, lines: bytes) -> None:
    _read(programme, HEADER + lines)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(programme: Programme, content: bytes) -> None:
    _read(programme, content)
    _read(programme, b"\x1f\x8b\x08" + content)


@given(st.integers(0, 150), st.integers(0, 255))
def test_any_damage_to_a_gzip_file_is_read_or_refused(
    programme: Programme, at: int, byte: int
) -> None:
    packed = bytearray(gzip.compress(HEADER + b"ada,2026-01-10,5.00,,,\n" * 9, mtime=0))
    packed[at % len(packed)] = byte
    _read(programme, bytes(packed))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_values_are_read_or_refused(
    programme: Programme, member: str, date: str, amount: str
) -> None:
    line = ",".join('"' + text.replace('"', '""') + '"' for text in (member, date, amount))
    _read(programme, b"member,date,amount\n" + line.encode())
