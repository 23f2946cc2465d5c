"""What members did after they were told, or held out: every query of it, for all rules at once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, cast, distinct, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from gamification.activities.rules import ActivityKind
from gamification.activities.tables import Activity
from gamification.database import Connection, Instant, table_of
from gamification.vouchers.tables import Voucher
from notifications.tables import Nudge

OUTCOME_DAYS = 14
"""How long after being assigned a member's visits are looked at; only whose days are over count."""

_nudge, _voucher = table_of(Nudge), table_of(Voucher)
_activity, _refund = table_of(Activity), table_of(Activity).alias("refund")


class days_over(FunctionElement[datetime]):  # noqa: N801 -- reads as a function in a statement
    """The end of the `OUTCOME_DAYS` days of 24 hours after a moment."""

    inherit_cache = True
    type = Instant()


@compiles(days_over)
def _days_over(element: days_over, compiler: SQLCompiler, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"{moment} + interval '{OUTCOME_DAYS * 24} hours'"


@compiles(days_over, "sqlite")
def _days_over_sqlite(element: days_over, compiler: SQLCompiler, **options: Any) -> str:
    # To the millisecond, in the form of `Instant`.
    moment = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {moment}, '+{OUTCOME_DAYS} days')"


_ranked = (
    select(
        _nudge.c.id,
        _nudge.c.rule,
        _nudge.c.member_id,
        _nudge.c.arm,
        _nudge.c.chance_ppm,
        _nudge.c.assigned_at,
        func.row_number()
        .over(
            partition_by=(_nudge.c.rule, _nudge.c.member_id),
            order_by=(_nudge.c.assigned_at, _nudge.c.id),
        )
        .label("nth"),
    )
    .where(_nudge.c.arm.is_not(None), _nudge.c.assigned_at <= bindparam("until"))
    .subquery("assigned")
)
_refunded = (
    select(func.coalesce(func.sum(_refund.c.amount_minor), 0))
    .where(_refund.c.refund_of == _activity.c.id)
    .correlate(_activity)
    .scalar_subquery()
)
_bought = _activity.c.kind == ActivityKind.PURCHASE.value
_left = _activity.c.amount_minor - _refunded


def _in_their_days(what: ColumnElement[Any], *which: ColumnElement[bool]) -> ColumnElement[Any]:
    return (
        select(what)
        .where(
            _activity.c.member_id == _ranked.c.member_id,
            _activity.c.occurred_at > _ranked.c.assigned_at,
            _activity.c.occurred_at <= days_over(_ranked.c.assigned_at),
            *which,
        )
        .correlate(_ranked)
        .scalar_subquery()
    )


_captured = (
    select(func.coalesce(func.sum(_voucher.c.cost), 0))
    .where(
        _voucher.c.member_id == _ranked.c.member_id,
        _voucher.c.state == "captured",
        _voucher.c.closed_at > _ranked.c.assigned_at,
        _voucher.c.closed_at <= days_over(_ranked.c.assigned_at),
    )
    .correlate(_ranked)
    .scalar_subquery()
)
_came = (_activity.c.kind == ActivityKind.VISIT.value) | (_bought & (_left > 0))
_OUTCOMES = (
    select(
        _ranked.c.rule,
        _ranked.c.arm,
        _ranked.c.chance_ppm,
        _ranked.c.assigned_at,
        _in_their_days(func.count(distinct(_activity.c.local_date)), _came).label("visits"),
        cast(_in_their_days(func.coalesce(func.sum(_left), 0), _bought), BigInteger).label("spend"),
        cast(_captured, BigInteger).label("reward_cost"),
    )
    .where(_ranked.c.nth == 1)
    .order_by(_ranked.c.rule, _ranked.c.assigned_at, _ranked.c.id)
)


def _times(which: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((which, 1), else_=0)), 0), BigInteger)


_was_sent = _nudge.c.state == "sent"
_COUNTS = (
    select(
        _nudge.c.rule,
        _nudge.c.state,
        _nudge.c.reason,
        func.count().label("times"),
        _times(_was_sent & _nudge.c.read_at.is_not(None)).label("opened"),
    )
    .group_by(_nudge.c.rule, _nudge.c.state, _nudge.c.reason)
    .order_by(_nudge.c.rule, _nudge.c.state, _nudge.c.reason)
)


def outcomes(connection: Connection, *, now: datetime) -> list[Any]:
    """What members whose days are over did in them: a row for each of their rules.

    `rule`, `arm`, `chance_ppm` and `assigned_at` are of the member's first assignment, in whose
    order the rows of a rule stand. `visits` are days with a visit or a purchase that was not wholly
    given back, `spend` is in minor units with refunds taken off, `reward_cost` is in points, of
    vouchers that were captured. Who was forgotten is left out, on both sides.
    """
    return connection.all(_OUTCOMES, until=now - timedelta(days=OUTCOME_DAYS))


def counts(connection: Connection) -> list[Any]:
    """How many nudges there are by rule, state and reason, and how many of them were opened."""
    return connection.all(_COUNTS)
