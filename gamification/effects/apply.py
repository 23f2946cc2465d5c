"""Writes a decision: activity, ledger, buckets, prizes and facts."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from gamification.activities import store as activities
from gamification.database import Connection
from gamification.effects.decision import Decision
from gamification.goals import store as goals
from gamification.goals.rules import TOTAL
from gamification.points import store as points
from gamification.points.rules import AccountKind, EntryKind, Movement, account_id
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


def apply(connection: Connection, decision: Decision, *, announce: bool) -> None:
    """Write everything. `announce` marks the member as having something new to be told."""
    member_id = decision.state.member.id
    if decision.activity:
        activities.add(
            connection,
            decision.activity,
            effects=decision.effects,
            faults=decision.faults,
            currency=decision.programme.currency,
            programme_version=decision.programme.version,
            now=decision.now,
        )
    _write_prizes(connection, decision, member_id)
    _write_ledger(connection, decision, member_id)
    _write_buckets(connection, decision, member_id)
    _write_facts(connection, decision, member_id, fresh_since=decision.now if announce else None)


def _write_prizes(connection: Connection, decision: Decision, member_id: str) -> None:
    version = decision.programme.version
    for goal, cycle in decision.joined:
        goals.join(connection, member_id=member_id, goal=goal, cycle=cycle, now=decision.now)
    goals.withdraw(connection, [award.id for award in decision.withdrawn], now=decision.now)
    goals.add_awards(
        connection,
        [
            {
                "id": award.id,
                "member_id": member_id,
                "goal": award.goal,
                "level": award.level,
                "cycle": award.cycle,
                "awarded_at": award.awarded_at,
                "recorded_at": decision.now,
                "activity_id": award.activity_id,
                "withdrawn_at": None,
                "programme_version": version,
            }
            for award in decision.awards
        ],
    )
    for voucher in decision.vouchers:
        vouchers.add(
            connection,
            {
                "id": voucher.id,
                "member_id": member_id,
                "code": voucher.code,
                "reward_id": voucher.reward_id,
                "cost": voucher.cost,
                "state": "open",
                "award_id": voucher.award_id,
                "issued_at": voucher.issued_at,
                "expires_at": voucher.expires_at,
                "closed_at": None,
                "visit_id": None,
                "programme_version": version,
            },
        )
    for voucher_id, state, visit_id in decision.closed_vouchers:
        vouchers.close(connection, voucher_id, state=state, visit_id=visit_id, now=decision.now)


def _write_ledger(connection: Connection, decision: Decision, member_id: str) -> None:
    if not decision.movements:
        return
    touched: dict[str, AccountKind] = {}
    changes: dict[str, list[int]] = defaultdict(list)
    issued: dict[str, int] = defaultdict(int)
    for movement in decision.movements:
        for kind, other, change in (
            (movement.source, movement.target, -movement.amount),
            (movement.target, movement.source, movement.amount),
        ):
            account = account_id(kind, member_id)
            touched[account] = kind
            changes[account].append(change)
            issued[account] += change if other is AccountKind.ISSUED else 0
    versions = {}
    # In the order of their ids, so that two writes never wait for each other.
    for account in sorted(touched):
        newest = points.move(
            connection,
            account=account,
            kind=touched[account],
            member_id=member_id,
            change=sum(changes[account]),
            issued=issued[account],
            entries=len(changes[account]),
        )
        versions[account] = newest - len(changes[account])
    entries = []
    for movement in decision.movements:
        source = account_id(movement.source, member_id)
        target = account_id(movement.target, member_id)
        versions[source] += 1
        versions[target] += 1
        entries.append(
            {
                "id": movement.id,
                "kind": movement.kind.value,
                "from_account": source,
                "to_account": target,
                "amount": movement.amount,
                "from_version": versions[source],
                "to_version": versions[target],
                "cause": movement.cause,
                "rule": movement.rule,
                "programme_version": decision.programme.version,
                "activity_id": movement.activity_id,
                "occurred_at": movement.occurred_at,
                "recorded_at": decision.now,
            }
        )
    points.append(
        connection,
        entries=entries,
        lots=[_lot(movement, member_id) for movement in decision.movements if movement.new_lot],
        uses=[
            (movement.id, lot_id, amount, movement.kind is EntryKind.EXPIRE)
            for movement in decision.movements
            for lot_id, amount in movement.uses
        ],
    )


def _lot(movement: Movement, member_id: str) -> dict[str, Any]:
    lot = movement.new_lot
    if lot is None:
        raise ValueError("a movement without a lot")
    return {
        "id": lot.id,
        "member_id": member_id,
        "entry_id": movement.id,
        "activity_id": lot.activity_id,
        "original": movement.amount,
        "remaining": movement.amount,
        "spent": 0,
        "expired": 0,
        "earned_at": movement.occurred_at,
        "expires_at": lot.expires_at,
    }


def _write_buckets(connection: Connection, decision: Decision, member_id: str) -> None:
    totals: dict[str, int] = defaultdict(int)
    for measure, _, amount in decision.effects:
        totals[measure] += amount
    goals.add_to_buckets(
        connection,
        member_id,
        [*decision.effects, *((measure, TOTAL, amount) for measure, amount in totals.items())],
    )


def _write_facts(
    connection: Connection, decision: Decision, member_id: str, *, fresh_since: datetime | None
) -> None:
    timeline.append(
        connection,
        member_id,
        [
            {
                "member_id": member_id,
                "number": number,
                "kind": fact.kind.value,
                "params": dict(fact.params),
                "activity_id": fact.activity_id,
                "occurred_at": fact.occurred_at,
                "recorded_at": decision.now,
                "programme_version": decision.programme.version,
            }
            for number, fact in enumerate(decision.facts, start=decision.state.fact_number + 1)
        ],
        fresh_since=fresh_since,
    )
