"""What the contract needs of the edge: a connection, the viewer, the time."""

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from gamification.staff.rules import Actor, Role

T = TypeVar("T")


class Context(Protocol):
    """One request's view of the edge, which fulfils it."""

    programme: Programme
    subject: str
    role: Role

    @property
    def public_keys(self) -> Mapping[int, Ed25519PublicKey]:
        """The keys that card codes are verified with, by key id."""
        ...

    def now(self) -> datetime:
        """The time of this request, the same however often it is asked."""
        ...

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run a function in a read transaction."""
        ...

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run a function in a write transaction; it may run more than once."""
        ...

    def changes(self, member_id: str) -> AsyncGenerator[None, None]:
        """Give one item at once, and one whenever the member has new facts; never ends."""
        ...

    def member(self, connection: Connection) -> MemberRecord | None:
        """The member that the token's subject is bound to; None for staff and strangers."""
        ...

    def actor(self, connection: Connection) -> Actor:
        """Who asks, with the member that the token's subject is bound to."""
        ...

    def occasion(self, connection: Connection) -> Occasion:
        """The occasion of an action by whoever asks."""
        ...

    def card_code(self, handle: bytes) -> tuple[str, datetime]:
        """A fresh single-use code of a card, and when it expires."""
        ...

    def image_url(self, handle: bytes) -> str:
        """A signed address of the card's picture, good for a minute."""
        ...

    def new_number(self) -> str:
        """A random member number."""
        ...

    def new_handle(self) -> bytes:
        """A random card handle."""
        ...
