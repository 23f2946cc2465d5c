"""Forget a member: what names or reaches the person goes, what they did stays without them.

The ledger is left whole: activities, entries, facts and awards stand under the member's random id,
and the points that are left run out in their time.
"""

from dataclasses import dataclass

from gamification.actions.targets import by_number
from gamification.activities import store as activities
from gamification.adjustments import store as adjustments
from gamification.cards import store as cards
from gamification.claims import store as claims
from gamification.consents import store as consents
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.decision import Decision
from gamification.effects.occasion import Occasion
from gamification.facts import FactKind
from gamification.idempotency import store as idempotency
from gamification.members import store as members
from gamification.points import causes
from gamification.points.rules import Lot
from gamification.reviews import store as reviews
from gamification.staff.rules import Role, principal_of
from gamification.tags import store as tags
from gamification.timeline import store as timeline
from gamification.visits import store as visits
from gamification.vouchers import store as vouchers


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """Whose person was erased, and how many open vouchers were withdrawn for it."""

    member_id: str
    vouchers: int


def forget_member(
    connection: Connection, number: str, occasion: Occasion, *, importer: str
) -> Forgotten:
    """Erase the person behind a member number; afterwards it is nobody's.

    Gone are the person, the number, language and time zone, cards and the codes used of them, tags,
    consents (without the person they prove nothing to anybody), what tills and staff typed
    (receipts, lines, reasons, idempotency keys), the words of reviews, what only they called a
    product, and vouchers' codes. Keys of the principal `importer` stay: they are digests, and keep
    a purchase log from being imported twice. Whoever opened the transaction lets the words of
    activities and adjustments be changed.
    Raises Refusal NUMBER_MISTYPED or MEMBER_UNKNOWN.
    """
    member = by_number(connection, number)
    decision = begin(connection, member, occasion)
    withdrawn = _withdraw_vouchers(connection, decision, member.id)
    apply(connection, decision, announce=False)
    subject = members.subject_of(connection, member.id)
    members.forget(connection, member.id)
    cards.forget(connection, member.id)
    vouchers.forget_codes(connection, member.id)
    visits.forget_reasons(connection, member.id)
    consents.forget(connection, member.id)
    tags.forget(connection, member.id)
    adjustments.forget_reasons(connection, member.id)
    claims.forget(connection, member.id)
    reviews.forget_words(connection, member.id, products=occasion.programme.products)
    timeline.quiet(connection, member.id)
    activities.forget_words(
        connection,
        member.id,
        categories=occasion.programme.categories,
        kinds=occasion.programme.kinds,
    )
    principal = None if subject is None else principal_of(Role.MEMBER, subject)
    idempotency.forget(connection, member.id, principal=principal, but=importer)
    return Forgotten(member_id=member.id, vouchers=withdrawn)


def _withdraw_vouchers(connection: Connection, decision: Decision, member_id: str) -> int:
    """Close what nobody can claim any more; points set aside for it go back to their lots."""
    rows = vouchers.still_open(connection, member_id)
    for voucher in rows:
        used = causes.uses_of_cause(connection, f"reserve:{voucher.id}")
        before = len(decision.movements)
        decision.void(
            [
                (Lot(id=use.lot_id, remaining=0, expires_at=use.expires_at), use.amount)
                for use in used
            ],
            voucher=voucher.id,
            rule=f"reward:{voucher.reward_id}",
        )
        decision.closed_vouchers.append((voucher.id, "withdrawn", None))
        fact = decision.tell(FactKind.VOUCHER_WITHDRAWN, at=decision.now, reward=voucher.reward_id)
        decision.link(fact, since=before)
    return len(rows)
