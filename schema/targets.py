"""Whom a mutation of the till is about."""

from datetime import UTC, datetime

import strawberry

from gamification.actions.targets import Target
from schema.ids import NodeKind, row_id


@strawberry.input(one_of=True, description="Whose: the member of an open visit, or of a number.")
class TargetInput:
    """See the description."""

    visit_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="An open visit in your store."
    )
    member_number: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A member number; for managers and the shop's systems only.",
    )


def target_of(given: TargetInput) -> Target:
    """The domain's target. GraphQL has seen to it that exactly one is given."""
    if isinstance(given.visit_id, str):  # an empty one names a visit, too: one that is unknown
        return Target(visit_id=row_id(NodeKind.VISIT, given.visit_id))
    return Target(member_number=given.member_number or "")


def aware(moment: datetime | None) -> datetime | None:
    """A time without an offset is taken as UTC."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
