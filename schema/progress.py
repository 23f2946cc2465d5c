"""Progress: the same bar on tier, badge, challenge and reward."""

from datetime import datetime

import strawberry

from gamification import progress as domain
from schema.fields import field
from schema.scalars import BigInt

strawberry.enum(
    domain.Unit,
    name="ProgressUnit",
    description="What a bar counts. MONEY is in minor units of the programme's currency.",
)


@strawberry.type(description="What a progress bar shows. The server computes all of it.")
class Progress:
    """See the description."""

    current: BigInt = field("How much there is; it may exceed the target.")
    target: BigInt = field("How much it takes.")
    remaining: BigInt = field("How much is missing; 0 when reached.")
    ratio: float = field("The filled part of the bar, from 0 to 1.")
    unit: domain.Unit = field("What is counted.")
    deadline: datetime | None = field("When the window closes; null when it has no end.")


def progress_type(progress: domain.Progress) -> Progress:
    """The bar of a domain progress."""
    return Progress(
        current=BigInt(progress.current),
        target=BigInt(progress.target),
        remaining=BigInt(progress.remaining),
        ratio=progress.ratio,
        unit=progress.unit,
        deadline=progress.deadline,
    )
