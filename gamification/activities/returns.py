"""What is given back of a purchase, and what is left of it. Money is in minor units. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gamification.activities.rules import QUANTITY_MAX, Activity, Line, ReturnedLine
from gamification.errors import Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What refunds left of a purchase: `lines` are all of its lines, with what each has left."""

    purchase: Activity
    amount_minor: int
    lines: tuple[Line, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether neither money nor pieces are left."""
        return not self.amount_minor and not any(line.quantity for line in self.lines)

    @property
    def reduced(self) -> Activity:
        """The purchase as if only what is left had been bought."""
        lines = tuple(line for line in self.lines if line.quantity)
        return replace(self.purchase, amount_minor=self.amount_minor, lines=lines)

    def share(self, whole: int) -> int:
        """Of something that the whole purchase gave, the part of the money left, rounded down."""
        if not self.purchase.amount_minor:
            return 0 if self.is_nothing else whole
        return whole * self.amount_minor // self.purchase.amount_minor

    def without(self, amount_minor: int, returned: Sequence[ReturnedLine]) -> "Left":
        """What is left after so much more was given back.

        Whoever gives lines back, or money of a purchase that has lines, says of which lines; a
        refund that says nothing of them gave back all.
        """
        lines = list(self.lines)
        for each in returned or self.everything():
            line = lines[each.line - 1]
            lines[each.line - 1] = replace(
                line,
                quantity=line.quantity - each.quantity,
                amount_minor=line.amount_minor - each.amount_minor,
            )
        return replace(self, amount_minor=self.amount_minor - amount_minor, lines=tuple(lines))

    def everything(self) -> tuple[ReturnedLine, ...]:
        """All that is left of the lines."""
        return tuple(
            ReturnedLine(line=number, quantity=line.quantity, amount_minor=line.amount_minor)
            for number, line in enumerate(self.lines, start=1)
            if line.quantity
        )

    def pieces(self, wanted: Sequence[tuple[int, int]], *, digits: int) -> list[ReturnedLine]:
        """Pieces of lines (position from 1, quantity) with their share of the line's money.

        The shares are rounded down and the last pieces take what is left, so that all pieces
        together give back the line's amount. Raises Refusal LINE_TWICE, LINE_UNKNOWN,
        QUANTITY_OUT_OF_RANGE or REFUND_TOO_LARGE, which is sticky and tells what is left.
        """
        if len({number for number, _ in wanted}) < len(wanted):
            raise Refusal("LINE_TWICE", field="lines.line")
        found = []
        for number, quantity in wanted:
            if not 1 <= number <= len(self.lines):
                raise Refusal("LINE_UNKNOWN", field="lines.line", lines=len(self.lines))
            if not 1 <= quantity <= QUANTITY_MAX:
                raise Refusal("QUANTITY_OUT_OF_RANGE", minimum=1, maximum=QUANTITY_MAX)
            line = self.lines[number - 1]
            if quantity > line.quantity:
                raise Refusal(
                    "REFUND_TOO_LARGE",
                    sticky=True,
                    member_id=self.purchase.member_id,
                    left_minor=self.amount_minor,
                    digits=digits,
                    line=number,
                    quantity_left=line.quantity,
                )
            amount = line.amount_minor * quantity // line.quantity
            found.append(ReturnedLine(line=number, quantity=quantity, amount_minor=amount))
        return found

    def money(self, amount_minor: int, *, digits: int) -> tuple[ReturnedLine, ...]:
        """What an amount, given back without naming lines, takes of each of them: no pieces.

        Each gives in proportion to what it has left, by largest remainders. All the money that is
        left takes the pieces too. Raises Refusal AMOUNT_OUT_OF_RANGE or REFUND_TOO_LARGE, which is
        sticky and tells what is left.
        """
        if amount_minor < 1:
            most = self.purchase.amount_minor
            raise Refusal(
                "AMOUNT_OUT_OF_RANGE", field="amount", minimum_minor=1, maximum_minor=most
            )
        if amount_minor > self.amount_minor:
            raise Refusal(
                "REFUND_TOO_LARGE",
                sticky=True,
                member_id=self.purchase.member_id,
                left_minor=self.amount_minor,
                digits=digits,
            )
        if amount_minor == self.amount_minor:
            return self.everything()
        shares = _in_proportion(amount_minor, [line.amount_minor for line in self.lines])
        return tuple(
            ReturnedLine(line=number, quantity=0, amount_minor=share)
            for number, share in enumerate(shares, start=1)
            if share
        )


def left_of(purchase: Activity, refunds: Iterable[Activity] = ()) -> Left:
    """What these refunds left of their purchase."""
    left = Left(purchase=purchase, amount_minor=purchase.amount_minor, lines=tuple(purchase.lines))
    for refund in refunds:
        left = left.without(refund.amount_minor, refund.returned)
    return left


def _in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of an amount, which they add up to; the larger remainders are rounded up."""
    total = sum(weights)
    if not total:
        return []
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % total))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts
