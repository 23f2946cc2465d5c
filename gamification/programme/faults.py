"""Faults: what is wrong with a programme file, and on which line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong. `line` counts from 1. As text: `FILE:LINE: reason`."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Give the form that editors turn into a link."""
        return f"{self.file}:{self.line}: {self.reason}"


class ProgrammeRefused(Exception):  # noqa: N818 -- the file is refused; nothing broke
    """A programme file with faults, none of which was taken into use."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
