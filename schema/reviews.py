"""Reviews of a product, as everybody may read them."""

from datetime import datetime

import strawberry

from gamification.database import Connection
from gamification.reviews import rules as domain
from gamification.reviews import store as reviews
from schema.connections import PageInfo
from schema.fields import field
from schema.scalars import BigInt


@strawberry.type(description="What somebody said of a product. Staff have looked at it.")
class Review:
    """See the description."""

    rating: int = field("From 1 to 5 stars.")
    text: str | None = field("In the member's own words.")
    picture_url: str | None = field("An https address that the member gave.")
    reviewed_at: datetime = field("When it was written.")


@strawberry.type(description="A review and its cursor.")
class ReviewEdge:
    """See the description."""

    cursor: str = field("Where this review lies in the list.")
    node: Review = field("The review.")


@strawberry.type(description="A page of the reviews of a product, newest first.")
class ReviewConnection:
    """See the description."""

    average: float | None = field(
        "Of all its reviews, in stars with one decimal, halves rounded up; null for none."
    )
    count: BigInt = field("How many reviews the product has.")
    edges: list[ReviewEdge] = field("The reviews of this page.")
    page_info: PageInfo = field("Whether more follow.")


def review_connection(
    connection: Connection, product: str, *, first: int, before: str
) -> ReviewConnection:
    """A page of `first` reviews, read in two statements."""
    name = domain.product_key(product)
    rows: list[domain.Review] = []
    summary = domain.Summary(count=0, stars=0)
    # PostgreSQL cannot even look for some of what else can be typed.
    if domain.can_be_reviewed(name):
        summary = reviews.summary(connection, name)
        rows = reviews.page(connection, name, before=before, most=first + 1)
    edges = [
        ReviewEdge(
            cursor=row.activity_id,
            node=Review(
                rating=row.rating,
                text=row.text,
                picture_url=row.picture,
                reviewed_at=row.reviewed_at,
            ),
        )
        for row in rows[:first]
    ]
    return ReviewConnection(
        average=summary.average,
        count=BigInt(summary.count),
        edges=edges,
        page_info=PageInfo(
            has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
        ),
    )
