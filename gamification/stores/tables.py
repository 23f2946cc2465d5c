"""Stores."""

from sqlmodel import Field, SQLModel

from gamification.database import WITHOUT_ROWID


class Store(SQLModel, table=True):
    """A place where purchases happen. `id` is a short name such as `old-town`."""

    __tablename__ = "store"
    __table_args__ = (WITHOUT_ROWID,)
    id: str = Field(primary_key=True)
    name: str
