"""Reviews, as everybody may read them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID, Instant


class Review(SQLModel, table=True):
    """What an activity that is a review says, by its product. Nothing in it names the member."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_in_range"),
        Index(None, "product", "activity_id"),
        WITHOUT_ROWID,
    )
    activity_id: str = Field(primary_key=True, foreign_key="activity.id")
    member_id: str = Field(foreign_key="member.id", index=True)
    product: str
    rating: int
    text: str | None = None
    picture: str | None = None
    reviewed_at: datetime = Field(sa_type=Instant)
