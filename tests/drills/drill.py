"""What a drill starts from: a seed, how long it goes on, and a place to tell what it saw."""

import random
from collections.abc import Callable
from dataclasses import dataclass

TOLD = "told by a drill"  # the name under which a test's report carries a line to the summary


@dataclass(frozen=True, kw_only=True, slots=True)
class Drill:
    """One run of one drill. Chance follows from the seed; the order of the network does not."""

    seed: int
    is_long: bool
    again: str
    say: Callable[[str], None]

    def chance(self) -> random.Random:
        """A fresh source of chance, the same for the same seed."""
        return random.Random(self.seed)  # noqa: S311 -- no secret: when to kill, what to buy

    def rounds(self, *, short: int, long: int) -> int:
        """How many rounds this run has."""
        return long if self.is_long else short

    def begin(self) -> None:
        """Tell the seed now, for a run that breaks off."""
        self.say(f"seed {self.seed}: broke off; again: {self.again}")

    def tell(self, **counts: object) -> None:
        """Tell what was seen, with the seed and the command that does it again."""
        shown = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
        self.say(f"seed {self.seed}: {shown}; again: {self.again}")
