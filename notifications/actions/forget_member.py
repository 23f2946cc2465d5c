"""Forget a member: where pushes went, and what was said."""

from gamification.database import Connection
from notifications import store


def forget_member(connection: Connection, member_id: str) -> None:
    """Erase devices and nudges. A push that is being sent at this moment still arrives."""
    store.forget(connection, member_id)
