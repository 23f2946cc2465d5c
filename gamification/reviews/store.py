"""Every query of reviews."""

from dataclasses import asdict

from sqlalchemy import bindparam, func, select, update

from gamification.database import Connection, insert_into, rows_of_member, table_of
from gamification.reviews.rules import Review, Summary
from gamification.reviews.tables import Review as ReviewTable

_review = table_of(ReviewTable)
_of_product = _review.c.product == bindparam("product")
_INSERT = insert_into(ReviewTable)
_PAGE = (
    select(*_review.columns)
    .where(_of_product, _review.c.activity_id < bindparam("before"))
    .order_by(_review.c.activity_id.desc())
    .limit(bindparam("most"))
)
_SUMMARY = select(
    func.count().label("count_"), func.coalesce(func.sum(_review.c.rating), 0).label("stars")
).where(_of_product)
_FORGET = (
    update(_review)
    .values(text=None, picture=None)
    .where(_review.c.member_id == bindparam("of_member"))
)
KEPT = {"review": rows_of_member(ReviewTable)}


def add(connection: Connection, review: Review) -> None:
    """A new review."""
    connection.run(_INSERT, **asdict(review))


def page(connection: Connection, product: str, *, before: str, most: int) -> list[Review]:
    """The newest reviews of a product before that of an activity, newest first."""
    rows = connection.all(_PAGE, product=product, before=before, most=most)
    return [Review(**row._asdict()) for row in rows]


def summary(connection: Connection, product: str) -> Summary:
    """All reviews of a product together."""
    row = connection.first(_SUMMARY, product=product)
    return Summary(count=int(row.count_), stars=int(row.stars))


def forget_words(connection: Connection, member_id: str) -> None:
    """Erase what a member wrote and showed; how many stars they gave stays."""
    connection.run(_FORGET, of_member=member_id)
