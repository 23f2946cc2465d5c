"""Reviews: what a member said of a product."""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from gamification.errors import Refusal
from gamification.texts import check_text

STARS = (1, 5)  # the lowest and the highest rating
PRODUCT_CHARACTERS_MAX = 120  # a name as it stands on a shelf; it is looked for by an index


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """An approved review; `rating` is from 1 to 5."""

    activity_id: str
    member_id: str
    product: str
    rating: int
    text: str | None
    picture: str | None
    reviewed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The reviews of one product together."""

    count: int
    stars: int

    @property
    def average(self) -> float | None:
        """The mean rating, rounded half up to one decimal; None where there is none."""
        if not self.count:
            return None
        tenths = (20 * self.stars + self.count) // (2 * self.count)
        return tenths / 10


def product_key(product: str) -> str:
    """A product by whatever spaces it was typed, and by whatever code points (NFC)."""
    return unicodedata.normalize("NFC", " ".join(product.split()))


def product_digest(product: str) -> str:
    """SHA-256 of the product's key, in hex: it outlives what a forgotten member typed."""
    return hashlib.sha256(product_key(product).encode()).hexdigest()


def can_be_reviewed(product: str) -> bool:
    """Whether a product of that name may have reviews at all."""
    try:
        check_text(product, field="product", maximum=PRODUCT_CHARACTERS_MAX)
    except Refusal:
        return False
    return True
