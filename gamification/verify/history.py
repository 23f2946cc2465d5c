"""What I11 is judged by: the history of some members, as it is stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, bindparam, cast, func, or_, select

from gamification.activities.tables import Activity
from gamification.database import Connection, table_of
from gamification.facts import FactKind
from gamification.goals.tables import Award, Bucket, Participation
from gamification.timeline.tables import Fact

_activity = table_of(Activity)
_award = table_of(Award)
_bucket = table_of(Bucket)
_fact = table_of(Fact)
_joined = table_of(Participation)


def of_members(table: FromClause) -> ColumnElement[bool]:
    """A range and no list: with a list, SQLite may read the whole table for each of them."""
    return (table.c.member_id > bindparam("after")) & (table.c.member_id <= bindparam("last"))


def _of_kinds(*kinds: FactKind) -> ColumnElement[bool]:
    return or_(*(_fact.c.kind == kind.value for kind in kinds))


_COUNT = select(func.count().label("activities")).select_from(_activity)
_WITHDRAWN = select(*_award.columns).where(_award.c.withdrawn_at.is_not(None))
# The order in which a member's activities were recorded is that of their facts: a clock may
# stand still or step back between two of them, a fact's number does not.
_NUMBERS = select(_fact.c.activity_id, _fact.c.number).where(
    of_members(_fact),
    _of_kinds(
        FactKind.PURCHASE_RECORDED,
        FactKind.VISIT_RECORDED,
        FactKind.ACTIVITY_RECORDED,
        FactKind.PURCHASE_REFUNDED,
        FactKind.ACTIVITY_WITHDRAWN,
    ),
)
_STATEMENTS: Mapping[str, Select[Any]] = {
    "activities": select(
        _activity.c.id,
        _activity.c.member_id,
        _activity.c.kind,
        _activity.c.occurred_at,
        _activity.c.recorded_at,
        _activity.c.effects,
        _activity.c.programme_version,
        _activity.c.amount_minor,
        _activity.c.refund_of,
    ).where(of_members(_activity)),
    "awards": select(*_award.columns).where(of_members(_award), _award.c.withdrawn_at.is_(None)),
    "buckets": select(
        _bucket.c.member_id,
        _bucket.c.measure,
        cast(_bucket.c.day, String).label("day"),
        _bucket.c.amount,
    ).where(of_members(_bucket)),
    "joined": select(*_joined.columns).where(of_members(_joined)),
    "facts": select(
        _fact.c.member_id,
        _fact.c.number,
        _fact.c.kind,
        _fact.c.params,
        _fact.c.activity_id,
        _fact.c.recorded_at,
        _fact.c.programme_version,
    )
    .where(
        of_members(_fact),
        _of_kinds(FactKind.TIER_REACHED, FactKind.TIER_LOST, FactKind.CHALLENGE_JOINED),
    )
    .order_by(_fact.c.member_id, _fact.c.number),
}


@dataclass(kw_only=True, slots=True)
class History:
    """The stored rows of one member. `facts` are those of tiers and of joining.

    `numbers` are those of the facts by which activities were told, by activity.
    """

    numbers: Mapping[str | None, int]
    activities: list[Any] = field(default_factory=list)
    awards: list[Any] = field(default_factory=list)
    buckets: list[Any] = field(default_factory=list)
    joined: list[Any] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)


def count_activities(connection: Connection) -> int:
    """How many activities there are."""
    return int(connection.first(_COUNT).activities)


class Histories:
    """Reads the histories of members who follow one another. Memory keeps withdrawn awards."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._withdrawn: dict[str, list[Any]] = defaultdict(list)
        for award in connection.all(_WITHDRAWN):
            self._withdrawn[award.member_id].append(award)

    def of(self, member_ids: Sequence[str], *, after: str) -> dict[str, History]:
        """The histories of these members, who are all there are after `after`."""
        span = {"after": after, "last": member_ids[-1]}
        numbers: dict[str | None, int] = dict(self._connection.all(_NUMBERS, **span))
        found = {member_id: History(numbers=numbers) for member_id in member_ids}
        for name, statement in _STATEMENTS.items():
            rows = {member_id: getattr(history, name) for member_id, history in found.items()}
            for row in self._connection.all(statement, **span):
                rows[row.member_id].append(row)
        for member_id, history in found.items():
            history.awards += self._withdrawn.get(member_id, ())
            history.awards.sort(key=lambda award: award.id)
        return found
