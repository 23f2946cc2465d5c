"""Settle referrals: reward both sides once the friend has bought often enough.

The worker does it, and not the friend's purchase: a purchase locks one member, whom it is about.
Late or twice does no harm.
"""

from datetime import datetime
from typing import Any

from gamification.activities import store as activities
from gamification.activities.kinds import Recorder
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import record_by_itself, withdraw_by_itself
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.points import store as points
from gamification.points.rules import AccountKind, account_id
from gamification.programme.values import Programme
from gamification.referrals import store as referrals
from gamification.referrals.rules import Reason, State, Terms, refused_for
from gamification.timeline import store as timeline

PAGE = 500  # referrals in memory at one time
SIDES = 2  # who brought, and who was brought

# What two members' rewards may move, their debts, what cools off and what ran out included.
MOVED = (
    AccountKind.AVAILABLE,
    AccountKind.DEBT,
    AccountKind.EXPIRED,
    AccountKind.ISSUED,
    AccountKind.PENDING,
)


def referrals_to_settle(
    connection: Connection, *, programme: Programme, now: datetime, after: str
) -> list[str]:
    """The next friends, by id, with whose referrals there is something to settle."""
    terms = programme.referral
    if terms is None:
        return []
    while rows := referrals.open_ones(connection, after=after, most=PAGE):
        ready = [row.friend_id for row in rows if _next(connection, row, terms, now=now)]
        if ready:
            return ready
        after = rows[-1].friend_id
    return []


def settle_referral(connection: Connection, friend_id: str, occasion: Occasion) -> State | None:
    """Settle one referral; where it stands from now on, None if nothing changed."""
    terms = occasion.programme.referral
    row = referrals.by_friend(connection, friend_id)
    if terms is None or row is None:
        return None
    # In the order of their ids, as every write locks several members.
    pair = sorted((friend_id, row.referrer_id))
    timeline.lock_all(connection, pair)
    points.lock_accounts(
        connection, {account_id(kind, member_id) for member_id in pair for kind in MOVED}
    )
    row = referrals.by_friend(connection, friend_id)  # as nobody else changes it any more
    found = _next(connection, row, terms, now=occasion.now)
    if found is None:
        return None
    state, reason = found
    times = row.times
    if row.state == State.WAITING and state is State.REWARDED:
        times += 1
        for member, recorder in _both(connection, row):
            record_by_itself(connection, recorder, member, occasion, cycle=f"{friend_id}:{times}")
    elif row.state == State.DOUBTED and state is not State.REWARDED:
        for member, _ in _both(connection, row):
            withdraw_by_itself(connection, member, occasion, cycle=f"{friend_id}:{times}")
    referrals.set_state(connection, friend_id, state, times=times, reason=reason)
    return state


def _both(connection: Connection, row: Any) -> list[tuple[MemberRecord, Recorder]]:
    sides = ((row.referrer_id, Recorder.REFERRER), (row.friend_id, Recorder.REFERRED))
    there = members.by_ids(connection, [member_id for member_id, _ in sides])
    return [
        (there[member_id], recorder)
        for member_id, recorder in sides
        if member_id in there and not there[member_id].is_forgotten
    ]


def _next(
    connection: Connection, row: Any, terms: Terms, *, now: datetime
) -> tuple[State, Reason | None] | None:
    """Where the referral stands from now on, and why; None: as it does."""
    if row.state not in {State.WAITING, State.DOUBTED}:
        return None
    kept = activities.purchases_kept(
        connection,
        row.friend_id,
        least_minor=terms.least_minor,
        before=terms.ends_at(row.made_at),
    )
    if row.state == State.DOUBTED:
        return (State.REWARDED if kept >= terms.on_purchase else State.WAITING), None
    if kept < terms.on_purchase:
        return (State.LAPSED, None) if now >= terms.ends_at(row.made_at) else None
    if len(_both(connection, row)) < SIDES:
        return State.REFUSED, Reason.FORGOTTEN
    shared = referrals.sharing_with(connection, row.friend_id)
    reason = refused_for(
        row.friend_id,
        chain=referrals.chain_of(connection, row.friend_id),
        shared=shared,
        siblings=referrals.brought_by(connection, row.referrer_id, shared),
    )
    return (State.REFUSED, reason) if reason else (State.REWARDED, None)
