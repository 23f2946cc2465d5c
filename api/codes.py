"""Fresh card codes."""

from datetime import datetime

from api import ids
from api.keys import CardKeys
from gamification.cards.rules import NONCE_BYTES, CardCode, CodeFlag, sign_code

_ALL_FLAGS = CodeFlag.EARN | CodeFlag.REDEEM | CodeFlag.CHECK_IN


def fresh_code(handle: bytes, *, keys: CardKeys, now: datetime) -> tuple[str, datetime]:
    """A signed code of a card for one visit, in which everything is allowed; and its end."""
    code = CardCode(
        kid=keys.kid,
        handle=handle,
        issued_at=now.replace(microsecond=0),
        flags=_ALL_FLAGS,
        nonce=ids.random_bytes(NONCE_BYTES),
    )
    return sign_code(code, private_key=keys.private_key), code.expires_at
