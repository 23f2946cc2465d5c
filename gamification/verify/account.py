"""One account: what is stored of it, beside what its entries come to."""

from datetime import UTC, datetime
from typing import Any, TypeAlias

from gamification.points.chain import NO_HEAD
from gamification.points.rules import MEMBER_KINDS, PROGRAMME_ACCOUNT_SHARDS, AccountKind
from gamification.verify.cooling import Cooler
from gamification.verify.pages import Item
from gamification.verify.purse import Purse

# An entry at one of its accounts: the stored link, the digest that it is made of, and the entry
# with its lots.
Turn: TypeAlias = tuple[bytes, bytes, Item]

AVAILABLE = f":{AccountKind.AVAILABLE}"
PENDING = f":{AccountKind.PENDING}"
NEVER_MOVED = datetime.min.replace(tzinfo=UTC)  # of an account without entries

ACCOUNTS_OF_PROGRAMME = {
    f"{kind}:{shard:02d}": kind
    for kind in AccountKind
    if kind not in MEMBER_KINDS
    for shard in range(PROGRAMME_ACCOUNT_SHARDS)
}


class Account:
    """`row` is None for an account that entries name and that is not there.

    What the entries come to: the sum of them `total`, of it from issued points `issued`; of a
    member's, the sum of their ids' hashes `entered`, at one account of the member's; and, as far as
    their versions go on without a gap, the `newest` version with its id, moment and link. `lots` is
    what remains in the lots, `purse` the open ones, `cooler` those that cool off.
    """

    __slots__ = (
        "cooler",
        "entered",
        "has_gap",
        "head",
        "id",
        "is_claimed",
        "is_issuer",
        "is_of_programme",
        "is_unlinked",
        "issued",
        "lots",
        "moved_at",
        "newest",
        "newest_id",
        "purse",
        "row",
        "total",
        "waiting",
    )

    def __init__(self, account_id: str, row: Any) -> None:
        self.id = account_id
        self.row = row
        self.is_of_programme = account_id in ACCOUNTS_OF_PROGRAMME
        self.is_issuer = account_id.startswith(f"{AccountKind.ISSUED}:")
        self.purse = Purse() if account_id.endswith(AVAILABLE) else None
        self.cooler = Cooler() if account_id.endswith(PENDING) else None
        self.total = self.issued = self.lots = self.newest = self.entered = 0
        self.newest_id: str | None = None
        self.moved_at = NEVER_MOVED
        self.head = NO_HEAD
        self.is_claimed = False  # by its member, or the programme
        self.is_unlinked = False  # a link did not fit: the first is told, the others are not
        self.has_gap = False
        self.waiting: dict[int, Turn] | None = None  # what came before its turn, by version

    def cooling(self) -> int:
        """What its lots hold that cool off, as their rows say."""
        return self.cooler.held() if self.cooler else 0

    def is_what_it_says(self) -> bool:
        """Whether id, kind and member are those of one account."""
        row = self.row
        if row.kind in MEMBER_KINDS:
            return self.is_claimed and self.id == f"{row.member_id}:{row.kind}"
        return (
            self.is_claimed
            and row.kind == ACCOUNTS_OF_PROGRAMME.get(self.id)
            and row.member_id is None
        )
