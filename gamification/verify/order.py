"""I9 and I10 of facts, activities and adjustments: no gaps, and nothing recorded in the future."""

from sqlalchemy import bindparam, func, or_, select

from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment
from gamification.database import Instant, table_of
from gamification.members.tables import Member
from gamification.timeline.tables import Fact, Timeline
from gamification.verify.violations import Check, Query, check_of

_member = table_of(Member)
_fact = table_of(Fact)
_timeline = table_of(Timeline)
_latest = bindparam("latest", type_=Instant)

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


def _not_later_than_now(table_class: type[Activity | Adjustment | Fact]) -> Query:
    table = table_of(table_class)
    row_id = table.c.id if "id" in table.c else table.c.member_id
    return Query(
        table=table.name,
        says="was recorded at {recorded_at}, which is yet to come",
        statement=select(row_id.label("row_id"), table.c.recorded_at)
        .where(table.c.recorded_at > _latest)
        .order_by(row_id),
    )


RECORDED = check_of(
    "I10",
    "no activity, adjustment or fact was recorded later than now",
    *(_not_later_than_now(table_class) for table_class in (Activity, Adjustment, Fact)),
)
CHECKS: tuple[Check, ...] = (FACTS, RECORDED)
