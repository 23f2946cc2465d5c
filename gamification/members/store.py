"""Every query of members and persons."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    extract,
    func,
    literal_column,
    select,
    update,
)

from gamification.database import (
    Connection,
    TextList,
    insert_once_into,
    one_of,
    rows_of_member,
    table_of,
)
from gamification.members.rules import NO_LOCALE, NO_TIME_ZONE, MemberRecord
from gamification.members.tables import Member, Person


def _month_and_day(column: ColumnElement[Any]) -> ColumnElement[int]:
    return extract("month", column) * literal_column("100") + extract("day", column)


_member = table_of(Member)
_person = table_of(Person)
_columns = (
    _member.c.id,
    _member.c.number,
    _member.c.locale,
    _member.c.time_zone,
    _member.c.joined_at,
)
_WITH_NAME = select(*_columns, _person.c.display_name).select_from(
    _member.outerjoin(_person, _person.c.member_id == _member.c.id)
)
_BY_SUBJECT = _WITH_NAME.where(_person.c.subject == bindparam("subject"))
_BY_EXTERNAL_ID = _WITH_NAME.where(_person.c.external_id == bindparam("external_id"))
_BY_NUMBER = _WITH_NAME.where(_member.c.number == bindparam("number"))
_BY_ID = _WITH_NAME.where(_member.c.id == bindparam("member_id"))
_BY_IDS = _WITH_NAME.where(one_of(_member.c.id, bindparam("member_ids", type_=TextList)))
_INSERT_MEMBER = insert_once_into(Member)
_INSERT_PERSON = insert_once_into(Person)
_ALL_IDS = (
    select(_member.c.id)
    .where(_member.c.id > bindparam("after"))
    .order_by(_member.c.id)
    .limit(bindparam("most"))
)
# The year is no part of it: month x 100 + day, such as 1224.
_BORN_ON = (
    select(_person.c.member_id.label("id"))
    .where(_month_and_day(_person.c.birthday) == bindparam("month_and_day"))
    .where(_person.c.member_id > bindparam("after"))
    .order_by(_person.c.member_id)
    .limit(bindparam("most"))
)
_JOINED_ON = (
    select(_member.c.id)
    .where(_month_and_day(_member.c.joined_at) == bindparam("month_and_day"))
    .where(_member.c.id > bindparam("after"))
    .order_by(_member.c.id)
    .limit(bindparam("most"))
)
_CONTACTS = select(_person.c.email, _person.c.birthday).where(
    _person.c.member_id == bindparam("member_id")
)
_UPDATE_MEMBER = (
    update(_member)
    .values(locale=bindparam("new_locale"), time_zone=bindparam("new_time_zone"))
    .where(_member.c.id == bindparam("member_id"))
)
_UPDATE_PERSON = (
    update(_person)
    .values(
        display_name=bindparam("new_name"),
        email=bindparam("new_email"),
        birthday=bindparam("new_birthday"),
    )
    .where(_person.c.member_id == bindparam("member_id"))
)
_COUNT = select(func.count().label("members")).select_from(_member)
_SUBJECT = select(_person.c.subject).where(_person.c.member_id == bindparam("member_id"))
_FORGET_PERSON = delete(_person).where(_person.c.member_id == bindparam("member_id"))
# The id is no ten digits, so that nobody can type it, and it is as unique as the number was.
_FORGET_NUMBER = (
    update(_member)
    .values(number=_member.c.id, locale=NO_LOCALE, time_zone=NO_TIME_ZONE)
    .where(_member.c.id == bindparam("member_id"))
)
KEPT = {
    "person": rows_of_member(Person),
    "member": rows_of_member(Member, _member.c.id == bindparam("member_id")),
}


def _record(row: Any) -> MemberRecord:
    return MemberRecord(
        id=row.id,
        number=row.number,
        locale=row.locale,
        time_zone=row.time_zone,
        joined_at=row.joined_at,
        display_name=row.display_name or "",
    )


def by_subject(connection: Connection, subject: str) -> MemberRecord | None:
    """The member that a token's subject is bound to."""
    row = connection.first(_BY_SUBJECT, subject=subject)
    return _record(row) if row else None


def by_external_id(connection: Connection, external_id: str) -> MemberRecord | None:
    """The member that the shop's earlier system called `external_id`."""
    row = connection.first(_BY_EXTERNAL_ID, external_id=external_id)
    return _record(row) if row else None


def by_number(connection: Connection, number: str) -> MemberRecord | None:
    """The member of that number (10 digits)."""
    row = connection.first(_BY_NUMBER, number=number)
    return _record(row) if row else None


def by_id(connection: Connection, member_id: str) -> MemberRecord | None:
    """The member of that id."""
    row = connection.first(_BY_ID, member_id=member_id)
    return _record(row) if row else None


def by_ids(connection: Connection, member_ids: Sequence[str]) -> dict[str, MemberRecord]:
    """Members by their ids."""
    rows = connection.all(_BY_IDS, member_ids=list(member_ids))
    return {row.id: _record(row) for row in rows}


def subject_of(connection: Connection, member_id: str) -> str | None:
    """The token's subject that is bound to a member, if one is."""
    row = connection.first(_SUBJECT, member_id=member_id)
    return row.subject if row else None


def ids_after(connection: Connection, after: str, *, most: int) -> list[str]:
    """The next member ids in order; `after` is '' for the first."""
    return [row.id for row in connection.all(_ALL_IDS, after=after, most=most)]


def born_on(connection: Connection, *, month: int, day: int, after: str, most: int) -> list[str]:
    """The next ids of members whose birthday it is, in order; `after` is '' for the first."""
    rows = connection.all(_BORN_ON, month_and_day=month * 100 + day, after=after, most=most)
    return [row.id for row in rows]


def joined_on(connection: Connection, *, month: int, day: int, after: str, most: int) -> list[str]:
    """`born_on` for the day on which members joined, of any year, by the database's own clock."""
    rows = connection.all(_JOINED_ON, month_and_day=month * 100 + day, after=after, most=most)
    return [row.id for row in rows]


def contacts_of(connection: Connection, member_id: str) -> tuple[str | None, date | None]:
    """A member's e-mail address and birthday, as far as they are known."""
    row = connection.first(_CONTACTS, member_id=member_id)
    return (row.email, row.birthday) if row else (None, None)


def update_profile(
    connection: Connection, record: MemberRecord, *, email: str | None, birthday: date | None
) -> None:
    """Replace what a member says of themselves."""
    connection.run(
        _UPDATE_MEMBER,
        member_id=record.id,
        new_locale=record.locale,
        new_time_zone=record.time_zone,
    )
    connection.run(
        _UPDATE_PERSON,
        member_id=record.id,
        new_name=record.display_name,
        new_email=email,
        new_birthday=birthday,
    )


def count(connection: Connection) -> int:
    """How many members there are."""
    return int(connection.first(_COUNT).members)


def add(
    connection: Connection,
    record: MemberRecord,
    *,
    subject: str | None,
    external_id: str | None,
    email: str | None,
    birthday: date | None,
) -> None:
    """A new member, and who it is."""
    connection.run(
        _INSERT_MEMBER,
        id=record.id,
        number=record.number,
        locale=record.locale,
        time_zone=record.time_zone,
        joined_at=record.joined_at,
    )
    connection.run(
        _INSERT_PERSON,
        member_id=record.id,
        subject=subject,
        external_id=external_id,
        display_name=record.display_name,
        email=email,
        birthday=birthday,
    )


def forget(connection: Connection, member_id: str) -> None:
    """Erase who a member is, and the number by which staff would find them."""
    connection.run(_FORGET_PERSON, member_id=member_id)
    connection.run(_FORGET_NUMBER, member_id=member_id)
