"""What `situations` reads of many members: one statement each, whatever their number.

Each answers lists by member id; a member of whom nothing was found has an empty one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    union_all,
)

from gamification.database import Connection, TextList, one_of, table_of
from gamification.goals.rules import TOTAL, GoalInCycle
from gamification.goals.tables import Award, Bucket, Participation
from gamification.points.rules import AccountKind
from gamification.points.tables import COOLS, Account, Lot
from gamification.progress import CountKey
from gamification.timeline.tables import Fact, Timeline
from gamification.vouchers.tables import Voucher

Found = Mapping[str, Sequence[Any]]

_account, _lot, _bucket = table_of(Account), table_of(Lot), table_of(Bucket)
_award, _joined, _voucher = table_of(Award), table_of(Participation), table_of(Voucher)
_fact, _timeline = table_of(Fact), table_of(Timeline)
_ids = bindparam("ids", type_=TextList)
_now: BindParameter[Any] = bindparam("now")
_until: BindParameter[Any] = bindparam("until")
_remains = _lot.c.remaining > literal_column("0")
_cools = text(COOLS)
_available = text("NOT lot.cooling")


def _of(member_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return one_of(member_id, _ids)


def _summed(amount: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(amount), BigInteger)


# Towards rewards: a debt is stored below zero, what has run out still stands in the balance, and
# what has cooled off does not stand in it yet.
_POINTS = union_all(
    select(_account.c.member_id, _summed(_account.c.balance).label("points"))
    .where(
        _of(_account.c.member_id),
        one_of(_account.c.kind, bindparam("kinds", type_=TextList)),
    )
    .group_by(_account.c.member_id),
    select(_lot.c.member_id, -_summed(_lot.c.remaining))
    .where(_of(_lot.c.member_id), _remains, _available, _lot.c.expires_at <= _now)
    .group_by(_lot.c.member_id),
    select(_lot.c.member_id, _summed(_lot.c.remaining))
    .where(_of(_lot.c.member_id), _cools, _lot.c.due_at <= _now, _lot.c.expires_at > _now)
    .group_by(_lot.c.member_id),
)
_EXPIRING = (
    select(_lot.c.member_id, _lot.c.expires_at, _summed(_lot.c.remaining).label("points"))
    .where(
        _of(_lot.c.member_id),
        _remains,
        _available,
        _lot.c.expires_at > _now,
        _lot.c.expires_at <= _until,
    )
    .group_by(_lot.c.member_id, _lot.c.expires_at)
    .order_by(_lot.c.member_id, _lot.c.expires_at)
)
_DAYS = (
    select(_bucket.c.member_id, _bucket.c.day, _bucket.c.amount)
    .where(
        _of(_bucket.c.member_id),
        _bucket.c.measure == bindparam("measure"),
        _bucket.c.day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(_bucket.c.member_id, _bucket.c.day)
)
_in_goals = bindparam("goals", type_=TextList)
_in_cycles = bindparam("cycles", type_=TextList)
_WON = select(_award.c.member_id, _award.c.goal, _award.c.level, _award.c.cycle).where(
    _of(_award.c.member_id),
    one_of(_award.c.goal, _in_goals),
    one_of(_award.c.cycle, _in_cycles),
    _award.c.withdrawn_at.is_(None),
)
_JOINED = select(_joined.c.member_id, _joined.c.goal, _joined.c.cycle).where(
    _of(_joined.c.member_id), one_of(_joined.c.goal, _in_goals), one_of(_joined.c.cycle, _in_cycles)
)
_TIMES_REDEEMED = (
    select(_voucher.c.member_id, _voucher.c.reward_id, func.count().label("times"))
    .where(_of(_voucher.c.member_id), _voucher.c.cost > 0)
    .group_by(_voucher.c.member_id, _voucher.c.reward_id)
)
_VOUCHERS = (
    select(_voucher.c.member_id, _voucher.c.id, _voucher.c.reward_id, _voucher.c.expires_at)
    .where(
        _of(_voucher.c.member_id),
        _voucher.c.state == "open",
        _voucher.c.expires_at > _now,
        _voucher.c.expires_at <= _until,
    )
    .order_by(_voucher.c.expires_at, _voucher.c.id)
)
_NEWEST_FACTS = (
    select(
        _fact.c.member_id,
        _fact.c.number,
        _fact.c.kind,
        _fact.c.params,
        _fact.c.activity_id,
        _fact.c.recorded_at,
    )
    .join(_timeline, _timeline.c.member_id == _fact.c.member_id)
    .where(
        _of(_timeline.c.member_id),
        _fact.c.number > _timeline.c.last_number - bindparam("most_each"),
        _fact.c.recorded_at > bindparam("since"),
    )
    .order_by(_fact.c.member_id, _fact.c.number)
)


@cache
def _counting(spans: int) -> CompoundSelect[Any]:
    return union_all(
        *(
            select(
                _bucket.c.member_id,
                literal(at).label("at"),
                _summed(_bucket.c.amount).label("amount"),
            )
            .where(
                _of(_bucket.c.member_id),
                _bucket.c.measure == bindparam(f"measure_{at}"),
                _bucket.c.day.between(bindparam(f"first_{at}"), bindparam(f"last_{at}")),
            )
            .group_by(_bucket.c.member_id)
            for at in range(spans)
        )
    )


def points(connection: Connection, ids: Sequence[str], *, now: datetime) -> Found:
    """Numbers of points that add up to what counts towards rewards."""
    kinds = [AccountKind.AVAILABLE.value, AccountKind.DEBT.value]
    rows = connection.all(_POINTS, ids=list(ids), kinds=kinds, now=now)
    return _by_member((row.member_id, row.points) for row in rows)


def expiring(
    connection: Connection, ids: Sequence[str], *, now: datetime, until: datetime
) -> Found:
    """(when, points) of what expires up to `until`, soonest first."""
    rows = connection.all(_EXPIRING, ids=list(ids), now=now, until=until)
    return _by_member((row.member_id, (row.expires_at, row.points)) for row in rows)


def counts(connection: Connection, ids: Sequence[str], keys: Sequence[CountKey]) -> Found:
    """(key, amount) of what was counted."""
    parameters: dict[str, Any] = {"ids": list(ids)}
    for at, (measure, first, last) in enumerate(keys):
        parameters[f"measure_{at}"] = measure
        parameters[f"first_{at}"] = first or TOTAL
        parameters[f"last_{at}"] = last or TOTAL
    rows = connection.all(_counting(len(keys)), **parameters) if keys else []
    return _by_member((row.member_id, (keys[row.at], row.amount)) for row in rows)


def days(connection: Connection, ids: Sequence[str], key: CountKey) -> Found:
    """(day, amount) of what was counted on each day of a span, oldest first."""
    measure, first, last = key
    if first is None or last is None:
        return _by_member(())
    rows = connection.all(_DAYS, ids=list(ids), measure=measure, first=first, last=last)
    return _by_member((row.member_id, (row.day, row.amount)) for row in rows)


def won(connection: Connection, ids: Sequence[str], of: Collection[GoalInCycle]) -> Found:
    """(goal, level, cycle) of the awards that stand."""
    rows = connection.all(_WON, ids=list(ids), **_goals(of)) if of else []
    return _by_member((row.member_id, (row.goal, row.level, row.cycle)) for row in rows)


def joined(connection: Connection, ids: Sequence[str], of: Collection[GoalInCycle]) -> Found:
    """(goal, cycle) of what was joined."""
    rows = connection.all(_JOINED, ids=list(ids), **_goals(of)) if of else []
    return _by_member((row.member_id, (row.goal, row.cycle)) for row in rows)


def times_redeemed(connection: Connection, ids: Sequence[str]) -> Found:
    """(reward, how often it was bought)."""
    rows = connection.all(_TIMES_REDEEMED, ids=list(ids))
    return _by_member((row.member_id, (row.reward_id, row.times)) for row in rows)


def vouchers(
    connection: Connection, ids: Sequence[str], *, now: datetime, until: datetime
) -> Found:
    """Open vouchers (id, reward_id, expires_at) that lapse up to `until`, soonest first."""
    rows = connection.all(_VOUCHERS, ids=list(ids), now=now, until=until)
    return _by_member((row.member_id, row) for row in rows)


def newest_facts(
    connection: Connection, ids: Sequence[str], *, since: datetime, most_each: int
) -> Found:
    """Facts recorded after `since`, among the newest `most_each` of a member, oldest first."""
    rows = connection.all(_NEWEST_FACTS, ids=list(ids), since=since, most_each=most_each)
    return _by_member((row.member_id, row) for row in rows)


def _goals(of: Collection[GoalInCycle]) -> dict[str, list[str]]:
    return {
        "goals": sorted({goal for goal, _ in of}),
        "cycles": sorted({cycle for _, cycle in of}),
    }


def _by_member(pairs: Iterable[tuple[str, Any]]) -> Found:
    found: dict[str, list[Any]] = defaultdict(list)
    for member_id, value in pairs:
        found[member_id].append(value)
    return found
