"""Progress: the same bar on tier, badge, challenge and reward."""

from datetime import datetime
from enum import Enum

import strawberry

from gamification import progress as domain
from schema.enums import valued
from schema.fields import field
from schema.scalars import BigInt


@strawberry.enum(description="What a bar counts.")
class ProgressUnit(Enum):
    """See the description."""

    MONEY = valued("money", "Minor units of the programme's currency.")
    POINTS = valued("points", "Points.")
    COUNT = valued("count", "How many or how often.")


@strawberry.type(description="What a progress bar shows. The server computes all of it.")
class Progress:
    """See the description."""

    current: BigInt = field("How much there is; it may exceed the target.")
    target: BigInt = field("How much it takes.")
    remaining: BigInt = field("How much is missing; 0 when reached.")
    ratio: float = field("The filled part of the bar, from 0 to 1.")
    unit: ProgressUnit = field("What is counted.")
    deadline: datetime | None = field("When the window closes; null when it has no end.")


def progress_type(progress: domain.Progress) -> Progress:
    """The bar of a domain progress."""
    return Progress(
        current=BigInt(progress.current),
        target=BigInt(progress.target),
        remaining=BigInt(progress.remaining),
        ratio=progress.ratio,
        unit=ProgressUnit[progress.unit.name],
        deadline=progress.deadline,
    )
