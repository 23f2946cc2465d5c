"""Every query of referrals and shared devices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from gamification.database import (
    Connection,
    insert_into,
    rows_of_member,
    table_of,
    upsert_into,
)
from gamification.referrals.rules import CHAIN_MAX, SHARING_MAX, State
from gamification.referrals.tables import Referral, SharedDevice

_referral = table_of(Referral)
_shared = table_of(SharedDevice)
_INSERT = insert_into(Referral)
_INSERT_SHARED = upsert_into(SharedDevice).on_conflict_do_nothing(
    index_elements=["member_id", "other_id"]
)
_BY_FRIEND = select(*_referral.columns).where(_referral.c.friend_id == bindparam("friend_id"))
_OPEN = (
    select(*_referral.columns)
    .where(
        or_(*(_referral.c.state == state.value for state in (State.WAITING, State.DOUBTED))),
        _referral.c.friend_id > bindparam("after"),
    )
    .order_by(_referral.c.friend_id)
    .limit(bindparam("most"))
)
_SHARED_WITH = select(_shared.c.member_id, _shared.c.other_id).where(
    or_(_shared.c.member_id == bindparam("member_id"), _shared.c.other_id == bindparam("member_id"))
)
_SET = (
    update(_referral)
    .values(state=bindparam("new_state"), reason=bindparam("why"), times=bindparam("rewarded"))
    .where(_referral.c.friend_id == bindparam("friend"))
)
_DOUBT = (
    update(_referral)
    .values(state=State.DOUBTED.value)
    .where(_referral.c.friend_id == bindparam("friend"), _referral.c.state == State.REWARDED.value)
)
KEPT = {
    "referral": rows_of_member(Referral, _referral.c.friend_id == bindparam("member_id")),
    "shared_device": rows_of_member(
        SharedDevice,
        or_(
            _shared.c.member_id == bindparam("member_id"),
            _shared.c.other_id == bindparam("member_id"),
        ),
    ),
}


def add(connection: Connection, *, friend_id: str, referrer_id: str, now: datetime) -> None:
    """A new member was brought by another."""
    connection.run(
        _INSERT,
        friend_id=friend_id,
        referrer_id=referrer_id,
        made_at=now,
        state=State.WAITING.value,
        reason=None,
        times=0,
    )


def by_friend(connection: Connection, friend_id: str) -> Any:
    """The referral of whoever was brought, or None."""
    return connection.first(_BY_FRIEND, friend_id=friend_id)


def open_ones(connection: Connection, *, after: str, most: int) -> list[Any]:
    """Referrals to be looked at, by their friend's id; `after` is '' for the first."""
    return connection.all(_OPEN, after=after, most=most)


def chain_of(connection: Connection, friend_id: str) -> list[str]:
    """Who brought a member, who brought those, and so on: at most CHAIN_MAX ids."""
    chain: list[str] = []
    member_id = friend_id
    while len(chain) < CHAIN_MAX:
        row = connection.first(_BY_FRIEND, friend_id=member_id)
        if row is None:
            break
        member_id = row.referrer_id
        chain.append(member_id)
    return chain


def share_device(connection: Connection, one: str, other: str) -> None:
    """Two members use one device; the same again changes nothing."""
    member_id, other_id = sorted((one, other))
    connection.run(_INSERT_SHARED, member_id=member_id, other_id=other_id)


def sharing_with(connection: Connection, member_id: str) -> set[str]:
    """The members with whom a member has used one device, and those with whom these have.

    At most SHARING_MAX are looked at.
    """
    seen, waiting = {member_id}, [member_id]
    while waiting and len(seen) <= SHARING_MAX:
        rows = connection.all(_SHARED_WITH, member_id=waiting.pop())
        found = {each for row in rows for each in row} - seen
        seen |= found
        waiting += sorted(found)
    return seen - {member_id}


def brought_by(connection: Connection, referrer_id: str, among: Iterable[str]) -> set[str]:
    """Those of some members whom one brought."""
    rows = (by_friend(connection, each) for each in among)
    return {row.friend_id for row in rows if row is not None and row.referrer_id == referrer_id}


def set_state(
    connection: Connection, friend_id: str, state: State, *, times: int, reason: str | None = None
) -> None:
    """Where a referral stands from now on."""
    connection.run(_SET, friend=friend_id, new_state=state.value, why=reason, rewarded=times)


def doubt(connection: Connection, friend_id: str) -> None:
    """A friend returned something: if they were rewarded, it is to be looked at again."""
    connection.run(_DOUBT, friend=friend_id)
