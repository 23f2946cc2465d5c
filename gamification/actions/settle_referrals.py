"""Settle referrals: reward both sides once the friend has bought often enough.

The worker does it, and not the friend's purchase: a purchase locks one member, whom it is about.
Late or twice does no harm.
"""

from collections.abc import Callable
from typing import Any

from gamification.activities import store as activities
from gamification.activities.kinds import Recorder
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import record_by_itself, withdraw_by_itself
from gamification.members import store as members
from gamification.points import store as points
from gamification.points.rules import AccountKind, account_id
from gamification.referrals import store as referrals
from gamification.referrals.rules import Reason, State, Terms, refused_for
from gamification.timeline import store as timeline

PAGE = 500  # referrals in memory at one time

# What two members' rewards may move, their debts and what ran out included.
MOVED = (AccountKind.AVAILABLE, AccountKind.DEBT, AccountKind.EXPIRED, AccountKind.ISSUED)


def referrals_to_settle(connection: Connection, *, after: str) -> list[str]:
    """The next friends, by id, whose referrals may have something to settle."""
    return [row.friend_id for row in referrals.open_ones(connection, after=after, most=PAGE)]


def settle_referral(connection: Connection, friend_id: str, occasion: Occasion) -> State | None:
    """Settle one referral; where it stands from now on, None if nothing changed."""
    terms = occasion.programme.referral
    row = referrals.by_friend(connection, friend_id)
    if terms is None or row is None or row.state not in {State.WAITING, State.DOUBTED}:
        return None
    # In the order of their ids, as every write locks several members.
    pair = sorted((friend_id, row.referrer_id))
    timeline.lock_all(connection, pair)
    points.lock_accounts(
        connection, {account_id(kind, member_id) for member_id in pair for kind in MOVED}
    )
    state, reason = _next(connection, row, terms, occasion)
    if state is None:
        return None
    times = row.times
    if row.state == State.WAITING and state is State.REWARDED:
        times += 1
        _for_both(connection, row, occasion, record_by_itself, times=times)
    elif row.state == State.DOUBTED and state is not State.REWARDED:
        _for_both(connection, row, occasion, withdraw_by_itself, times=times)
    referrals.set_state(connection, friend_id, state, times=times, reason=reason)
    return state


def _for_both(
    connection: Connection, row: Any, occasion: Occasion, act: Callable[..., object], *, times: int
) -> None:
    for member_id, recorder in (
        (row.referrer_id, Recorder.REFERRER),
        (row.friend_id, Recorder.REFERRED),
    ):
        member = members.by_id(connection, member_id)
        if member is not None and not member.is_forgotten:
            act(connection, recorder, member, occasion, cycle=f"{row.friend_id}:{times}")


def _next(
    connection: Connection, row: Any, terms: Terms, occasion: Occasion
) -> tuple[State | None, Reason | None]:
    """Where the referral stands from now on; None: as it does."""
    enough = activities.purchases_kept(connection, row.friend_id) >= terms.on_purchase
    if row.state == State.DOUBTED:
        return (State.REWARDED if enough else State.WAITING), None
    pair = members.by_ids(connection, [row.friend_id, row.referrer_id])
    if len(pair) < 2 or any(member.is_forgotten for member in pair.values()):  # noqa: PLR2004 -- a pair
        return State.REFUSED, Reason.FORGOTTEN
    if not enough:
        is_over = terms.is_over(row.made_at, now=occasion.now)
        return (State.LAPSED if is_over else None), None
    reason = refused_for(
        row.friend_id,
        chain=referrals.chain_of(connection, row.friend_id),
        shared=referrals.shared_with(connection, row.friend_id),
    )
    return (State.REFUSED, reason) if reason else (State.REWARDED, None)
