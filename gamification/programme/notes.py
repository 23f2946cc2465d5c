"""Notes: what was found while a programme file is read, and how values are shown in words."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from gamification.expressions import Expression
from gamification.programme.faults import Fault
from gamification.programme.source import Path, Source

SHOWN_MAX = 40  # of a value or a name, in a message
FAULTS_MAX = 200  # nobody reads more, and each looks for the closest known name
NUMBER_MAX = 10**12  # far inside the 64 bits of a column


class TooManyFaults(Exception):  # noqa: N818 -- the reading stops; the faults are kept
    """FAULTS_MAX faults were noted already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """An expression, the line it stands on, and what it must give.

    That is `truth`, `whole`, or `count`: a whole number that a measure may count of an activity.
    """

    expression: Expression
    line: int
    gives: str
    kinds: Collection[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notes:
    """What was found while reading one file."""

    file: str
    source: Source
    faults: list[Fault] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    @classmethod
    def of_one(cls, fault: Fault) -> "Notes":
        """Give the notes on a file that could not be read at all."""
        return cls(file=fault.file, source=Source(values={}, lines={}), faults=[fault])

    def fault(self, path: Path, reason: str) -> None:
        """Note a fault at a path. Raises TooManyFaults when no more are wanted."""
        if len(self.faults) >= FAULTS_MAX:
            raise TooManyFaults
        # What stands in the file may hold line breaks; a fault is one line.
        plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in reason)
        self.faults.append(Fault(file=self.file, line=self.source.line(path), reason=plain))


def shown(value: object) -> str:
    """A value as a message shows it, whatever it is: short, and never expensive."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            long = len(value) > SHOWN_MAX
            return f'"{value[:SHOWN_MAX]}…"' if long else f'"{value}"'
        case int() | Decimal():
            exact = exact_number(value, decimals=SHOWN_MAX)
            return "a number beyond all range" if exact is None else str(value)
        case Mapping():
            return "a table"
        case list():
            return "a list"
    return "a date or a time"


def closest(name: str, known: Collection[str]) -> str:
    """`; did you mean X?` if something known is close, else what is known."""
    near = difflib.get_close_matches(name[:SHOWN_MAX], sorted(known), n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known are {', '.join(f'`{k}`' for k in sorted(known))}" if known else ""


def exact_number(value: object, *, decimals: int) -> Fraction | None:
    """An integer or a decimal of at most that many decimals, exactly; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    # The size is checked first: a fraction of 1e999999999 would fill the memory.
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > decimals:  # a letter: no finite number
            return None
    return Fraction(value) if -NUMBER_MAX <= value <= NUMBER_MAX else None


def between(what: str, low: int | Fraction, high: int | Fraction, *, above: bool = False) -> str:
    """Say in words what a number must be."""
    least = f"more than {_plain(low)}" if above else f"at least {_plain(low)}"
    if high >= NUMBER_MAX:
        return f"{what}, {least}"
    return f"{what}, {least} and at most {_plain(high)}"


def _plain(number: int | Fraction) -> str:
    return str(Decimal(number.numerator) / Decimal(number.denominator))
