import hashlib
import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import base45
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gamification.cards.rules import (
    CLOCK_SKEW_S,
    NO_DEVICE,
    SIGNED_PREFIX,
    CardCode,
    CodeFlag,
    CodeRefusal,
    CodeRefused,
    device_binding,
    sign_code,
    verify_code,
)

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = {7: PRIVATE_KEY.public_key(), 8: OTHER_KEY.public_key()}
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "kid": 7,
    "handle": b"handle-8",
    "issued_at": NOW,
    "ttl_s": 60,
    "flags": CodeFlag.EARN | CodeFlag.REDEEM,
    "nonce": b"nonce--8",
    "device_binding": device_binding("phone"),
}
CODE = CardCode(**FIELDS)
TEXT = sign_code(CODE, private_key=PRIVATE_KEY)
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def text_of(raw: bytes) -> str:
    return "LC1:" + str(base45.b45encode(raw), "ascii")


def raw_of(text: str) -> bytes:
    return bytes(base45.b45decode(text[4:]))


def signed_body(**changed: int | bytes) -> str:
    """A text with a good signature over a body that may break the layout."""
    field: dict[str, Any] = {"kind": 0x10, "ttl": 12, "flags": 3, "reserved": bytes(3)} | changed
    seconds = int(NOW.timestamp())
    body = struct.pack(
        ">BB8sIBH", field["kind"], 7, bytes(8), seconds, field["ttl"], field["flags"]
    )
    body += bytes(16) + field["reserved"]
    return text_of(body + PRIVATE_KEY.sign(b"LC1\0card\0" + body))


def refusal_of(text: str, *, now: datetime = NOW) -> CodeRefusal:
    with pytest.raises(CodeRefused) as refused:
        verify_code(text, public_keys=KEYS, now=now)
    return refused.value.reason


def test_a_signed_code_is_read_back_as_it_was() -> None:
    assert verify_code(TEXT, public_keys=KEYS, now=NOW) == CODE


@given(
    handle=st.binary(min_size=8, max_size=8),
    nonce=st.binary(min_size=8, max_size=8),
    issued_at_s=st.integers(0, 2**32 - 1),
    ttl_s=st.integers(1, 24).map(lambda steps: steps * 5),
    flags=st.integers(0, 7).map(CodeFlag),
)
def test_every_code_fits_an_alphanumeric_qr_and_comes_back(
    handle: bytes, nonce: bytes, issued_at_s: int, ttl_s: int, flags: CodeFlag
) -> None:
    issued_at = datetime.fromtimestamp(issued_at_s, UTC)
    code = CardCode(
        kid=8, handle=handle, issued_at=issued_at, ttl_s=ttl_s, flags=flags, nonce=nonce
    )
    text = sign_code(code, private_key=OTHER_KEY)
    assert len(text) == 154
    assert set(text) <= ALPHANUMERIC
    assert verify_code(text, public_keys=KEYS, now=issued_at) == code


def test_the_layout_is_the_one_that_other_software_was_built_for() -> None:
    raw = raw_of(TEXT)
    assert len(raw) == 100
    assert raw[:2] == b"\x10\x07"
    assert raw[2:10] == b"handle-8"
    assert int.from_bytes(raw[10:14], "big") == int(NOW.timestamp())
    assert raw[14:17] == b"\x0c\x00\x03"
    assert raw[17:25] == b"nonce--8"
    assert raw[25:33] == hashlib.sha256(b"phone").digest()[:8]
    assert raw[33:36] == bytes(3)
    PRIVATE_KEY.public_key().verify(raw[36:], b"LC1\0card\0" + raw[:36])


def test_a_code_without_a_device_is_bound_to_eight_zero_bytes() -> None:
    fields = {name: value for name, value in FIELDS.items() if name != "device_binding"}
    assert CardCode(**fields).device_binding == NO_DEVICE == bytes(8)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LC1:",
        "HELLO",
        "https://example.com",
        TEXT[4:],
        "LC2:" + TEXT[4:],
        TEXT.lower(),
        TEXT[:-1],
        TEXT[:-3],
        TEXT + "\n",
        TEXT + "\n\n",
        TEXT + " ",
        " " + TEXT,
        TEXT + "000",
        "LC1::::",
        "LC1:" + "é" * 150,
        "LC1:" + "\ud800" * 3,
        "LC1:" + "0" * 10_000,
        text_of(b"\x10"),
        text_of(b"\x10" + bytes(98)),
        text_of(b"\x10" + bytes(100)),
    ],
)
def test_a_text_that_is_not_ours_is_no_code(text: str) -> None:
    assert refusal_of(text) is CodeRefusal.NOT_A_CODE


def test_a_code_of_another_kind_is_unsupported_and_not_called_forged() -> None:
    assert refusal_of(text_of(b"\x11" + bytes(115))) is CodeRefusal.UNSUPPORTED
    assert refusal_of(signed_body(kind=0x20)) is CodeRefusal.UNSUPPORTED


@pytest.mark.parametrize("place", range(1, 100))
def test_a_change_of_any_byte_is_a_forgery(place: int) -> None:
    raw = bytearray(raw_of(TEXT))
    raw[place] ^= 1
    assert refusal_of(text_of(bytes(raw))) is CodeRefusal.FORGED


def test_a_key_that_is_not_in_the_ring_is_a_forgery() -> None:
    unknown = CardCode(**FIELDS | {"kid": 9})
    assert refusal_of(sign_code(unknown, private_key=PRIVATE_KEY)) is CodeRefusal.FORGED


def test_a_signature_of_another_key_in_the_ring_is_a_forgery() -> None:
    assert refusal_of(sign_code(CODE, private_key=OTHER_KEY)) is CodeRefusal.FORGED


def test_a_signature_made_for_another_purpose_is_a_forgery() -> None:
    body = raw_of(TEXT)[:36]
    assert SIGNED_PREFIX == b"LC1\0card\0"
    assert refusal_of(text_of(body + PRIVATE_KEY.sign(body))) is CodeRefusal.FORGED


def test_a_body_within_the_layout_is_accepted() -> None:
    assert verify_code(signed_body(), public_keys=KEYS, now=NOW).ttl_s == 60


@pytest.mark.parametrize(
    "text",
    [
        signed_body(reserved=b"\0\0\1"),
        signed_body(reserved=b"\1\0\0"),
        signed_body(flags=8),
        signed_body(flags=0x8001),
        signed_body(ttl=0),
        signed_body(ttl=25),
        signed_body(ttl=255),
    ],
)
def test_a_signed_code_against_the_layout_is_malformed(text: str) -> None:
    assert refusal_of(text) is CodeRefusal.MALFORMED


def test_a_code_is_good_until_the_moment_it_expires() -> None:
    assert CODE.expires_at == NOW + timedelta(seconds=60)
    last = CODE.expires_at - timedelta(microseconds=1)
    assert verify_code(TEXT, public_keys=KEYS, now=last) == CODE
    assert refusal_of(TEXT, now=CODE.expires_at) is CodeRefusal.EXPIRED


def test_a_code_from_the_future_is_good_only_within_the_skew_of_clocks() -> None:
    early = NOW - timedelta(seconds=CLOCK_SKEW_S)
    assert verify_code(TEXT, public_keys=KEYS, now=early) == CODE
    earlier = early - timedelta(microseconds=1)
    assert refusal_of(TEXT, now=earlier) is CodeRefusal.NOT_YET_VALID
    assert verify_code(TEXT, public_keys=KEYS, now=earlier, clock_skew_s=6) == CODE


@given(
    place=st.integers(0, len(TEXT) - 1),
    letter=st.sampled_from(sorted(ALPHANUMERIC)),
)
def test_no_other_spelling_of_a_code_is_accepted(place: int, letter: str) -> None:
    if letter != TEXT[place]:
        refusal_of(TEXT[:place] + letter + TEXT[place + 1 :])


@given(st.one_of(st.text(), st.text(sorted(ALPHANUMERIC)), st.binary(max_size=160).map(text_of)))
def test_every_other_text_is_refused_with_a_reason(text: str) -> None:
    for spelling in (text, "LC1:" + text):
        assert refusal_of(spelling) in CodeRefusal


@pytest.mark.parametrize(
    "changed",
    [
        {"kid": -1},
        {"kid": 256},
        {"handle": b"seven.."},
        {"nonce": bytes(9)},
        {"device_binding": b""},
        {"issued_at": NOW.replace(tzinfo=None)},
        {"issued_at": NOW + timedelta(microseconds=1)},
        {"issued_at": datetime(1969, 12, 31, tzinfo=UTC)},
        {"issued_at": datetime(2107, 1, 1, tzinfo=UTC)},
        {"ttl_s": 0},
        {"ttl_s": 61},
        {"ttl_s": 125},
        {"flags": CodeFlag(8)},
    ],
)
def test_a_code_that_does_not_fit_the_layout_cannot_be_made(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        CardCode(**FIELDS | changed)


def test_the_same_moment_in_another_zone_gives_the_same_code() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    code = CardCode(**FIELDS | {"issued_at": elsewhere})
    assert sign_code(code, private_key=PRIVATE_KEY) == TEXT
