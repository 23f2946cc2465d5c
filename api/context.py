"""One request's context: what the contract asks of the edge."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api import ids
from api.codes import fresh_code
from api.database import Database
from api.identity import Principal
from api.images import ImageAddresses
from api.keys import CardKeys
from api.streams.feed import FactFeed
from gamification.cards.rules import HANDLE_BYTES
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.members import store as members
from gamification.members.rules import NUMBER_BODY_DIGITS, MemberRecord, with_check_digit
from gamification.programme.values import Programme
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role, principal_of

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestContext:
    """Fulfils `schema.context.Context`."""

    database: Database
    programme: Programme
    principal: Principal
    card_keys: CardKeys
    images: ImageAddresses
    feed: FactFeed
    moment: datetime

    @property
    def subject(self) -> str:
        """The token's subject."""
        return self.principal.subject

    @property
    def role(self) -> Role:
        """The token's role."""
        return self.principal.role

    @property
    def public_keys(self) -> Mapping[int, Ed25519PublicKey]:
        """The keys that card codes are verified with."""
        return self.card_keys.public_keys

    def now(self) -> datetime:
        """The time of this request."""
        return self.moment

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run a function in a read transaction."""
        return await self.database.read(function)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run a function in a write transaction."""
        return await self.database.write(function)

    def changes(self, member_id: str) -> AsyncGenerator[None, None]:
        """Give one item at once, and one whenever the member has new facts."""
        return self.feed.changes(member_id)

    def member(self, connection: Connection) -> MemberRecord | None:
        """The member that the token's subject is bound to; None for staff and strangers."""
        if self.principal.role is not Role.MEMBER:
            return None
        return members.by_subject(connection, self.principal.subject)

    def actor(self, connection: Connection) -> Actor:
        """Who asks: a member with the id that the subject is bound to, or known staff.

        A token that names staff whom this database does not know gives no rights.
        """
        principal, member = self.principal, self.member(connection)
        row = staff.by_id(connection, principal.staff_id) if principal.staff_id else None
        is_known = row is not None and (row.role, row.store_id) == (
            principal.role,
            principal.store_id,
        )
        return Actor(
            principal=principal_of(principal.role, principal.subject),
            role=principal.role,
            member_id=member.id if member else None,
            staff_id=principal.staff_id if is_known else None,
            store_id=principal.store_id if is_known else None,
        )

    def occasion(self, connection: Connection) -> Occasion:
        """The occasion of an action by whoever asks."""
        return Occasion(
            programme=self.programme,
            actor=self.actor(connection),
            now=self.moment,
            new_id=ids.new_id,
            new_code=ids.voucher_code,
        )

    def card_code(self, handle: bytes) -> tuple[str, datetime]:
        """A fresh single-use code of a card, and when it expires."""
        return fresh_code(handle, keys=self.card_keys, now=self.moment)

    def image_url(self, handle: bytes) -> str:
        """A signed address of the card's picture."""
        return self.images.address(handle, now=self.moment)

    def new_number(self) -> str:
        """A random member number."""
        digits = int.from_bytes(ids.random_bytes(8)) % 10**NUMBER_BODY_DIGITS
        return with_check_digit(f"{digits:0{NUMBER_BODY_DIGITS}d}")

    def new_handle(self) -> bytes:
        """A random card handle."""
        return ids.random_bytes(HANDLE_BYTES)
