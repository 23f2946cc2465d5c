"""Whom a till acts for: the member of an open visit, or of a number."""

from dataclasses import dataclass
from datetime import datetime

from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.members.rules import MemberRecord, is_valid_number, normal_number
from gamification.staff.rules import Actor, Role, require_staff
from gamification.visits import store as visits
from gamification.visits.rules import Visit


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Exactly one of the two."""

    visit_id: str | None = None
    member_number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The member, and the visit if one was named."""

    member: MemberRecord
    visit: Visit | None


def find_target(
    connection: Connection, target: Target, actor: Actor, *, now: datetime, needs: CodeFlag
) -> Found:
    """Find the member, within what the actor may do.

    A clerk works in visits, so that every use of a number without a card has a reason on record.
    Raises Refusal FORBIDDEN, VISIT_UNKNOWN, VISIT_CLOSED, CODE_NOT_MEANT_FOR_THIS or
    MEMBER_UNKNOWN.
    """
    if target.visit_id is not None:
        _, store_id = require_staff(actor)
        visit = visits.of_store(connection, target.visit_id, store_id=store_id)
        member = members.by_id(connection, visit.member_id) if visit else None
        if visit is None or member is None or member.is_forgotten:
            raise Refusal("VISIT_UNKNOWN")
        if not visit.is_open(now):
            raise Refusal("VISIT_CLOSED")
        if not visit.flags & needs:
            raise Refusal("CODE_NOT_MEANT_FOR_THIS")
        return Found(member=member, visit=visit)
    require_staff(actor, Role.MANAGER, Role.SYSTEM)
    return Found(member=by_number(connection, target.member_number or ""), visit=None)


def by_number(connection: Connection, text: str) -> MemberRecord:
    """The member of a number as someone typed it.

    Raises Refusal NUMBER_MISTYPED (the check digit is wrong) or MEMBER_UNKNOWN.
    """
    if not is_valid_number(text):
        raise Refusal("NUMBER_MISTYPED")
    member = members.by_number(connection, normal_number(text))
    if member is None:
        raise Refusal("MEMBER_UNKNOWN")
    return member
