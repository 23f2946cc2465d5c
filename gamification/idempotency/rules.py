"""Idempotency: one effect and one answer per key (after draft-ietf-httpapi-idempotency-key)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from gamification.errors import Refusal
from gamification.money import without_trailing_zeros
from gamification.texts import check_text

KEY_CHARACTERS_MAX = 128  # a UUID has 36; longer keys only fill the index


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """Who asks for what, once. Keys of one principal mean nothing to another."""

    principal: str
    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """The first request's fingerprint, and what it was answered."""

    fingerprint: str
    outcome: Mapping[str, Any]


def fingerprint(values: Any) -> str:
    """SHA-256 (hex) of the input (a dataclass, or what JSON knows) in canonical JSON.

    12.5 and 12.50 are the same amount.
    """
    text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=_canonical)
    return hashlib.sha256(text).hexdigest()


def _canonical(value: object) -> str:
    return str(without_trailing_zeros(value) if isinstance(value, Decimal) else value)


def request_for(*, principal: str, operation: str, key: str | None, values: Any) -> Request:
    """Check the key. Raises Refusal IDEMPOTENCY_KEY_REQUIRED, TEXT_LENGTH or TEXT_UNPRINTABLE."""
    if key is None or not key.strip():
        raise Refusal("IDEMPOTENCY_KEY_REQUIRED")
    check_text(key, field="idempotencyKey", maximum=KEY_CHARACTERS_MAX)
    return Request(
        principal=principal, operation=operation, key=key, fingerprint=fingerprint(values)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What an action came to: ids and numbers, or a refusal. `replayed` marks a repeat."""

    outcome: Mapping[str, Any]
    replayed: bool = False

    def result(self) -> Mapping[str, Any]:
        """The outcome. Raises the Refusal if it was one."""
        if refusal := self.outcome.get("refusal"):
            raise Refusal(refusal["code"], **refusal["data"])
        return self.outcome


def replay(stored: Stored, request: Request) -> Answer:
    """The first outcome again. Raises Refusal IDEMPOTENCY_CONFLICT if the input was another."""
    if stored.fingerprint != request.fingerprint:
        raise Refusal("IDEMPOTENCY_CONFLICT")
    return Answer(outcome=stored.outcome, replayed=True)
