"""Writes a decision: activity, ledger, buckets, prizes and facts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from gamification.activities import store as activities
from gamification.database import Connection
from gamification.effects.decision import Decision
from gamification.effects.ledger import lock_together, write_movements
from gamification.goals import store as goals
from gamification.goals.rules import TOTAL
from gamification.timeline import store as timeline
from gamification.vouchers import store as vouchers


def apply_all(connection: Connection, decisions: Sequence[Decision], *, announce: bool) -> None:
    """`apply` for several members, one decision each; they were locked by `timeline.lock_all`."""
    lock_together(connection, decisions)
    for decision in decisions:
        apply(connection, decision, announce=announce)


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
    write_movements(connection, decision, member_id)
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
                "entries": fact.entries or None,
            }
            for number, fact in enumerate(decision.facts, start=decision.state.fact_number + 1)
        ],
        fresh_since=fresh_since,
    )
