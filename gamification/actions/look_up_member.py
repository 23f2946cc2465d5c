"""Look a member up by number, for a stated reason: a visit opens without a card."""

from dataclasses import dataclass

from gamification.actions.targets import by_number
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.members.rules import MemberRecord
from gamification.staff.rules import require_staff
from gamification.texts import check_text
from gamification.visits import store as visits
from gamification.visits.rules import REASON_CHARACTERS_MAX, VISIT_DURATION, Visit


@dataclass(frozen=True, kw_only=True, slots=True)
class LookUp:
    """A member number as typed, and why the card is not shown."""

    number: str
    reason: str


def look_up_member(
    connection: Connection, request: LookUp, occasion: Occasion
) -> tuple[Visit, MemberRecord]:
    """The visit and whose it is. It earns, but redeems nothing: that takes the card.

    Raises Refusal TEXT_LENGTH, TEXT_UNPRINTABLE, NUMBER_MISTYPED, MEMBER_UNKNOWN or FORBIDDEN.
    """
    staff_id, store_id = require_staff(occasion.actor)
    reason = " ".join(request.reason.split())
    check_text(reason, field="reason", maximum=REASON_CHARACTERS_MAX)
    member = by_number(connection, request.number)
    visit = Visit(
        id=occasion.new_id(),
        member_id=member.id,
        store_id=store_id,
        staff_id=staff_id,
        opened_by="look_up",
        flags=int(CodeFlag.EARN | CodeFlag.CHECK_IN),
        opened_at=occasion.now,
        expires_at=occasion.now + VISIT_DURATION,
        reason=reason,
    )
    visits.add(connection, visit)
    return visit, member
