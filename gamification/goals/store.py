"""Every query of buckets, awards and participations."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Integer,
    String,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
    update,
)

from gamification.database import (
    Connection,
    Instant,
    TextList,
    insert_into,
    one_of,
    rows_of_member,
    table_of,
    upsert_into,
)
from gamification.goals.rules import TOTAL, Award, GoalInCycle, Held
from gamification.goals.tables import Award as AwardTable
from gamification.goals.tables import Bucket, Participation
from gamification.progress import CountKey

_bucket = table_of(Bucket)
_award = table_of(AwardTable)
_joined = table_of(Participation)
_upsert = upsert_into(Bucket)
_UPSERT = _upsert.on_conflict_do_update(
    index_elements=["member_id", "measure", "day"],
    set_={"amount": _bucket.c.amount + _upsert.excluded.amount},
)
_of_goals = bindparam("goals", type_=TextList)
_in_cycles = bindparam("cycles", type_=TextList)
# By goal and cycle, so that it costs the same however much was won in the years before.
_WON_AND_JOINED = (
    select(_award.c.id, _award.c.goal, _award.c.level, _award.c.cycle, _award.c.awarded_at).where(
        _award.c.member_id == bindparam("member_id"),
        one_of(_award.c.goal, _of_goals),
        one_of(_award.c.cycle, _in_cycles),
        _award.c.withdrawn_at.is_(None),
    ),
    select(
        cast(literal(None), String),
        _joined.c.goal,
        literal(0),
        _joined.c.cycle,
        cast(_joined.c.joined_at, Instant),
    ).where(
        _joined.c.member_id == bindparam("member_id"),
        one_of(_joined.c.goal, _of_goals),
        one_of(_joined.c.cycle, _in_cycles),
    ),
)
_HELD = union_all(*_WON_AND_JOINED)
_HELD_AND_TIMES = union_all(
    *_WON_AND_JOINED,
    select(
        cast(literal(None), String),
        _award.c.goal,
        cast(func.count(), Integer),
        literal(""),
        cast(literal(None), Instant),
    )
    .where(
        _award.c.member_id == bindparam("member_id"),
        one_of(_award.c.goal, bindparam("counted", type_=TextList)),
        _award.c.withdrawn_at.is_(None),
    )
    .group_by(_award.c.goal),
)
_STANDING = select(
    _award.c.id, _award.c.goal, _award.c.level, _award.c.cycle, _award.c.awarded_at
).where(
    _award.c.member_id == bindparam("member_id"),
    one_of(_award.c.goal, _of_goals),
    _award.c.withdrawn_at.is_(None),
)
_INSERT_AWARD = insert_into(AwardTable)
_WITHDRAW = (
    update(_award)
    .values(withdrawn_at=bindparam("now"))
    .where(_award.c.id == bindparam("award_id"), _award.c.withdrawn_at.is_(None))
)
_INSERT_JOINED = insert_into(Participation)
KEPT = {
    "bucket": rows_of_member(Bucket),
    "award": rows_of_member(AwardTable),
    "participation": rows_of_member(Participation),
}


@cache
def _counting(spans: int, *, with_days: bool) -> CompoundSelect[Any]:
    """One statement for so many spans; with the days of the first span too if asked."""
    of_member = _bucket.c.member_id == bindparam("member_id")
    parts = [
        select(
            literal(at).label("at"),
            cast(literal(None), _bucket.c.day.type).label("day"),
            cast(func.coalesce(func.sum(_bucket.c.amount), 0), BigInteger).label("amount"),
        ).where(
            of_member,
            _bucket.c.measure == bindparam(f"measure_{at}"),
            _bucket.c.day.between(bindparam(f"first_{at}"), bindparam(f"last_{at}")),
        )
        for at in range(spans)
    ]
    if with_days:
        parts.append(
            select(literal(0), _bucket.c.day, _bucket.c.amount).where(
                of_member,
                _bucket.c.measure == bindparam("measure_0"),
                _bucket.c.day.between(bindparam("first_0"), bindparam("last_0")),
            )
        )
    return union_all(*parts)


def counts(connection: Connection, member_id: str, keys: Sequence[CountKey]) -> dict[CountKey, int]:
    """What a member counted, for each (measure, first day, last day); no days: all time."""
    return counts_and_days(connection, member_id, keys, with_days=False)[0]


def counts_and_days(
    connection: Connection, member_id: str, keys: Sequence[CountKey], *, with_days: bool = True
) -> tuple[dict[CountKey, int], list[tuple[date, int]]]:
    """The counts, and the days of the first key, oldest first."""
    keys = list(dict.fromkeys(keys))
    parameters: dict[str, Any] = {"member_id": member_id}
    for at, (measure, first, last) in enumerate(keys):
        parameters[f"measure_{at}"] = measure
        parameters[f"first_{at}"] = first or TOTAL
        parameters[f"last_{at}"] = last or TOTAL
    rows = connection.all(_counting(len(keys), with_days=with_days), **parameters)
    return (
        {keys[row.at]: row.amount for row in rows if row.day is None},
        sorted((row.day, row.amount) for row in rows if row.day is not None),
    )


def add_to_buckets(
    connection: Connection, member_id: str, amounts: Sequence[tuple[str, date, int]]
) -> None:
    """Add (measure, day, amount) to the buckets; day TOTAL is the sum of all days."""
    connection.run_many(
        _UPSERT,
        [
            {"member_id": member_id, "day": day, "measure": measure, "amount": amount}
            for measure, day, amount in sorted(amounts)
        ],
    )


def held(
    connection: Connection,
    member_id: str,
    of: Collection[GoalInCycle],
    *,
    counted: Collection[str] = (),
) -> Held:
    """Of these goals in these cycles: the awards that stand, by id, and what was joined.

    Of the goals `counted`, how often each was won in all.
    """
    found = connection.all(
        _HELD_AND_TIMES if counted else _HELD,
        member_id=member_id,
        goals=sorted({goal for goal, _ in of}),
        cycles=sorted({cycle for _, cycle in of}),
        counted=list(counted),
    )
    rows = sorted(found, key=lambda row: row.id or "")
    return Held(
        awards=_awards(row for row in rows if row.id is not None),
        joined=frozenset((row.goal, row.cycle) for row in rows if row.id is None and row.cycle),
        times={row.goal: row.level for row in rows if row.id is None and not row.cycle},
    )


def awards_of(
    connection: Connection, member_id: str, of: Collection[str]
) -> dict[tuple[str, int, str], Award]:
    """All awards of these goals that stand, in whatever cycle, by (goal, level, cycle)."""
    found = connection.all(_STANDING, member_id=member_id, goals=sorted(of))
    return _awards(sorted(found, key=lambda row: row.id))


def _awards(rows: Iterable[Any]) -> dict[tuple[str, int, str], Award]:
    return {
        (row.goal, row.level, row.cycle): Award(
            id=row.id, goal=row.goal, level=row.level, cycle=row.cycle, awarded_at=row.awarded_at
        )
        for row in rows
    }


def add_awards(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append awards."""
    connection.run_many(_INSERT_AWARD, rows)


def withdraw(connection: Connection, award_ids: Sequence[str], *, now: datetime) -> None:
    """Awards that a refund took the ground from."""
    connection.run_many(_WITHDRAW, [{"award_id": award_id, "now": now} for award_id in award_ids])


def join(connection: Connection, *, member_id: str, goal: str, cycle: str, now: datetime) -> None:
    """A member joins a challenge for one cycle."""
    connection.run(_INSERT_JOINED, member_id=member_id, goal=goal, cycle=cycle, joined_at=now)
