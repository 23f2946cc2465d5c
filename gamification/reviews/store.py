"""Every query of reviews."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import bindparam, delete, exists, func, select, update

from gamification.database import (
    Connection,
    TextList,
    insert_into,
    one_of,
    rows_of_member,
    table_of,
)
from gamification.reviews.rules import Review, Summary, product_key
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
_other = _review.alias("other")
_FORGET_ALONE = delete(_review).where(
    _review.c.member_id == bindparam("of_member"),
    ~one_of(_review.c.product, bindparam("named", type_=TextList)),
    ~exists().where(
        _other.c.product == _review.c.product, _other.c.member_id != _review.c.member_id
    ),
)
_FORGET_WORDS = (
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


def forget_words(connection: Connection, member_id: str, *, products: Iterable[str]) -> None:
    """Erase what a member wrote and showed; how many stars they gave a product stays.

    What is neither among the programme's `products` nor reviewed by another member may be anything
    that somebody typed, and goes with its review.
    """
    named = [product_key(product) for product in products]
    connection.run(_FORGET_ALONE, of_member=member_id, named=named)
    connection.run(_FORGET_WORDS, of_member=member_id)
