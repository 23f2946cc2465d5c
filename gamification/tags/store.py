"""Every query of tags."""

from sqlalchemy import bindparam, delete, select

from gamification.database import Connection, rows_of_member, table_of, upsert_into
from gamification.tags.tables import Tag

_tag = table_of(Tag)
_OF_MEMBER = select(_tag.c.tag).where(_tag.c.member_id == bindparam("member_id"))
_PUT = upsert_into(Tag).on_conflict_do_nothing(index_elements=["member_id", "tag"])
_TAKE_OFF = delete(_tag).where(
    _tag.c.member_id == bindparam("member_id"), _tag.c.tag == bindparam("tag")
)
_FORGET = delete(_tag).where(_tag.c.member_id == bindparam("member_id"))
KEPT = {"tag": rows_of_member(Tag)}


def of_member(connection: Connection, member_id: str) -> list[str]:
    """A member's tags, in the order of the alphabet."""
    return sorted(row.tag for row in connection.all(_OF_MEMBER, member_id=member_id))


def put(connection: Connection, member_id: str, tag: str) -> None:
    """A member has this tag from now on; once is enough."""
    connection.run(_PUT, member_id=member_id, tag=tag)


def take_off(connection: Connection, member_id: str, tag: str) -> None:
    """A member has this tag no longer."""
    connection.run(_TAKE_OFF, member_id=member_id, tag=tag)


def forget(connection: Connection, member_id: str) -> None:
    """Erase a member's tags."""
    connection.run(_FORGET, member_id=member_id)
