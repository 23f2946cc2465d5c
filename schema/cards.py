"""The member's card."""

from datetime import datetime, timedelta

import strawberry

from gamification.reads.standing import Standing
from schema.context import Context
from schema.fields import field

REFRESH_AHEAD = timedelta(seconds=15)  # time to fetch the next code on a slow network


@strawberry.type(description="What the QR code says. It opens one visit, within a minute.")
class CardCode:
    """See the description."""

    text: str = field("The text to draw as a QR code (alphanumeric mode).")
    expires_at: datetime = field("After this it is refused.")
    refresh_after: datetime = field("Ask for a new one after this.")


@strawberry.type(description="A member's card.")
class Card:
    """See the description."""

    code: CardCode = field("A fresh single-use code.")
    image_url: str = field("The card's picture (PNG, 1000 x 630), good for a minute.")


def card_type(standing: Standing, context: Context) -> Card | None:
    """The card with a fresh code; None when it was revoked or not asked for."""
    if standing.card_handle is None:
        return None
    text, expires_at = context.card_code(standing.card_handle)
    return Card(
        code=CardCode(text=text, expires_at=expires_at, refresh_after=expires_at - REFRESH_AHEAD),
        image_url=context.image_url(standing.card_handle),
    )
