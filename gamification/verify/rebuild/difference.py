"""What is stored, and what it should be."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """`what` of a row is not what activities and entries make it; `str()` is one line."""

    table: str
    row: str
    what: str
    stored: Any
    rebuilt: Any

    def __str__(self) -> str:
        return (
            f"{self.table} {self.row}: {self.what} stored {_shown(self.stored)},"
            f" rebuilt {_shown(self.rebuilt)}"
        )


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
