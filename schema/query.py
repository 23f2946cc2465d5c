"""The root of all queries."""

from typing import Annotated

import strawberry

from gamification.database import Connection
from gamification.members import store as members
from gamification.staff import store as staff
from gamification.staff.rules import Role
from gamification.stores import store as stores
from gamification.texts import text_in
from gamification.vouchers import store as vouchers
from notifications.wording import negotiate
from schema.connections import PAGE_ITEMS_DEFAULT
from schema.context import Context
from schema.fields import field
from schema.ids import NodeKind, kind_of, row_id
from schema.members import After, First, Member, read_member
from schema.node import Node
from schema.nudges import nudge_report
from schema.reviews import ReviewConnection, review_connection
from schema.scalars import BigInt
from schema.selection import fields_below, page_of_ids, selection_of
from schema.stores import Staff, Store
from schema.tiers import Tier, tier_type
from schema.vouchers import voucher_type
from schema.waiting import (
    count_proposed_adjustments,
    count_waiting_claims,
    proposed_adjustments,
    waiting_claims,
)

Info = strawberry.Info[Context]


@strawberry.type(description="Whoever holds the token.")
class Viewer:
    """See the description."""

    @strawberry.field(description="The member; null before `enrolMember`, and for staff.")
    async def member(self, info: Info) -> Member | None:
        """Read what is asked for, in one read transaction."""
        context, selection = info.context, selection_of(info)

        def read(connection: Connection) -> Member | None:
            record = context.member(connection)
            return read_member(connection, record, context, selection) if record else None

        return await context.read(read)

    @strawberry.field(description="Whoever serves; null for members.")
    async def staff(self, info: Info) -> Staff | None:
        """Read the staff's own line, and what waits for them if that is asked for."""
        context, asked = info.context, fields_below(info)

        def read(connection: Connection) -> Staff | None:
            actor = context.actor(connection)
            if actor.staff_id is None or actor.role is Role.MEMBER:
                return None
            row = staff.by_id(connection, actor.staff_id)
            store = stores.by_id(connection, actor.store_id) if actor.store_id else None
            return Staff(
                role=actor.role.value,
                label=row.label if row else actor.role.value,
                store=Store(id=store.id, name=store.name) if store else None,
                adjustments=proposed_adjustments(connection, actor, now=context.now())
                if "adjustments" in asked
                else [],
                adjustments_waiting=count_proposed_adjustments(connection, actor, now=context.now())
                if "adjustmentsWaiting" in asked
                else 0,
                claims=waiting_claims(connection, actor, context.programme)
                if "claims" in asked
                else [],
                claims_waiting=count_waiting_claims(connection, actor)
                if "claimsWaiting" in asked
                else 0,
                nudge_report=nudge_report(connection, actor, context.programme, now=context.now())
                if "nudgeReport" in asked
                else [],
            )

        return await context.read(read)


@strawberry.type(description="The rules of the programme, as far as they concern everybody.")
class Programme:
    """See the description."""

    id: str = field("The programme's name in its file.")
    name: str = field("In its first language.")
    version: str = field("Changes when the rules change.")
    currency: str = field("ISO 4217 code of all money.")
    time_zone: str = field("Whose midnight ends a day (IANA name).")
    points_expire_months: int | None = field("How long points last; null for ever.")
    tiers: list[Tier] = field("All tiers, lowest first.")
    members: BigInt = field("How many members there are; 0 for those who are not staff.")


@strawberry.type(description="What can be asked.")
class Query:
    """See the description."""

    @strawberry.field(description="Whoever holds the token.")
    def viewer(self) -> Viewer:
        """The viewer; its fields read what they need."""
        return Viewer()

    @strawberry.field(description="An object by its id; null when there is none that you may see.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The object's `id`.")],  # noqa: A002 -- Relay's name
    ) -> Node | None:
        """Ownership stands in the query of each kind: not found and forbidden are the same."""
        context, selection = info.context, selection_of(info)

        def read(connection: Connection) -> Node | None:
            record = context.member(connection)
            if record is None:
                return None
            if kind_of(id) is NodeKind.MEMBER and row_id(NodeKind.MEMBER, id) == record.id:
                return read_member(connection, record, context, selection)
            row = vouchers.of_member(connection, row_id(NodeKind.VOUCHER, id), member_id=record.id)
            return voucher_type(row, context.programme, negotiate(record.locale)) if row else None

        return await context.read(read)

    @strawberry.field(description="The rules of the programme.")
    async def programme(self, info: Info) -> Programme:
        """Read off the programme file; the number of members is counted."""
        context = info.context
        rules = context.programme
        is_staff = context.role is not Role.MEMBER
        count = await context.read(members.count) if is_staff else 0
        return Programme(
            id=rules.id,
            name=text_in(rules.name, rules.locale),
            version=rules.version,
            currency=rules.currency,
            time_zone=rules.zone.key,
            points_expire_months=rules.points_expire_months,
            tiers=[tier_type(tier, rules.locale) for tier in rules.ladder.tiers],
            members=BigInt(count),
        )

    @strawberry.field(description="What members said of a product, newest first.")
    async def reviews(
        self,
        info: Info,
        product: Annotated[
            str, strawberry.argument(description="As the reviews name it, in the same letters.")
        ],
        first: First = PAGE_ITEMS_DEFAULT,
        after: After = None,
    ) -> ReviewConnection:
        """Read a page and the average; nothing is said of who wrote."""
        most, before = page_of_ids("reviews", first=first, after=after)
        return await info.context.read(
            lambda connection: review_connection(connection, product, first=most, before=before)
        )
