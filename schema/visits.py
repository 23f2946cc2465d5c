"""A visit, and what staff may see of the member."""

from collections.abc import Set as AbstractSet
from datetime import datetime

import strawberry

from gamification.database import Connection
from gamification.goals import store as goals
from gamification.members.rules import MemberRecord, grouped_number
from gamification.reads.standing import Section, read_standing
from gamification.visits import rules as domain
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.segments import Segment, read_segments
from schema.tiers import Tier, tier_type
from schema.vouchers import Voucher, voucher_types


@strawberry.type(description="What staff see of a member at the till: no contacts, no card code.")
class Guest:
    """See the description."""

    display_name: str = field("What to greet them by.")
    number: str = field("The member number as cards show it.")
    tier: Tier = field("Their tier.")
    points: int = field("Available points.")
    segments: list[Segment] = field("The segments they are in now.")
    vouchers: list[Voucher] = field("Vouchers that can be captured now, oldest first.")


@strawberry.type(description="A member at the till. It stays open for five minutes.")
class Visit:
    """See the description."""

    id: strawberry.ID = field("Name it in `recordPurchase` and `captureVoucher`.")
    opened_at: datetime = field("When the card was scanned, or the number looked up.")
    expires_at: datetime = field("After this the card must be scanned again.")
    can_redeem: bool = field("Whether vouchers can be captured: only after a scan.")
    guest: Guest = field("Who is served.")


def read_guest(
    connection: Connection, member: MemberRecord, context: Context, fields: AbstractSet[str]
) -> Guest:
    """What staff see, as it stands now. Texts are in the programme's first language.

    `fields` are the names of the guest's fields that are asked for.
    """
    programme = context.programme
    locale = programme.locale
    sections = {Section.POINTS, Section.VOUCHERS} if "vouchers" in fields else {Section.POINTS}
    standing = read_standing(connection, member, programme, now=context.now(), sections=sections)
    # Of all that is counted, a till is shown the tier alone.
    counts = goals.counts(connection, member.id, [programme.ladder.key(standing.today)])
    holdings = standing.holdings
    return Guest(
        display_name=member.display_name,
        number=grouped_number(member.number),
        tier=tier_type(programme.ladder.standing(counts, today=standing.today), locale),
        points=holdings.available if holdings else 0,
        segments=read_segments(connection, member, context) if "segments" in fields else [],
        vouchers=voucher_types(standing, programme, locale),
    )


def visit_type(visit: domain.Visit, guest: Guest) -> Visit:
    """A visit with its guest."""
    return Visit(
        id=strawberry.ID(global_id(NodeKind.VISIT, visit.id)),
        opened_at=visit.opened_at,
        expires_at=visit.expires_at,
        can_redeem=bool(visit.flags & 2),
        guest=guest,
    )
