"""Firebase's ID tokens: real RS256, checked by a certificate server on loopback."""

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import firebase_admin
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from firebase_admin import auth
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import api.identity
from api.clock import SystemClock
from api.identity import (
    FirebaseIdentity,
    Identity,
    IdentityUnavailable,
    Principal,
    Role,
    Unauthenticated,
    open_firebase_app,
)
from api.loopback import serve_in_thread
from tests.movable_clock import MovableClock

PROJECT = "demo-regulars"
KEY = bytes(range(32))


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


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate_url(rsa_key: rsa.RSAPrivateKey) -> Iterator[str]:
    certificates = {"k1": _certificate(rsa_key)}

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(certificates, headers={"Cache-Control": "max-age=600"})

    with serve_in_thread(Starlette(routes=[Route("/certs", answer)])) as url:
        yield f"{url}/certs"


@pytest.fixture
def firebase_app(
    certificate_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firebase_admin.App]:
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    app = open_firebase_app(project=PROJECT)
    _check_by(app, certificate_url)
    yield app
    firebase_admin.delete_app(app)


def _check_by(app: firebase_admin.App, certificate_url: str) -> None:
    verifier = auth._get_client(app)._token_verifier.id_token_verifier  # noqa: SLF001 -- the client has no option for it
    verifier.cert_url = certificate_url


def _id_claims(**changes: Any) -> dict[str, Any]:
    now_s = int(SystemClock().now().timestamp())
    claims = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "uid-1",
        "iat": now_s - 10,
        "auth_time": now_s - 10,
        "exp": now_s + 3600,
    }
    return claims | changes


def _id_token(key: rsa.RSAPrivateKey, *, kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(_id_claims(**changes), key, algorithm="RS256", headers={"kid": kid})


def test_a_firebase_token_signs_a_member_in(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    identity = FirebaseIdentity(firebase_app, SystemClock())
    assert _principal_of(identity, _id_token(rsa_key)) == Principal(
        subject="uid-1", role=Role.MEMBER
    )


def test_custom_claims_give_a_role_a_store_and_a_staff_id(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    identity = FirebaseIdentity(firebase_app, SystemClock())
    token = _id_token(rsa_key, role="manager", store="s1", staff="p1")
    assert _principal_of(identity, token) == Principal(
        subject="uid-1", role=Role.MANAGER, store_id="s1", staff_id="p1"
    )


def test_a_role_that_is_not_known_is_refused(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    identity = FirebaseIdentity(firebase_app, SystemClock())
    assert "role" in _refusal_of(identity, _id_token(rsa_key, role="admin"))


def test_firebase_tokens_that_are_wrong_in_one_thing_are_refused(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    identity = FirebaseIdentity(firebase_app, SystemClock())
    past_s = int(SystemClock().now().timestamp()) - 100
    other_key = rsa.generate_private_key(65537, 2048)
    good = _id_token(rsa_key)
    assert _refusal_of(identity, _id_token(rsa_key, exp=past_s)) == "the token has expired"
    invalid = [
        _id_token(rsa_key, aud="other"),
        _id_token(rsa_key, iss="https://securetoken.google.com/other"),
        _id_token(rsa_key, sub=""),
        _id_token(rsa_key, iat=past_s + 300),
        _id_token(rsa_key, kid="k2"),
        _id_token(other_key),
        _unsigned(_id_claims(), {"alg": "none", "kid": "k1"}),
        jwt.encode(_id_claims(), KEY, algorithm="HS256", headers={"kid": "k1"}),
        good[:-8] + "AAAAAAAA",
        "a.b.c",
        "",
    ]
    assert {_refusal_of(identity, token) for token in invalid} == {"the token is not valid"}
    assert _principal_of(identity, good).subject == "uid-1"


def test_a_verified_token_is_remembered_until_it_expires(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    verify = auth.verify_id_token

    def counted(token: str, **options: Any) -> Any:
        calls.append(token)
        return verify(token, **options)

    monkeypatch.setattr(auth, "verify_id_token", counted)
    clock = MovableClock(SystemClock().now())
    identity = FirebaseIdentity(firebase_app, clock)
    token = _id_token(rsa_key)
    for _ in range(3):
        assert _principal_of(identity, token).subject == "uid-1"
    assert len(calls) == 1
    clock.advance(timedelta(seconds=3601))
    _principal_of(identity, token)
    assert len(calls) == 2


def test_tokens_remembered_are_bounded_and_the_least_used_goes_first(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.identity, "REMEMBERED_MAX", 2)
    identity = FirebaseIdentity(firebase_app, SystemClock())
    first, second, third = (_id_token(rsa_key, sub=f"uid-{number}") for number in range(3))
    for token in (first, second, first, third):
        _principal_of(identity, token)
    _check_by(firebase_app, "http://127.0.0.1:9/nobody-answers")
    assert _principal_of(identity, first).subject == "uid-0"
    assert _principal_of(identity, third).subject == "uid-2"
    with pytest.raises(IdentityUnavailable):
        _principal_of(identity, second)


def test_a_refused_token_is_not_remembered(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    identity = FirebaseIdentity(firebase_app, SystemClock())
    token = _id_token(rsa_key, role="admin")
    assert _refusal_of(identity, token) == _refusal_of(identity, token)


def test_without_certificates_nobody_is_called_unauthenticated(
    firebase_app: firebase_admin.App, rsa_key: rsa.RSAPrivateKey
) -> None:
    _check_by(firebase_app, "http://127.0.0.1:9/nobody-answers")
    with pytest.raises(IdentityUnavailable):
        _principal_of(FirebaseIdentity(firebase_app, SystemClock()), _id_token(rsa_key))


def test_an_app_without_a_project_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    monkeypatch.delenv("GCLOUD_PROJECT", raising=False)
    with pytest.raises(ValueError, match="project"):
        open_firebase_app()
