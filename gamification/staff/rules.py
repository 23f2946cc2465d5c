"""Who acts: a member through their app, staff at a till, or a system of the shop."""

from dataclasses import dataclass
from enum import StrEnum

from gamification.errors import Refusal


class Role(StrEnum):
    """What someone may do."""

    MEMBER = "member"
    CLERK = "clerk"
    MANAGER = "manager"
    SYSTEM = "system"


def principal_of(role: Role, subject: str) -> str:
    """Who owns the idempotency keys that a token's holder uses."""
    return f"{role}:{subject}"


STAFF_ROLES = frozenset({Role.CLERK, Role.MANAGER, Role.SYSTEM})


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Whoever asks. `principal` owns the idempotency keys; staff act in their store."""

    principal: str
    role: Role
    member_id: str | None = None
    staff_id: str | None = None
    store_id: str | None = None


def require_staff(actor: Actor, *roles: Role) -> tuple[str, str]:
    """The (staff id, store id) of staff in one of these roles (none named: any staff).

    Raises Refusal FORBIDDEN.
    """
    allowed = roles or tuple(STAFF_ROLES)
    if actor.role not in allowed or actor.staff_id is None or actor.store_id is None:
        raise Refusal("FORBIDDEN")
    return actor.staff_id, actor.store_id


def require_member(actor: Actor) -> str:
    """The id of the member who asks. Raises Refusal NOT_ENROLLED or FORBIDDEN."""
    if actor.role is not Role.MEMBER:
        raise Refusal("FORBIDDEN")
    if actor.member_id is None:
        raise Refusal("NOT_ENROLLED")
    return actor.member_id
