"""Every query of idempotency keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from gamification.database import Connection, insert_into, table_of
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer, Request, Stored, replay
from gamification.idempotency.tables import Idempotency

_row = table_of(Idempotency)
_FIND = select(_row.c.fingerprint, _row.c.outcome).where(
    _row.c.principal == bindparam("principal"),
    _row.c.operation == bindparam("operation"),
    _row.c.key == bindparam("key"),
)
_INSERT = insert_into(Idempotency)


def find(connection: Connection, request: Request) -> Stored | None:
    """What this key was answered, if it was used."""
    row = connection.first(
        _FIND, principal=request.principal, operation=request.operation, key=request.key
    )
    return Stored(fingerprint=row.fingerprint, outcome=row.outcome) if row else None


def keep(
    connection: Connection, request: Request, outcome: dict[str, Any], *, now: datetime
) -> None:
    """Store the outcome; the key row and the effect commit together."""
    connection.run(
        _INSERT,
        principal=request.principal,
        operation=request.operation,
        key=request.key,
        fingerprint=request.fingerprint,
        outcome=outcome,
        recorded_at=now,
    )


def once(
    connection: Connection,
    request: Request,
    effect: Callable[[], dict[str, Any]],
    *,
    now: datetime,
) -> Answer:
    """Run `effect` unless its key was used; then the first answer comes again.

    A sticky refusal is stored like an outcome: it was decided before anything was written, and
    a late retry must not succeed by surprise. Other refusals are raised, and nothing is stored.
    """
    stored = find(connection, request)
    if stored is not None:
        return replay(stored, request)
    try:
        outcome = effect()
    except Refusal as refusal:
        if not refusal.sticky:
            raise
        outcome = {"refusal": {"code": refusal.code, "data": dict(refusal.data)}}
    keep(connection, request, outcome, now=now)
    return Answer(outcome=outcome)
