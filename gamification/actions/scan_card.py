"""Scan a card: its code is used up and opens a visit."""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gamification.cards import store as cards
from gamification.cards.rules import CodeRefusal, CodeRefused, verify_code
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.staff.rules import require_staff
from gamification.visits import store as visits
from gamification.visits.rules import VISIT_DURATION, Visit

# What staff are told. None of it says anything about a person.
_REFUSALS = {
    CodeRefusal.NOT_A_CODE: "CODE_UNREADABLE",
    CodeRefusal.UNSUPPORTED: "CODE_UNREADABLE",
    CodeRefusal.FORGED: "CODE_FORGED",
    CodeRefusal.MALFORMED: "CODE_FORGED",
    CodeRefusal.EXPIRED: "CODE_EXPIRED",
    CodeRefusal.NOT_YET_VALID: "CODE_NOT_YET_VALID",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CardScan:
    """The text of a code, and the store where it was read (None: the actor's)."""

    code: str
    store_id: str | None = None


def scan_card(
    connection: Connection,
    request: CardScan,
    occasion: Occasion,
    *,
    public_keys: Mapping[int, Ed25519PublicKey],
) -> tuple[Visit, MemberRecord]:
    """The visit that the scan opened, and whose it is.

    Raises Refusal CODE_UNREADABLE, CODE_FORGED, CODE_EXPIRED, CODE_NOT_YET_VALID, CODE_UNKNOWN,
    CODE_REVOKED, CODE_USED, STORE_UNKNOWN or FORBIDDEN.
    """
    staff_id, store_id = require_staff(occasion.actor)
    if request.store_id not in {None, store_id}:
        raise Refusal("STORE_UNKNOWN")
    try:
        code = verify_code(request.code.strip(), public_keys=public_keys, now=occasion.now)
    except CodeRefused as refused:
        raise Refusal(_REFUSALS[refused.reason]) from refused
    card = cards.by_handle(connection, code.handle)
    member = members.by_id(connection, card.member_id) if card else None
    if card is None or member is None:
        raise Refusal("CODE_UNKNOWN")
    if card.revoked_at is not None:
        raise Refusal("CODE_REVOKED")
    if cards.was_used(connection, handle=code.handle, nonce=code.nonce):
        raise Refusal("CODE_USED")
    visit = Visit(
        id=occasion.new_id(),
        member_id=member.id,
        store_id=store_id,
        staff_id=staff_id,
        opened_by="scan",
        flags=int(code.flags),
        opened_at=occasion.now,
        expires_at=occasion.now + VISIT_DURATION,
    )
    visits.add(connection, visit)
    cards.use(connection, handle=code.handle, nonce=code.nonce, visit_id=visit.id, now=occasion.now)
    return visit, member
