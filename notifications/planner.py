"""Plans nudges for members who have something new, and hands those that are due to the engine."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from gamification.consents.rules import PUSH
from gamification.consents.store import granted
from gamification.database import Connection
from gamification.effects.state import local_day
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from gamification.timeline import store as timeline
from notifications import pauses, store
from notifications.candidates import candidates_of_all
from notifications.choosing import Choice, choose
from notifications.rules import has_room, quiet_until, week_ago, zone_of

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

    What is kept back is written as well, with its reason. The number of statements is constant.
    """
    marks = timeline.take_fresh(connection, most=most)
    if not marks:
        return []
    people = members.by_ids(connection, sorted(mark.member_id for mark in marks)).values()
    found = candidates_of_all(connection, people, programme, now=now)
    known = store.known(
        connection, ((who, each.key) for who, of_one in found.items() for each in of_one)
    )
    consents = granted(connection, list(found), channel=PUSH)
    paused = pauses.paused_rules(connection)
    claims = store.claims(connection, list(found), since=week_ago(now))
    rows: list[dict[str, Any]] = []
    superseded: list[str] = []
    for member in people:
        chosen = choose(
            member.id,
            found[member.id],
            known=known.get(member.id, {}),
            consents=consents.get(member.id, frozenset()),
            hold_out=programme.attention.hold_out,
            paused=paused,
        )
        superseded += chosen.superseded
        rows += [
            _row(
                member,
                choice,
                programme=programme,
                now=now,
                nudge_id=new_id(),
                claimed=claims.get(member.id, {}).values(),
            )
            for choice in chosen.choices
        ]
    store.plan(connection, rows)
    store.supersede(connection, superseded)
    timeline.looked_at(connection, marks, today=local_day(now, programme))
    # One that is decided anew keeps its old id.
    return [
        earlier.id if (earlier := known.get(row["member_id"], {}).get(row["key"])) else row["id"]
        for row in rows
        if row["state"] == "planned"
    ]


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


def _row(
    member: MemberRecord,
    choice: Choice,
    *,
    programme: Programme,
    now: datetime,
    nudge_id: str,
    claimed: Collection[date],
) -> dict[str, Any]:
    candidate, rule = choice.candidate, choice.candidate.rule
    zone = zone_of(member.time_zone, programme.zone)
    not_before = now if rule.is_service else quiet_until(now, zone)
    # Silence takes the day that telling would take: else the next best was told in its place.
    day = not_before.astimezone(zone).date()
    is_silent = choice.arm == "held_out" and has_room(
        claimed, today=day, attention=programme.attention
    )
    return {
        "id": nudge_id,
        "member_id": member.id,
        "key": candidate.key,
        "rule": rule.id,
        "target_kind": rule.target.value,
        "target_id": candidate.target_id,
        "params": dict(candidate.params),
        "state": "suppressed" if choice.reason else "planned",
        "reason": choice.reason,
        "attempts": 0,
        "not_before": not_before,
        "planned_at": now,
        "sent_at": None,
        "read_at": None,
        "archived_at": None,
        "programme_version": programme.version,
        "category": "" if rule.is_service else rule.category,
        "arm": choice.arm,
        "assigned_at": now if choice.arm else None,
        "claimed_on": day if is_silent else None,
        "chance_ppm": choice.chance_ppm,
    }
