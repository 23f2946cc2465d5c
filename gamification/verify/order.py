"""I9 and I10: versions and numbers without gaps, and nothing recorded in the future."""

from sqlalchemy import bindparam, func, or_, select

from gamification.activities.tables import Activity
from gamification.database import Instant, table_of
from gamification.members.tables import Member
from gamification.points.tables import Account, Entry
from gamification.timeline.tables import Fact, Timeline
from gamification.verify.sides import sides
from gamification.verify.violations import Check, Query, check_of

_account = table_of(Account)
_member = table_of(Member)
_fact = table_of(Fact)
_timeline = table_of(Timeline)
_now = bindparam("now", type_=Instant)

_versions = (
    select(
        sides.c.account,
        func.count().label("entries"),
        func.count(sides.c.version.distinct()).label("versions"),
        func.min(sides.c.version).label("first"),
        func.max(sides.c.version).label("last"),
    )
    .group_by(sides.c.account)
    .subquery("versions")
)
_entries = func.coalesce(_versions.c.entries, 0)
_last_version = func.coalesce(_versions.c.last, 0)
_numbers = (
    select(
        _fact.c.member_id,
        func.count().label("facts"),
        func.min(_fact.c.number).label("first"),
        func.max(_fact.c.number).label("last"),
    )
    .group_by(_fact.c.member_id)
    .subquery("numbers")
)
_facts = func.coalesce(_numbers.c.facts, 0)
_last_number = func.coalesce(_timeline.c.last_number, -1)

VERSIONS = check_of(
    "I9",
    "account versions have no gaps",
    Query(
        table="account",
        says="is at version {version}; its {entries} entries run from {first} to {last}",
        statement=select(
            _account.c.id.label("row_id"),
            _account.c.version,
            _entries.label("entries"),
            _versions.c.first,
            _versions.c.last,
        )
        .select_from(_account.outerjoin(_versions, _versions.c.account == _account.c.id))
        .where(
            or_(
                _account.c.version != _entries,
                _account.c.version != _last_version,
                _versions.c.versions != _entries,
                _versions.c.first != 1,
            )
        )
        .order_by(_account.c.id),
    ),
)
FACTS = check_of(
    "I9",
    "facts are numbered 1, 2, 3 … per member, and the timeline knows the last",
    Query(
        table="timeline",
        says="the last fact is said to be {last_number}; there are {facts}, {first} to {last}",
        statement=select(
            _member.c.id.label("row_id"),
            _timeline.c.last_number,
            _facts.label("facts"),
            _numbers.c.first,
            _numbers.c.last,
        )
        .select_from(
            _member.outerjoin(_timeline, _timeline.c.member_id == _member.c.id).outerjoin(
                _numbers, _numbers.c.member_id == _member.c.id
            )
        )
        .where(
            or_(
                _last_number != _facts,
                _last_number != func.coalesce(_numbers.c.last, 0),
                _numbers.c.first != 1,
            )
        )
        .order_by(_member.c.id),
    ),
)


def _not_later_than_now(table_class: type[Activity | Entry | Fact]) -> Query:
    table = table_of(table_class)
    row_id = table.c.id if "id" in table.c else table.c.member_id
    return Query(
        table=table.name,
        says="was recorded at {recorded_at}, which is yet to come",
        statement=select(row_id.label("row_id"), table.c.recorded_at)
        .where(table.c.recorded_at > _now)
        .order_by(row_id),
    )


RECORDED = check_of(
    "I10",
    "nothing was recorded later than now",
    *(_not_later_than_now(table_class) for table_class in (Activity, Entry, Fact)),
)
CHECKS: tuple[Check, ...] = (VERSIONS, FACTS, RECORDED)
