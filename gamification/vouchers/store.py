"""Every query of vouchers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from gamification.database import (
    Connection,
    TextList,
    insert_once_into,
    one_of,
    rows_of_member,
    table_of,
)
from gamification.vouchers.tables import Voucher

_voucher = table_of(Voucher)
_INSERT = insert_once_into(Voucher)
_BY_ID = select(*_voucher.columns).where(_voucher.c.id == bindparam("voucher_id"))
_OF_MEMBER = _BY_ID.where(_voucher.c.member_id == bindparam("member_id"))
_BY_CODE = select(*_voucher.columns).where(_voucher.c.code == bindparam("code"))
_OPEN_OF = (
    select(*_voucher.columns)
    .where(
        _voucher.c.member_id == bindparam("member_id"),
        _voucher.c.state == "open",
        _voucher.c.expires_at > bindparam("now"),
    )
    .order_by(_voucher.c.id)
)
_OPEN_BOUGHT = (
    select(*_voucher.columns)
    .where(
        _voucher.c.member_id == bindparam("member_id"),
        _voucher.c.state == "open",
        _voucher.c.cost > 0,
    )
    .order_by(_voucher.c.id.desc())
)
_CLOSE = (
    update(_voucher)
    .values(
        state=bindparam("new_state"), closed_at=bindparam("now"), visit_id=bindparam("in_visit")
    )
    .where(_voucher.c.id == bindparam("voucher_id"), _voucher.c.state == "open")
)
_OF_AWARDS = (
    select(*_voucher.columns)
    .where(one_of(_voucher.c.award_id, bindparam("award_ids", type_=TextList)))
    .order_by(_voucher.c.id)
)
_is_lapsed = (_voucher.c.state == "open") & (_voucher.c.expires_at <= bindparam("now"))
_WITH_LAPSED = (
    select(_voucher.c.member_id)
    .where(_is_lapsed, _voucher.c.member_id > bindparam("after"))
    .group_by(_voucher.c.member_id)
    .order_by(_voucher.c.member_id)
    .limit(bindparam("most"))
)
_LAPSED_OF = (
    select(*_voucher.columns)
    .where(_voucher.c.member_id == bindparam("member_id"), _is_lapsed)
    .order_by(_voucher.c.id)
)
_TIMES_REDEEMED = (
    select(_voucher.c.reward_id, func.count().label("times"))
    .where(_voucher.c.member_id == bindparam("member_id"), _voucher.c.cost > 0)
    .group_by(_voucher.c.reward_id)
)
_STILL_OPEN = (
    select(*_voucher.columns)
    .where(_voucher.c.member_id == bindparam("member_id"), _voucher.c.state == "open")
    .order_by(_voucher.c.id)
)
# An id is as unique as the code was, and no code that could be read out.
_FORGET_CODES = (
    update(_voucher)
    .values(code=_voucher.c.id)
    .where(_voucher.c.member_id == bindparam("member_id"))
)
KEPT = {"voucher": rows_of_member(Voucher)}


def add(connection: Connection, row: dict[str, Any]) -> None:
    """A new voucher."""
    connection.run(_INSERT, **row)


def by_id(connection: Connection, voucher_id: str) -> Any:
    """The voucher, or None."""
    return connection.first(_BY_ID, voucher_id=voucher_id)


def of_member(connection: Connection, voucher_id: str, *, member_id: str) -> Any:
    """The voucher, if it is this member's; else None."""
    return connection.first(_OF_MEMBER, voucher_id=voucher_id, member_id=member_id)


def by_code(connection: Connection, code: str) -> Any:
    """The voucher of a code (8 characters, upper case, no hyphen), or None."""
    return connection.first(_BY_CODE, code=code)


def open_of(connection: Connection, member_id: str, *, now: datetime) -> list[Any]:
    """A member's vouchers that can be captured now, oldest first."""
    return connection.all(_OPEN_OF, member_id=member_id, now=now)


def open_bought(connection: Connection, member_id: str) -> list[Any]:
    """A member's vouchers that points paid for and nobody used, lapsed or not, newest first."""
    return connection.all(_OPEN_BOUGHT, member_id=member_id)


def close(
    connection: Connection, voucher_id: str, *, state: str, visit_id: str | None, now: datetime
) -> None:
    """A voucher is captured, lapsed or withdrawn."""
    connection.run(_CLOSE, voucher_id=voucher_id, new_state=state, in_visit=visit_id, now=now)


def of_awards(connection: Connection, award_ids: Sequence[str]) -> list[Any]:
    """The vouchers that were prizes of these awards, oldest first."""
    return connection.all(_OF_AWARDS, award_ids=list(award_ids)) if award_ids else []


def members_with_lapsed(
    connection: Connection, *, now: datetime, after: str, most: int
) -> list[str]:
    """Members that have open vouchers whose time is over, by id."""
    rows = connection.all(_WITH_LAPSED, now=now, after=after, most=most)
    return [row.member_id for row in rows]


def lapsed_of(connection: Connection, member_id: str, *, now: datetime) -> list[Any]:
    """A member's open vouchers whose time is over, oldest first."""
    return connection.all(_LAPSED_OF, member_id=member_id, now=now)


def times_redeemed(connection: Connection, member_id: str) -> dict[str, int]:
    """How often a member bought each reward."""
    return {
        row.reward_id: row.times for row in connection.all(_TIMES_REDEEMED, member_id=member_id)
    }


def still_open(connection: Connection, member_id: str) -> list[Any]:
    """A member's vouchers that nobody used, bought or won, lapsed or not, oldest first."""
    return connection.all(_STILL_OPEN, member_id=member_id)


def forget_codes(connection: Connection, member_id: str) -> None:
    """Erase the codes, which may stand on the member's phone."""
    connection.run(_FORGET_CODES, member_id=member_id)
