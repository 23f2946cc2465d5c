"""Card pictures: signed addresses, each good for one card and one minute."""

import asyncio
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from api.codes import fresh_code
from api.database import Database
from api.keys import CardKeys
from api.runner import Runner
from gamification.cards import store as cards
from gamification.cards.drawing import CardFace, draw_card
from gamification.effects.state import local_day
from gamification.goals import store as goals
from gamification.members import store as members
from gamification.members.rules import grouped_number
from gamification.programme.values import Programme
from gamification.texts import text_in

ADDRESS_LIFE = timedelta(minutes=1)
_SIGNATURE_HEX_DIGITS = 32  # 128 bits of HMAC-SHA256: forging one by trial takes for ever
_NOTHING_HERE = Response(status_code=404)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageAddresses:
    """Makes and checks the addresses. An image request carries no bearer token."""

    key: bytes
    public_url: str

    def address(self, handle: bytes, *, now: datetime, life: timedelta = ADDRESS_LIFE) -> str:
        """`<public url>/cards/<handle>.png?expires=<unix s>&signature=<hex>`."""
        expires_s = int((now + life).timestamp())
        name = handle.hex()
        return (
            f"{self.public_url}/cards/{name}.png"
            f"?expires={expires_s}&signature={self._signature(name, expires_s)}"
        )

    def allows(self, name: str, query: dict[str, str], *, now: datetime) -> bool:
        """Whether the address was made here, for this card, and is still good."""
        expires, signature = query.get("expires", ""), query.get("signature", "")
        if not (expires.isascii() and expires.isdecimal() and len(expires) <= 12):  # noqa: PLR2004 -- digits of a time
            return False
        good = hmac.compare_digest(
            self._signature(name, int(expires)).encode(), signature.encode(errors="replace")
        )
        return good and now < datetime.fromtimestamp(int(expires), tz=UTC)

    def _signature(self, name: str, expires_s: int) -> str:
        text = f"card-image:{name}:{expires_s}".encode()
        return hmac.new(self.key, text, sha256).hexdigest()[:_SIGNATURE_HEX_DIGITS]


@dataclass(frozen=True, kw_only=True, slots=True)
class CardImages:
    """Answers `GET /cards/<handle>.png`: a PNG of 1000 x 630 with a fresh code."""

    addresses: ImageAddresses
    database: Database
    programme: Programme
    card_keys: CardKeys

    async def answer(self, request: Request, *, now: datetime) -> Response:
        """The picture; for a stranger the same 404 as for a card that does not exist."""
        name = request.path_params["handle"]
        if not self.addresses.allows(name, dict(request.query_params), now=now):
            return _NOTHING_HERE
        face = await self.database.read(lambda c: self._face(c, bytes.fromhex(name), now))
        if face is None:
            return _NOTHING_HERE
        text, _ = fresh_code(bytes.fromhex(name), keys=self.card_keys, now=now)
        png = await asyncio.to_thread(draw_card, face, code_text=text)
        return Response(png, media_type="image/png", headers={"Cache-Control": "private, no-store"})

    def _face(self, connection: Runner, handle: bytes, now: datetime) -> CardFace | None:
        card = cards.by_handle(connection, handle)
        member = members.by_id(connection, card.member_id) if card else None
        if card is None or member is None or card.revoked_at is not None:
            return None
        ladder = self.programme.ladder
        today = local_day(now, self.programme)
        counts = goals.counts(connection, member.id, [ladder.key(today)])
        tier = ladder.standing(counts, today=today)
        return CardFace(
            programme_name=text_in(self.programme.name, member.locale),
            tier_name=text_in(tier.name, member.locale),
            member_name=member.display_name,
            number=grouped_number(member.number),
            background=tier.colours.background,
            ink=tier.colours.ink,
            accent=tier.colours.accent,
        )
