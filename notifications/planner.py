"""Plans nudges for members who have something new, and hands those that are due to the engine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from gamification.consents import store as consents
from gamification.consents.rules import MARKETING, PUSH
from gamification.database import Connection
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from gamification.timeline import store as timeline
from notifications import store
from notifications.nearness import near_to
from notifications.rules import Candidate, quiet_until, zone_of

C = TypeVar("C", bound=Connection)

BATCH_MAX = 100
"""Nudges in one job: one job each would write four rows of the engine's per push."""

LEASE = timedelta(hours=1)
"""How long the engine may hold a nudge before it counts as lost and is handed over again.

Far beyond what a batch takes when every push is slow; it ends only what a crash left behind.
"""


def has_work(connection: Connection, *, now: datetime) -> bool:
    """Whether `plan` or `dispatch` would find anything; two reads by index."""
    return timeline.is_any_fresh(connection) or store.is_any_due(connection, now=now)


def plan(
    connection: Connection,
    *,
    programme: Programme,
    now: datetime,
    new_id: Callable[[], str],
    most: int = 200,
) -> list[str]:
    """Look at up to `most` members with something new; the ids of the nudges planned for them.

    Members who did not consent are looked at, too, and nothing is planned.
    """
    marks = timeline.take_fresh(connection, most=most)
    if not marks:
        return []
    willing = consents.consenting(
        connection, [mark.member_id for mark in marks], category=MARKETING, channel=PUSH
    )
    known = members.by_ids(connection, sorted(willing))
    planned = [
        nudge_id
        for mark in marks
        if (member := known.get(mark.member_id)) is not None
        for candidate in near_to(connection, member.id, programme, now=now)
        if (
            nudge_id := _plan_one(
                connection, member, candidate, programme=programme, now=now, nudge_id=new_id()
            )
        )
    ]
    timeline.looked_at(connection, marks)
    return planned


def dispatch(
    connection: C,
    *,
    now: datetime,
    enqueue: Callable[[C, str, list[str]], None],
    most: int = 500,
) -> list[str]:
    """Hand up to `most` due nudges to the engine, in jobs of `BATCH_MAX`; the ids of the jobs.

    `enqueue` is given the connection, the job's id and the ids of its nudges, and writes in the
    same transaction.
    """
    due = store.take_due(connection, now=now, most=most)
    jobs = []
    for start in range(0, len(due), BATCH_MAX):
        batch = due[start : start + BATCH_MAX]
        ids = [row.id for row in batch]
        store.queue(connection, ids, until=now + LEASE)
        # A nudge that is handed over again waited until a later moment, or failed once more.
        first = batch[0]
        moment = int(first.not_before.timestamp() * 1_000_000)
        job_id = f"nudges:{first.id}:{first.attempts}:{moment}"
        enqueue(connection, job_id, ids)
        jobs.append(job_id)
    return jobs


def _plan_one(
    connection: Connection,
    member: MemberRecord,
    candidate: Candidate,
    *,
    programme: Programme,
    now: datetime,
    nudge_id: str,
) -> str | None:
    return store.plan(
        connection,
        {
            "id": nudge_id,
            "member_id": member.id,
            "key": candidate.key,
            "rule": candidate.rule_id,
            "target_kind": candidate.target_kind,
            "target_id": candidate.target_id,
            "params": {"remaining": candidate.remaining},
            "state": "planned",
            "reason": None,
            "attempts": 0,
            "not_before": quiet_until(now, zone_of(member.time_zone, programme.zone)),
            "planned_at": now,
            "sent_at": None,
            "read_at": None,
            "programme_version": programme.version,
        },
    )
