"""What an import asks of the whole database: used keys, and figures over all members."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, cast, func, select

from gamification.database import Connection, TextList, one_of, table_of
from gamification.facts import FactKind
from gamification.goals.rules import TOTAL
from gamification.goals.tables import Award, Bucket
from gamification.idempotency.rules import Stored
from gamification.idempotency.tables import Idempotency
from gamification.members.tables import Member
from gamification.points.rules import MEMBER_KINDS
from gamification.points.tables import Account, Entry
from gamification.progress import CountKey
from gamification.timeline.tables import Fact

_used = table_of(Idempotency)
_member = table_of(Member)
_account = table_of(Account)
_entry = table_of(Entry)
_bucket = table_of(Bucket)
_award = table_of(Award)
_fact = table_of(Fact)


def _moved_by(side: ColumnElement[Any]) -> Select[Any]:
    return (
        select(cast(func.coalesce(func.sum(_entry.c.amount), 0), BigInteger).label("points"))
        .join(_account, _account.c.id == side)
        .where(
            _entry.c.occurred_at <= bindparam("moment"),
            one_of(_account.c.kind, bindparam("kinds", type_=TextList)),
        )
    )


_ANSWERS = select(_used.c.key, _used.c.fingerprint, _used.c.outcome).where(
    _used.c.principal == bindparam("principal"),
    _used.c.operation == bindparam("operation"),
    one_of(_used.c.key, bindparam("keys", type_=TextList)),
)
_MEMBERS = select(func.count().label("members")).where(_member.c.joined_at <= bindparam("moment"))
# What came to members' accounts, and what went from them; moves between a member's own cancel out.
_CAME = _moved_by(_entry.c.to_account)
_WENT = _moved_by(_entry.c.from_account)
_COUNTED = (
    select(cast(func.sum(_bucket.c.amount), BigInteger).label("amount"))
    .where(
        _bucket.c.measure == bindparam("measure"),
        _bucket.c.day.between(bindparam("first"), bindparam("last")),
    )
    .group_by(_bucket.c.member_id)
)
_BADGES = (
    select(_award.c.goal, _award.c.level, func.count().label("awards"))
    .where(_award.c.withdrawn_at.is_(None), _award.c.awarded_at <= bindparam("moment"))
    .group_by(_award.c.goal, _award.c.level)
)
_REACHED = select(_fact.c.member_id, _fact.c.params).where(
    _fact.c.kind == FactKind.TIER_REACHED.value
)


def answers(
    connection: Connection, *, principal: str, operation: str, keys: Sequence[str]
) -> dict[str, Stored]:
    """What those of the keys that were used were answered."""
    rows = connection.all(_ANSWERS, principal=principal, operation=operation, keys=list(keys))
    return {row.key: Stored(fingerprint=row.fingerprint, outcome=row.outcome) for row in rows}


def members_joined(connection: Connection, *, by: datetime) -> int:
    """How many members had joined by then."""
    return int(connection.first(_MEMBERS, moment=by).members)


def points_outstanding(connection: Connection, *, by: datetime) -> int:
    """What all members held then: available and pending, less debt. Due lots must be expired."""
    kinds = sorted(MEMBER_KINDS)
    came, went = (
        int(connection.first(statement, moment=by, kinds=kinds).points)
        for statement in (_CAME, _WENT)
    )
    return came - went


def amounts(connection: Connection, key: CountKey) -> list[int]:
    """What each member counted of a measure inside a span; members without any are left out."""
    measure, first, last = key
    rows = connection.all(_COUNTED, measure=measure, first=first or TOTAL, last=last or TOTAL)
    return [row.amount for row in rows]


def standing_awards(connection: Connection, *, by: datetime) -> dict[tuple[str, int], int]:
    """How many awards stand that were given by then, by goal and level."""
    rows = connection.all(_BADGES, moment=by)
    return {(row.goal, row.level): row.awards for row in rows}


def tiers_reached(connection: Connection) -> Counter[str]:
    """How many members ever rose to each tier."""
    rows = connection.all(_REACHED)
    return Counter(tier for _, tier in {(row.member_id, row.params["tier"]) for row in rows})
