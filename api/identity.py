"""Who is asking: from an Authorization header to a principal.

A bearer token is either an opaque key of the shop's own systems (begins `rg_`) or a JWT: Firebase's
ID token, or the demo's own. No reason, error or log line ever repeats a token.
"""

import asyncio
import base64
import hashlib
import itertools
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import firebase_admin
import jwt
from firebase_admin import auth, credentials, exceptions
from google.auth.credentials import AnonymousCredentials

from api.clock import Clock
from api.remembered import Remembered
from gamification.staff.rules import Role

TOKEN_LENGTH_MAX = 8 * 1024
"""Firebase allows 1,000 bytes of custom claims, so its tokens stay below 3 kB; most servers accept
no longer header."""

SUBJECT_LENGTH_MAX = 128
"""A Firebase uid is no longer; the same bound holds for store and staff ids in claims."""

DEMO_AUDIENCE = "regulars-demo"
_DEMO_ALGORITHM = "HS256"

KEY_REMEMBERED_S = 5  # how long a revoked key of staff may still work
REMEMBERED_MAX = 10_000
"""Verified tokens kept: checking one costs about 0.7 ms of CPU, keeping one about 0.5 kB."""

CLOCK_SKEW_S = 5
"""A token a moment old must not be "not yet valid" on a host whose clock runs behind."""

CERTIFICATE_TIMEOUT_S = 10
"""The client's own 120 s would let a dead network take up every thread."""

OPAQUE_PREFIX = "rg_"
OPAQUE_BYTES = 32
_OPAQUE_KEY = re.compile(r"rg_[A-Za-z0-9_-]{43}")
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")  # RFC 6750, 2.1

_app_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who asks, as the token says. `subject` names a person: it is not for logs."""

    subject: str
    role: Role
    store_id: str | None = None
    staff_id: str | None = None


class Unauthenticated(Exception):  # noqa: N818 -- an answer to the caller, as `Refusal` is
    """Nobody is signed in by this; `reason` says why in a few words, without the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IdentityUnavailable(Exception):  # noqa: N818 -- an answer to the caller, as `Refusal` is
    """The token could not be checked just now; the same request may succeed later."""


class Identity(Protocol):
    """A way to tell who a bearer token stands for."""

    async def authenticate(self, bearer: str) -> Principal:
        """Give the principal of a token; raises Unauthenticated or IdentityUnavailable."""
        ...


class DemoIdentity:
    """Tokens that the installation signs itself, for trying out and for tests."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._remembered = Remembered[Principal](most=REMEMBERED_MAX)

    async def authenticate(self, bearer: str) -> Principal:
        """Give the principal of a token of `issue_demo_token`; raises Unauthenticated."""
        digest, now_s = _digest(bearer), self._clock.now().timestamp()
        known = self._remembered.get(digest, now_s=now_s)
        if known is not None:
            return known
        try:
            claims = jwt.decode(
                bearer,
                self._key,
                algorithms=[_DEMO_ALGORITHM],
                audience=DEMO_AUDIENCE,
                # PyJWT reads the machine's clock; the demo's own may be moved.
                options={
                    "require": ["exp", "sub", "aud"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError:
            raise Unauthenticated("the token is not valid") from None
        expires_at_s = claims["exp"]
        if type(expires_at_s) is not int:
            raise Unauthenticated("the token is not valid")
        if now_s >= expires_at_s:
            raise Unauthenticated("the token has expired")
        principal = _principal(claims)
        self._remembered.keep(digest, principal, until_s=expires_at_s)
        return principal


def issue_demo_token(
    key: bytes,
    *,
    subject: str,
    role: Role = Role.MEMBER,
    store_id: str | None = None,
    staff_id: str | None = None,
    now: datetime,
    ttl_s: int,
) -> str:
    """Give a JWT (HS256) that `DemoIdentity` with the same key accepts until `now` + `ttl_s`."""
    claims: dict[str, Any] = {
        "aud": DEMO_AUDIENCE,
        "sub": subject,
        "role": role.value,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + ttl_s,
    }
    named = {"store": store_id, "staff": staff_id}
    claims |= {name: value for name, value in named.items() if value is not None}
    return jwt.encode(claims, key, algorithm=_DEMO_ALGORITHM)


def open_firebase_app(
    *, credentials_path: Path | None = None, project: str | None = None
) -> firebase_admin.App:
    """Open an app that checks ID tokens of `project`, else of the project of the credentials.

    Needs no network. Raises ValueError where neither names a project or the file is no service
    account, OSError where it cannot be read.
    """
    credential: object
    if credentials_path is None:
        credential = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth has no types here
    else:
        credential = credentials.Certificate(str(credentials_path))
    options: dict[str, Any] = {"httpTimeout": CERTIFICATE_TIMEOUT_S}
    if project is not None:
        options["projectId"] = project
    app = firebase_admin.initialize_app(
        credential, options, name=f"regulars-identity-{next(_app_numbers)}"
    )
    if not app.project_id:
        firebase_admin.delete_app(app)
        raise ValueError("a Firebase project, or credentials that name one, are needed")
    return app


class FirebaseIdentity:
    """ID tokens of a Firebase project. A revoked token stays good until it expires: one hour."""

    def __init__(self, app: firebase_admin.App, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._remembered = Remembered[Principal](most=REMEMBERED_MAX)

    async def authenticate(self, bearer: str) -> Principal:
        """Give the principal of an ID token; raises Unauthenticated or IdentityUnavailable."""
        digest = _digest(bearer)
        known = self._remembered.get(digest, now_s=self._clock.now().timestamp())
        if known is not None:
            return known
        claims = await asyncio.to_thread(self._verified, bearer)
        principal = _principal(claims)
        self._remembered.keep(digest, principal, until_s=float(claims["exp"]))
        return principal

    def _verified(self, bearer: str) -> Mapping[str, Any]:
        # "from None" throughout: the client's own messages quote parts of the token.
        try:
            claims: Mapping[str, Any] = auth.verify_id_token(
                bearer, app=self._app, clock_skew_seconds=CLOCK_SKEW_S
            )
        except auth.ExpiredIdTokenError:
            raise Unauthenticated("the token has expired") from None
        except auth.CertificateFetchError:
            raise IdentityUnavailable("Firebase's certificates could not be fetched") from None
        except (exceptions.FirebaseError, ValueError):
            raise Unauthenticated("the token is not valid") from None
        return claims


class OpaqueKeys:
    """Keys of the shop's own systems: `find` gives the principal of a key's SHA-256, in hex.

    What was found is remembered for `KEY_REMEMBERED_S`: a busy till is looked up once in a while,
    and a revoked key works for so long at the most.
    """

    def __init__(self, find: Callable[[str], Awaitable[Principal | None]], *, clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._remembered = Remembered[Principal](most=REMEMBERED_MAX)

    async def authenticate(self, bearer: str) -> Principal:
        """Give the principal of a key; raises Unauthenticated. A misshapen one is not looked up."""
        if not _OPAQUE_KEY.fullmatch(bearer):
            raise Unauthenticated("the key is not valid")
        digest, now_s = _digest(bearer), self._clock.now().timestamp()
        known = self._remembered.get(digest, now_s=now_s)
        if known is not None:
            return known
        principal = await self._find(digest.hex())
        if principal is None:
            raise Unauthenticated("the key is not valid")
        self._remembered.keep(digest, principal, until_s=now_s + KEY_REMEMBERED_S)
        return principal


def new_opaque_key(random_bytes: bytes) -> tuple[str, str]:
    """Give the text of a key, shown once, and its hash, kept. Takes 32 random bytes."""
    if len(random_bytes) != OPAQUE_BYTES:
        raise ValueError(f"a key is made of {OPAQUE_BYTES} bytes")
    text = OPAQUE_PREFIX + base64.urlsafe_b64encode(random_bytes).rstrip(b"=").decode()
    return text, _digest(text).hex()


async def identify(header: str | None, *, tokens: Identity, keys: Identity) -> Principal:
    """Give the principal of an Authorization header: opaque keys by `keys`, the rest by `tokens`.

    Raises Unauthenticated, for a missing header too, or IdentityUnavailable.
    """
    if header is None:
        raise Unauthenticated("there is no Authorization header")
    if len(header) > TOKEN_LENGTH_MAX:
        raise Unauthenticated("the Authorization header is too long")
    bearer = _BEARER.fullmatch(header)
    if bearer is None:
        raise Unauthenticated("the Authorization header is not 'Bearer' and a token")
    token = bearer[1]
    identity = keys if token.startswith(OPAQUE_PREFIX) else tokens
    return await identity.authenticate(token)


def _digest(bearer: str) -> bytes:
    # The digest is kept, not the token: what a memory dump or a table shows can sign nobody in.
    # A plain hash is enough: 256 random bits cannot be searched, however fast the hash; the slow
    # ones protect what people think up.
    return hashlib.sha256(bearer.encode()).digest()


def _principal(claims: Mapping[str, Any]) -> Principal:
    """Read verified claims; whatever is not understood is refused, never taken for a member."""
    try:
        role = Role(claims.get("role", Role.MEMBER))
    except ValueError:
        raise Unauthenticated("the token's role is not known") from None
    subject = _named(claims, "sub")
    if subject is None:
        raise Unauthenticated("the token names no subject")
    return Principal(
        subject=subject,
        role=role,
        store_id=_named(claims, "store"),
        staff_id=_named(claims, "staff"),
    )


def _named(claims: Mapping[str, Any], claim: str) -> str | None:
    value = claims.get(claim)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= SUBJECT_LENGTH_MAX:
        raise Unauthenticated(f"the token's {claim} is not valid")
    return value
