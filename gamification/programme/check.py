"""Check and load a programme file."""

import hashlib
from pathlib import Path

from gamification.programme.faults import Fault, ProgrammeRefused
from gamification.programme.notes import FAULTS_MAX, Notes, TooManyFaults
from gamification.programme.parse import parse_programme
from gamification.programme.source import BYTES_MAX, SourceFault, read_source
from gamification.programme.values import Programme

VERSION_DIGITS = 12  # hex; 48 bits tell the versions of one shop apart


def read_programme(data: bytes, *, name: str) -> tuple[Programme | None, Notes]:
    """Read a file. The programme is None if the notes have any fault."""
    try:
        notes = Notes(file=name, source=read_source(data))
    except SourceFault as error:
        return None, Notes.of_one(Fault(file=name, line=error.line, reason=str(error)))
    programme = None
    try:
        programme = parse_programme(notes, version=version_of(data))
    except TooManyFaults:
        last = notes.faults[-1].line
        reason = f"there are more faults; these are the first {FAULTS_MAX}"
        notes.faults.append(Fault(file=name, line=last, reason=reason))
    notes.faults.sort(key=lambda fault: fault.line)
    return (None if notes.faults else programme), notes


def version_of(data: bytes) -> str:
    """The version of a file: the first hex digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:VERSION_DIGITS]


def check_programme(source: bytes, name: str) -> tuple[Programme | None, list[Fault]]:
    """Check the bytes of a file called `name`: the programme, or every fault, by line."""
    programme, notes = read_programme(source, name=name)
    return programme, notes.faults


def load_programme(path: Path) -> Programme:
    """Load a programme file. Raises ProgrammeRefused with every fault, or OSError."""
    programme, faults = check_programme(read_bytes(path), str(path))
    if programme is None:
        raise ProgrammeRefused(faults)
    return programme


def read_bytes(path: Path) -> bytes:
    """Read a file, of which one byte beyond the limit is enough. Raises OSError."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)
