"""Stamp cards: a prize for every so many of something, such as every tenth coffee."""

from dataclasses import dataclass

from gamification.progress import Progress, Unit
from gamification.texts import Text

EVERY_MIN = 2  # with one, every single piece would be a card: that is an earning rule
EVERY_MAX = 1_000  # a card that takes more is a badge
# The largest basket has 500 pieces, of which every second may fill a card. A measure that counts
# more in one go does not mean pieces, and must not flood the ledger. Nothing limits how many are
# emptied at once: what was given back carries no prize.
CARDS_AT_ONCE_MAX = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class StampCard:
    """A card is full whenever what was ever counted of `measure` passes a multiple of `every`.

    Nobody has to join. The prize of each card is `points`, or a voucher for `reward_id`.
    """

    id: str
    name: Text
    description: Text
    measure: str
    every: int
    points: int = 0
    reward_id: str | None = None

    def cycle(self, number: int) -> str:
        """How awards name the card of a number, from 1. Another `every` begins a new series."""
        return f"{self.every}x{number}"

    def number(self, cycle: str) -> int | None:
        """The number of the card that a cycle names; None for one of another series."""
        every, _, number = cycle.partition("x")
        return int(number) if every == str(self.every) else None

    def filled(self, before: int, after: int) -> range:
        """The numbers of the cards that fill up from one count to another; none if it fell.

        Only the first CARDS_AT_ONCE_MAX of them win their prize.
        """
        return range(before // self.every + 1, after // self.every + 1)

    def progress(self, count: int) -> Progress:
        """The bar of the card that is being filled."""
        return Progress(current=count % self.every, target=self.every, unit=Unit.COUNT)
