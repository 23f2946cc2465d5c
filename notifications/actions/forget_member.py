"""Forget a member: where pushes went, what was allowed, and what was said."""

from gamification.database import Connection
from notifications import store


def forget_member(connection: Connection, member_id: str) -> None:
    """Erase devices, consents and nudges. A push that is being sent at this moment still arrives.

    Consents go too: without the person they prove nothing to anybody.
    """
    store.forget(connection, member_id)
