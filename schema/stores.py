"""Stores and staff."""

import strawberry

from schema.fields import field
from schema.nudges import NudgeReport
from schema.waiting import ProposedAdjustment, WaitingClaim


@strawberry.type(description="A place where purchases happen.")
class Store:
    """See the description."""

    id: str = field("The store's short name.")
    name: str = field("What people call it.")


@strawberry.type(description="Whoever serves, or the shop's own system.")
class Staff:
    """See the description."""

    role: str = field("`clerk`, `manager` or `system`.")
    label: str = field("What they are called at the till.")
    store: Store | None = field("Where they serve.")
    adjustments: list[ProposedAdjustment] = field(
        "What waits for a second manager, newest first, up to 100; none but for managers."
    )
    adjustments_waiting: int = field("How many wait for a second manager, above 100 too.")
    claims: list[WaitingClaim] = field(
        "What members say they did and nobody has decided, oldest first, up to 100; none but for"
        " clerks and managers."
    )
    claims_waiting: int = field("How many claims nobody has decided, above 100 too.")
    nudge_report: list[NudgeReport] = field(
        "What each rule's nudges did, in the programme's order; none but for managers."
    )
