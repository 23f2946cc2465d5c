import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from api.identity import (
    TOKEN_LENGTH_MAX,
    DemoIdentity,
    Identity,
    OpaqueKeys,
    Principal,
    Role,
    Unauthenticated,
    identify,
    issue_demo_token,
    new_opaque_key,
)
from tests.movable_clock import MovableClock

KEY = bytes(range(32))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _principal_of(identity: Identity, token: str) -> Principal:
    return asyncio.run(identity.authenticate(token))


def _refusal_of(identity: Identity, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        _principal_of(identity, token)
    assert token == "" or token not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.reason


def _unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, claims)
    ]
    return ".".join([*parts, ""])


# Demo tokens


def _demo_token(**changes: Any) -> str:
    claims = {"aud": "regulars-demo", "sub": "anna", "exp": int(NOON.timestamp()) + 60} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, KEY, algorithm="HS256")


@pytest.fixture
def demo() -> DemoIdentity:
    return DemoIdentity(KEY, MovableClock(NOON))


def test_a_demo_token_says_who_and_what(demo: DemoIdentity) -> None:
    token = issue_demo_token(
        KEY,
        subject="carl",
        role=Role.CLERK,
        store_id="s1",
        staff_id="p1",
        now=NOON,
        ttl_s=60,
    )
    assert _principal_of(demo, token) == Principal(
        subject="carl", role=Role.CLERK, store_id="s1", staff_id="p1"
    )


def test_a_demo_token_without_a_role_is_a_members(demo: DemoIdentity) -> None:
    assert _principal_of(demo, _demo_token()) == Principal(subject="anna", role=Role.MEMBER)


def test_a_demo_token_expires_by_the_installations_clock() -> None:
    clock = MovableClock(NOON)
    identity = DemoIdentity(KEY, clock)
    token = issue_demo_token(KEY, subject="anna", now=NOON, ttl_s=60)
    clock.advance(timedelta(seconds=59))
    assert _principal_of(identity, token).subject == "anna"
    clock.advance(timedelta(seconds=1))
    assert _refusal_of(identity, token) == "the token has expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": "other"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 129},
        {"exp": None},
        {"exp": True},
        {"exp": "9999999999"},
        {"exp": 9e9},
        {"role": "owner"},
        {"role": "Member"},
        {"role": 1},
        {"role": ["member"]},
        {"store": 3},
        {"staff": ""},
    ],
)
def test_a_demo_token_with_a_wrong_claim_is_refused(
    demo: DemoIdentity, changes: dict[str, Any]
) -> None:
    assert _refusal_of(demo, _demo_token(**changes))


def test_a_null_role_is_not_a_members(demo: DemoIdentity) -> None:
    claims = {"aud": "regulars-demo", "sub": "anna", "exp": 9_999_999_999, "role": None}
    assert "role" in _refusal_of(demo, jwt.encode(claims, KEY, algorithm="HS256"))


def test_a_demo_token_of_another_key_or_algorithm_is_refused(demo: DemoIdentity) -> None:
    claims = {"aud": "regulars-demo", "sub": "anna", "exp": 9_999_999_999}
    assert _refusal_of(demo, jwt.encode(claims, bytes(32), algorithm="HS256"))
    assert _refusal_of(demo, jwt.encode(claims, KEY * 2, algorithm="HS512"))
    assert _refusal_of(demo, _unsigned(claims, {"alg": "none", "typ": "JWT"}))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "e30.e30.e30", "W10.W10.xxxx"])
def test_what_is_no_token_is_refused(demo: DemoIdentity, token: str) -> None:
    assert _refusal_of(demo, token) == "the token is not valid"


# Opaque keys


def _keys_with(*hashes: str) -> OpaqueKeys:
    async def find(key_hash: str) -> Principal | None:
        return Principal(subject="till", role=Role.SYSTEM) if key_hash in hashes else None

    return OpaqueKeys(find, clock=MovableClock(NOON))


def test_an_opaque_key_is_found_by_its_hash() -> None:
    text, key_hash = new_opaque_key(KEY)
    assert text.startswith("rg_")
    assert text not in key_hash
    assert len(key_hash) == 64
    assert _principal_of(_keys_with(key_hash), text).role is Role.SYSTEM


def test_an_opaque_key_that_is_not_kept_is_refused() -> None:
    text, _ = new_opaque_key(bytes(32))
    assert _refusal_of(_keys_with("f" * 64), text) == "the key is not valid"


def test_a_misshapen_key_is_not_looked_up() -> None:
    asked: list[str] = []

    async def find(key_hash: str) -> Principal | None:
        asked.append(key_hash)
        return None

    text, _ = new_opaque_key(KEY)
    for wrong in ("rg_", text[:-1], text + "a", text[:-1] + ".", text + "\n"):
        assert (
            _refusal_of(OpaqueKeys(find, clock=MovableClock(NOON)), wrong) == "the key is not valid"
        )
    assert asked == []


def test_a_key_is_made_of_32_bytes_only() -> None:
    with pytest.raises(ValueError, match="32"):
        new_opaque_key(bytes(16))


# The header


class _Named:
    """Answers with its own name and the token it was given."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def authenticate(self, bearer: str) -> Principal:
        return Principal(subject=self._name, role=Role.MEMBER, store_id=bearer)


def _identified(header: str | None) -> Principal:
    return asyncio.run(identify(header, tokens=_Named("tokens"), keys=_Named("keys")))


def test_a_header_is_sorted_by_the_shape_of_its_token() -> None:
    assert _identified("Bearer rg_abc") == Principal(
        subject="keys", role=Role.MEMBER, store_id="rg_abc"
    )
    assert _identified("bearer  a.b-c_d.e=").store_id == "a.b-c_d.e="
    assert _identified("Bearer a.b.c").subject == "tokens"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "a.b.c",
        "Basic YTpi",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a.b.c\n",
        "Bearer é",
        "Bearer " + "a" * TOKEN_LENGTH_MAX,
    ],
)
def test_a_header_that_carries_no_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        _identified(header)
    assert "a" * 20 not in refused.value.reason
    assert "YTpi" not in refused.value.reason


def test_a_key_is_looked_up_once_in_a_while_and_a_revoked_one_soon_ends() -> None:
    text, key_hash = new_opaque_key(KEY)
    hashes, asked, clock = {key_hash}, [], MovableClock(NOON)

    async def find(key_hash: str) -> Principal | None:
        asked.append(key_hash)
        return Principal(subject="till", role=Role.SYSTEM) if key_hash in hashes else None

    keys = OpaqueKeys(find, clock=clock)
    for _ in range(3):
        _principal_of(keys, text)
    assert len(asked) == 1
    hashes.clear()
    clock.advance(timedelta(seconds=5))
    assert _refusal_of(keys, text) == "the key is not valid"
