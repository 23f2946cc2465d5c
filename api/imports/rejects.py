"""The reject file: every line that was refused, with its number and the reason."""

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from api.imports.faults import ImportRefused

HEADER = ("line", "reason", "text")
TEXT_CHARACTERS_MAX = 500  # enough to find it again
EXAMPLES_MAX = 5


@dataclass(kw_only=True, slots=True)
class Rejects:
    """Collects refused lines into a file beside `path`, which takes its place at the end.

    No file is left when nothing was refused, and none when an error ended the import. `path` None
    writes nothing. Raises ImportRefused when the place cannot be used.
    """

    path: Path | None
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str]] = field(default_factory=list)
    _temporary: Path | None = None
    _stream: io.TextIOWrapper | None = None

    def __enter__(self) -> Self:
        """Open the file, before anything is imported."""
        if self.path is None:
            return self
        try:
            if self.path.exists() and not self._is_ours(self.path):
                raise ImportRefused(
                    f"{self.path}: is there already and holds no refused lines; name another file"
                )
            # A fixed name, so that what a killed run left behind goes with the next one.
            self._temporary = self.path.with_name(f"{self.path.name}.part")
            self._stream = self._temporary.open("w", encoding="utf-8", newline="")
        except OSError as fault:
            raise self._refused(fault) from fault
        csv.writer(self._stream).writerow(HEADER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the file into its place, or take it away."""
        if self.path is None or self._stream is None or self._temporary is None:
            return
        try:
            self._stream.close()
            if kind is None and self.kinds:
                self._temporary.replace(self.path)
            elif kind is None:
                self.path.unlink(missing_ok=True)
        except OSError as fault:
            raise self._refused(fault) from fault
        finally:
            self._temporary.unlink(missing_ok=True)

    def add(self, line: int, kind: str, reason: str, text: str) -> None:
        """Refuse one line."""
        self.kinds[kind] += 1
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append((line, reason))
        if self._stream is None:
            return
        shown = text.rstrip("\r\n").replace("\0", "")[:TEXT_CHARACTERS_MAX]
        try:
            csv.writer(self._stream).writerow((line, reason, shown))
        except OSError as fault:
            raise self._refused(fault) from fault

    def _refused(self, fault: OSError) -> ImportRefused:
        return ImportRefused(f"{self.path}: {fault.strerror or fault}")

    @staticmethod
    def _is_ours(path: Path) -> bool:
        start = ",".join(HEADER).encode()
        with path.open("rb") as stream:
            return stream.read(len(start)) in {start, b""}
