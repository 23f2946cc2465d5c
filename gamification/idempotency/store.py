"""Every query of idempotency keys."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, delete, func, or_, select

from gamification.database import Connection, insert_once_into, rows_of_member, table_of
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer, Request, Stored, replay
from gamification.idempotency.tables import Idempotency

_row = table_of(Idempotency)
_FIND = select(_row.c.fingerprint, _row.c.outcome).where(
    _row.c.principal == bindparam("principal"),
    _row.c.operation == bindparam("operation"),
    _row.c.key == bindparam("key"),
)
_INSERT = insert_once_into(Idempotency)
_of_principal = _row.c.principal == bindparam("principal")
# Whose a key was stands in its outcome only, so that all keys are gone through: about a second for
# a million, and nobody is forgotten often. Ids are random, so that where one stands it is meant.
_outcome_text = cast(_row.c.outcome, String)
_about_member = func.replace(_outcome_text, bindparam("member_id"), "") != _outcome_text
_FORGET_OWN = delete(_row).where(_of_principal)
_FORGET_OTHERS = delete(_row).where(_about_member, _row.c.principal != bindparam("but"))
KEPT = {"idempotency": rows_of_member(Idempotency, or_(_of_principal, _about_member))}


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

    A refusal is decided before anything is written. A sticky one is stored like an outcome: a late
    retry must not succeed by surprise. Other refusals are raised, and nothing is stored.
    """
    stored = find(connection, request)
    if stored is not None:
        return replay(stored, request)
    try:
        outcome = effect()
    except Refusal as refusal:
        # The same request twice at once: the second waited for the first, and is refused for what
        # that one did.
        stored = find(connection, request)
        if stored is not None:
            return replay(stored, request)
        if not refusal.sticky:
            raise
        outcome = {"refusal": {"code": refusal.code, "data": dict(refusal.data)}}
    keep(connection, request, outcome, now=now)
    return Answer(outcome=outcome)


def forget(connection: Connection, member_id: str, *, principal: str | None, but: str) -> None:
    """Erase the keys of `principal`, and those that others used for this member.

    A late retry finds no member then, so that nothing happens twice. Those of the principal `but`
    stay: its keys are digests, and without them it would do everything again.
    """
    if principal is not None:
        connection.run(_FORGET_OWN, principal=principal)
    connection.run(_FORGET_OTHERS, member_id=member_id, but=but)
