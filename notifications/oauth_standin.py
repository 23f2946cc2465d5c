"""A stand-in for Google's OAuth token endpoint: it checks signatures, and ends tokens."""

import itertools
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import jwt

AUDIENCE = "https://oauth2.googleapis.com/token"
"""What a service account's assertion is made out to, wherever it is sent."""

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

LIFE_S = 3600

Answer = tuple[int, dict[str, object]]
"""An HTTP status and a JSON document."""


class OauthStandIn:
    """Grants bearer tokens to the service accounts whose public keys (PEM) it holds, by e-mail."""

    def __init__(
        self,
        keys: Mapping[str, str],
        *,
        life_s: float = LIFE_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = dict(keys)
        self._life_s = life_s
        self._now_s = now_s
        self._numbers = itertools.count(1)
        self._ends_s: dict[str, float] = {}

    def grant(self, body: bytes) -> Answer:
        """Answer a request for a token: RFC 7523, 2.1, and RFC 6749, 5.1 and 5.2."""
        given = parse_qs(body.decode(errors="replace"))
        if given.get("grant_type") != [GRANT_TYPE]:
            return 400, {"error": "unsupported_grant_type"}
        if not self._is_signed(given.get("assertion", [""])[0]):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        token = f"token-{next(self._numbers)}"
        self._ends_s[token] = self._now_s() + self._life_s
        return 200, {"access_token": token, "expires_in": self._life_s, "token_type": "Bearer"}

    def is_good(self, authorization: str) -> bool:
        """Whether a header of that value names a token that was granted and still lives."""
        kind, _, token = authorization.partition(" ")
        return kind == "Bearer" and self._now_s() < self._ends_s.get(token, -float("inf"))

    def end_tokens(self) -> None:
        """No token that was granted so far is good any more."""
        self._ends_s.clear()

    def revoke(self, email: str) -> None:
        """Give this account no token any more, and end those it has."""
        self._keys.pop(email, None)
        self.end_tokens()

    def _is_signed(self, assertion: str) -> bool:
        try:
            said = jwt.decode(assertion, options={"verify_signature": False})
            key = self._keys[said["iss"]]
            jwt.decode(assertion, key, algorithms=["RS256"], audience=AUDIENCE)
        except (jwt.InvalidTokenError, KeyError, TypeError):
            return False
        return True
