"""I10 of facts, activities and adjustments: nothing was recorded in the future."""

from sqlalchemy import bindparam, select

from gamification.activities.tables import Activity
from gamification.adjustments.tables import Adjustment
from gamification.database import Instant, table_of
from gamification.timeline.tables import Fact
from gamification.verify.violations import Check, Query, check_of

_latest = bindparam("latest", type_=Instant)


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
CHECKS: tuple[Check, ...] = (RECORDED,)
