"""The types that explain a number: the same for points that moved and for what was counted."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum

import strawberry

from schema.enums import valued
from schema.fields import field
from schema.progress import ProgressUnit
from schema.scalars import BigInt


@strawberry.enum(description="What a next step is.")
class NextAction(Enum):
    """See the description."""

    COUNT = valued("count", "Do more of what the measure counts.")
    JOIN = valued("join", "Join the challenge; then do what is missing.")
    EARN = valued("earn", "Earn more points.")


@strawberry.type(description="The smallest step that changes something.")
class NextStep:
    """See the description."""

    text: str = field("The step, in the viewer's language.")
    action: NextAction = field("What has to be done.")
    remaining: BigInt = field("How much it takes: exactly this is enough, and less is not.")
    unit: ProgressUnit = field("What `remaining` is counted in.")
    measure: str | None = field("The measure of the programme that counts it; null for points.")
    until: datetime | None = field(
        "When it is no longer enough: the window closes, or what was counted leaves it. Null where"
        " that does not happen or is not known."
    )


@strawberry.type(description="One of the parts that add up to an amount.")
class WhyPart:
    """See the description."""

    text: str = field("What it is for, in the viewer's language.")
    amount: BigInt = field("What it adds or, below 0, takes.")


@strawberry.type(description="Why a number is what it is.")
class Why:
    """See the description."""

    text: str = field("In a sentence or two, in the viewer's language.")
    rule: str | None = field(
        "The rule of the programme, such as `spend` or `badge:regular`; null where it was none:"
        " what staff did, and limits of the ledger."
    )
    version: str = field("The version of the programme whose rule it was.")
    unit: ProgressUnit = field("What `amount` is counted in.")
    amount: BigInt = field(
        "The number: what was counted, or the points that moved, below 0 if away from the member."
    )
    parts: list[WhyPart] = field("They add up to `amount`; none where nothing was counted.")
    next: NextStep | None = field("The step that would change it; null where there is none.")


Explain = Callable[[], Why]
"""Puts a number that was read into words, once somebody asks why."""
