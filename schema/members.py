"""The member: everything the home screen shows."""

from datetime import datetime
from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord, grouped_number
from gamification.reads.standing import Standing, read_standing
from notifications import inbox
from notifications.wording import negotiate
from schema.badges import Badge, badge_types
from schema.cards import Card, card_type
from schema.challenges import Challenge, challenge_types
from schema.connections import PAGE_ITEMS_DEFAULT, FactConnection, InboxConnection
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, global_id
from schema.inbox import inbox_connection
from schema.node import Node
from schema.points import PointsBalance, points_balance
from schema.rewards import Reward, next_reward, reward_types
from schema.selection import Selection
from schema.stamps import StampCard, stamp_types
from schema.tiers import TierStanding, tier_standing
from schema.timeline import fact_connection
from schema.vouchers import Voucher, voucher_types

First = Annotated[int, strawberry.argument(description="How many items, from 1 to 100.")]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before.")
]


@strawberry.type(description="A member of the programme.")
class Member(Node):
    """See the description."""

    display_name: str = field("What to greet them by.")
    number: str = field("The member number as cards show it: `1234 567 890`.")
    locale: str = field("The language of texts and messages (BCP 47).")
    time_zone: str = field("Whose quiet hours hold (IANA name).")
    member_since: datetime = field("When they joined.")
    card: Card | None = field("Their card; null when it was revoked.")
    points: PointsBalance | None = field("Their points.")
    tier: TierStanding | None = field("Their tier, with its bar.")
    next_reward: Reward | None = field("The cheapest reward they cannot afford yet.")
    badges: list[Badge] = field("Every badge, earned ones first.")
    challenges: list[Challenge] = field("The challenges that run now.")
    stamps: list[StampCard] = field("Their stamp cards.")
    rewards: list[Reward] = field("All rewards, cheapest first.")
    vouchers: list[Voucher] = field("Vouchers that can be captured now, oldest first.")
    timeline_page: strawberry.Private[FactConnection | None] = None
    inbox_page: strawberry.Private[InboxConnection | None] = None

    @strawberry.field(description="What happened, newest first.")
    def timeline(
        self,
        first: First = PAGE_ITEMS_DEFAULT,  # noqa: ARG002 -- read by `selection_of`
        after: After = None,  # noqa: ARG002 -- as above
    ) -> FactConnection | None:
        """The page that was read with the rest."""
        return self.timeline_page

    @strawberry.field(description="What they were told, newest first.")
    def inbox(
        self,
        first: First = PAGE_ITEMS_DEFAULT,  # noqa: ARG002 -- as above
        after: After = None,  # noqa: ARG002 -- as above
    ) -> InboxConnection | None:
        """The page that was read with the rest."""
        return self.inbox_page


def read_self(connection: Connection, context: Context, selection: Selection) -> Member:
    """What is asked for of the member who asks. Raises Refusal NOT_ENROLLED."""
    record = context.member(connection)
    if record is None:
        raise Refusal("NOT_ENROLLED")
    return read_member(connection, record, context, selection)


def read_member(
    connection: Connection, record: MemberRecord, context: Context, selection: Selection
) -> Member:
    """Read what is asked for of a member, in a constant number of statements."""
    standing = read_standing(
        connection,
        record,
        context.programme,
        now=context.now(),
        sections=selection.sections,
        page=selection.timeline,
    )
    lines = None
    if "inbox" in selection.fields:
        lines = inbox.page(
            connection, record.id, before=selection.inbox_before, most=selection.inbox_first + 1
        )
    member = _project(standing, context, selection)
    if selection.timeline and standing.facts is not None:
        member.timeline_page = fact_connection(
            standing.facts,
            first=selection.timeline.first,
            programme=context.programme,
            locale=record.locale,
            entries=standing.entries,
        )
    if lines is not None:
        member.inbox_page = inbox_connection(
            lines,
            first=selection.inbox_first,
            programme=context.programme,
            locale=record.locale,
        )
    return member


def _project(standing: Standing, context: Context, selection: Selection) -> Member:
    record, programme, fields = standing.member, context.programme, selection.fields
    # Names and sentences come in one language, whatever tag the phone gave.
    locale = negotiate(record.locale)
    rewards = reward_types(standing, programme, locale)
    return Member(
        id=strawberry.ID(global_id(NodeKind.MEMBER, record.id)),
        display_name=record.display_name,
        number=grouped_number(record.number),
        locale=record.locale,
        time_zone=record.time_zone,
        member_since=record.joined_at,
        card=card_type(standing, context),
        points=points_balance(standing),
        tier=tier_standing(standing, programme, locale) if "tier" in fields else None,
        next_reward=next_reward(rewards),
        badges=badge_types(standing, programme, locale) if "badges" in fields else [],
        challenges=challenge_types(standing, programme, locale) if "challenges" in fields else [],
        stamps=stamp_types(standing, programme, locale) if "stamps" in fields else [],
        rewards=rewards,
        vouchers=voucher_types(standing, programme, locale),
    )
