"""The card code: what the QR on a card says, signed, and how a till reads it.

Text `LC1:` + base45 (RFC 9285), so that the QR uses its alphanumeric mode. Kind 0x10, the
single-use online code, is 100 bytes, big-endian:

    kind 1 | key id 1 | card handle 8 | issued at 4 | ttl in 5 s steps 1 | flags 2
    | nonce 8 | device binding 8 | reserved 3, zero | Ed25519 signature 64 (RFC 8032)

The signature covers a fixed prefix and the 36 bytes before it. The kind byte fixes the algorithm.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, IntFlag

import base45
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TEXT_PREFIX = "LC1:"
# Bounds the decoding of whatever a camera sees. Ours are 154 and (kind 0x11) 178 long.
TEXT_LENGTH_MAX = 256

KIND_SINGLE_USE = 0x10
SIGNED_PREFIX = b"LC1\0card\0"  # no signature made for another purpose passes for a card's

TTL_STEP_S = 5
TTL_S_DEFAULT = 60
TTL_S_MAX = 120  # a photograph of a card must be worthless soon

# Makers and readers of codes are our own hosts, kept by NTP well inside this; it covers only a
# code from the near future. Expiry is exact: skew there would lengthen the life of a photograph.
CLOCK_SKEW_S = 5

HANDLE_BYTES = 8
NONCE_BYTES = 8
BINDING_BYTES = 8
NO_DEVICE = bytes(BINDING_BYTES)

_LAYOUT = struct.Struct(f">BB{HANDLE_BYTES}sIBH{NONCE_BYTES}s{BINDING_BYTES}s3s")
_RESERVED = bytes(3)
_SIGNATURE_BYTES = 64
_CODE_BYTES = _LAYOUT.size + _SIGNATURE_BYTES
_KEY_ID_MAX = 0xFF
_ISSUED_AT_S_MAX = 0xFFFF_FFFF  # four bytes: until the year 2106


class CodeFlag(IntFlag):
    """What the holder of a code allows it to be used for."""

    EARN = 1
    REDEEM = 2
    CHECK_IN = 4


_FLAGS_KNOWN = int(CodeFlag.EARN | CodeFlag.REDEEM | CodeFlag.CHECK_IN)


class CodeRefusal(Enum):
    """Why a code was refused."""

    NOT_A_CODE = "not_a_code"  # not our text, alphabet or length
    UNSUPPORTED = "unsupported"  # ours, of a kind that this version does not read
    FORGED = "forged"  # no key of ours signed it
    MALFORMED = "malformed"  # signed by us, yet against the layout
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"  # issued further in the future than clocks differ


class CodeRefused(Exception):  # noqa: N818 -- a refusal is an answer, not a fault
    """The text is no card code to act on; `reason` says why, and nothing about the person."""

    def __init__(self, reason: CodeRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class CardCode:
    """A single-use code. Whoever deduplicates codes does so by `handle` and `nonce`.

    `kid` names the signing key; `handle` is a random alias of the card; `issued_at` is aware,
    in whole seconds. Raises ValueError where a field does not fit the layout.
    """

    kid: int
    handle: bytes
    issued_at: datetime
    ttl_s: int = TTL_S_DEFAULT
    flags: CodeFlag
    nonce: bytes
    device_binding: bytes = NO_DEVICE

    def __post_init__(self) -> None:
        if not 0 <= self.kid <= _KEY_ID_MAX:
            raise ValueError("a key id is one byte")
        if len(self.handle) != HANDLE_BYTES or len(self.nonce) != NONCE_BYTES:
            raise ValueError(f"a handle has {HANDLE_BYTES} bytes, a nonce {NONCE_BYTES}")
        if len(self.device_binding) != BINDING_BYTES:
            raise ValueError(f"a device binding has {BINDING_BYTES} bytes")
        if self.issued_at.utcoffset() is None or self.issued_at.microsecond:
            raise ValueError("issued_at is aware and in whole seconds")
        if not 0 <= self.issued_at.timestamp() <= _ISSUED_AT_S_MAX:
            raise ValueError("issued_at is outside 1970 to 2106")
        if not TTL_STEP_S <= self.ttl_s <= TTL_S_MAX or self.ttl_s % TTL_STEP_S:
            raise ValueError(f"ttl_s is a multiple of {TTL_STEP_S}, at most {TTL_S_MAX}")
        if int(self.flags) & ~_FLAGS_KNOWN:
            raise ValueError("unknown flag")

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the code is no longer good."""
        return self.issued_at + timedelta(seconds=self.ttl_s)


def device_binding(device_id: str) -> bytes:
    """Give the eight bytes that tie a code to a device without naming it."""
    return hashlib.sha256(device_id.encode()).digest()[:BINDING_BYTES]


def sign_code(code: CardCode, *, private_key: Ed25519PrivateKey) -> str:
    """Give the text of `code`: 154 characters, all in the QR's alphanumeric alphabet."""
    body = _LAYOUT.pack(
        KIND_SINGLE_USE,
        code.kid,
        code.handle,
        int(code.issued_at.timestamp()),
        code.ttl_s // TTL_STEP_S,
        code.flags,
        code.nonce,
        code.device_binding,
        _RESERVED,
    )
    return _encoded(body + private_key.sign(SIGNED_PREFIX + body))


def verify_code(
    text: str,
    *,
    public_keys: Mapping[int, Ed25519PublicKey],
    now: datetime,
    clock_skew_s: int = CLOCK_SKEW_S,
) -> CardCode:
    """Give the code that `text` carries, good at `now`; raises CodeRefused for every other text.

    Whether it was used before, and whose card it is, is for the caller to ask.
    """
    code_bytes = _decoded(text)
    body, signature = code_bytes[: _LAYOUT.size], code_bytes[_LAYOUT.size :]
    public_key = public_keys.get(body[1])
    if public_key is None:
        raise CodeRefused(CodeRefusal.FORGED)
    try:
        public_key.verify(signature, SIGNED_PREFIX + body)
    except InvalidSignature:
        raise CodeRefused(CodeRefusal.FORGED) from None
    code = _parsed(body)
    if now >= code.expires_at:
        raise CodeRefused(CodeRefusal.EXPIRED)
    if code.issued_at > now + timedelta(seconds=clock_skew_s):
        raise CodeRefused(CodeRefusal.NOT_YET_VALID)
    return code


def _encoded(code_bytes: bytes) -> str:
    return TEXT_PREFIX + str(base45.b45encode(code_bytes), "ascii")


def _decoded(text: str) -> bytes:
    """Give the 100 bytes of a kind 0x10 code, whose only spelling `text` is."""
    if not text.startswith(TEXT_PREFIX) or len(text) > TEXT_LENGTH_MAX:
        raise CodeRefused(CodeRefusal.NOT_A_CODE)
    try:
        code_bytes = bytes(base45.b45decode(text.removeprefix(TEXT_PREFIX)))
    except ValueError:
        raise CodeRefused(CodeRefusal.NOT_A_CODE) from None
    # The decoder forgives newlines at the end; one code must have one spelling.
    if not code_bytes or _encoded(code_bytes) != text:
        raise CodeRefused(CodeRefusal.NOT_A_CODE)
    if code_bytes[0] != KIND_SINGLE_USE:
        raise CodeRefused(CodeRefusal.UNSUPPORTED)
    if len(code_bytes) != _CODE_BYTES:
        raise CodeRefused(CodeRefusal.NOT_A_CODE)
    return code_bytes


def _parsed(body: bytes) -> CardCode:
    _, kid, handle, issued_at_s, ttl_steps, flags, nonce, binding, reserved = _LAYOUT.unpack(body)
    if reserved != _RESERVED:
        raise CodeRefused(CodeRefusal.MALFORMED)
    try:
        return CardCode(
            kid=kid,
            handle=handle,
            issued_at=datetime.fromtimestamp(issued_at_s, UTC),
            ttl_s=ttl_steps * TTL_STEP_S,
            flags=CodeFlag(flags),
            nonce=nonce,
            device_binding=binding,
        )
    except ValueError:
        raise CodeRefused(CodeRefusal.MALFORMED) from None
