"""What FCM answers when it does not simply take a message: as data, under a word for each."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """An error answer: HTTP status, google.rpc code, FCM's own code (or none), text."""

    http_status: int
    status: str
    text: str
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, object]:
        """The JSON of the answer."""
        details = [{"@type": ERROR_TYPE, "errorCode": self.code}] if self.code else []
        return {
            "error": {
                "code": self.http_status,
                "message": self.text,
                "status": self.status,
                "details": details,
            }
        }


class Hitch(Enum):
    """What goes wrong with the connection, and not with the message."""

    SLOW = "slow"
    """It is taken, after a while."""
    CUT = "cutoff"
    """The connection ends, and the message was not taken."""
    UNANSWERED = "unanswered"
    """The message is taken, and the connection ends before the answer."""


def invalid(text: str) -> Fault:
    """The answer to a request that can't be understood."""
    return Fault(http_status=400, status="INVALID_ARGUMENT", code="INVALID_ARGUMENT", text=text)


FAULTS: dict[str, Fault] = {
    "unregistered": Fault(
        http_status=404,
        status="NOT_FOUND",
        code="UNREGISTERED",
        text="Requested entity was not found.",
    ),
    "mismatch": Fault(
        http_status=403,
        status="PERMISSION_DENIED",
        code="SENDER_ID_MISMATCH",
        text="SenderId mismatch",
    ),
    "invalid": invalid("The registration token is not a valid FCM registration token"),
    "badpayload": invalid("Invalid data payload key: from"),
    "quota": Fault(
        http_status=429,
        status="RESOURCE_EXHAUSTED",
        code="QUOTA_EXCEEDED",
        text="Quota exceeded for sending messages.",
        headers={"Retry-After": "7"},
    ),
    "internal": Fault(
        http_status=500,
        status="INTERNAL",
        code="INTERNAL",
        text="Internal error encountered.",
    ),
    "unavailable": Fault(
        http_status=503,
        status="UNAVAILABLE",
        code="UNAVAILABLE",
        text="The service is currently unavailable.",
    ),
    "thirdparty": Fault(
        http_status=401,
        status="UNAUTHENTICATED",
        code="THIRD_PARTY_AUTH_ERROR",
        text="Auth error from APNS or Web Push Service",
    ),
}

DEAD = frozenset({"unregistered", "mismatch", "invalid"})
"""The words of faults after which nothing will ever arrive at the address."""

HITCHES: Mapping[str, Hitch] = {hitch.value: hitch for hitch in Hitch}

NOT_SIGNED_IN = Fault(
    http_status=401,
    status="UNAUTHENTICATED",
    text="Request had invalid authentication credentials.",
)

OTHER_PROJECT = Fault(
    http_status=403,
    status="PERMISSION_DENIED",
    text="Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).",
)


def word_in(address: str) -> str | None:
    """The word of the fault or hitch that an address asks for, if it holds any."""
    return next((word for word in (*FAULTS, *HITCHES) if word in address), None)


class Mix:
    """Faults at random: `shares` says by word which part of all messages meets with it."""

    def __init__(self, shares: Mapping[str, float], *, seed: int) -> None:
        if unknown := set(shares) - set(FAULTS) - set(HITCHES):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        if sum(shares.values()) > 1:
            raise ValueError("the shares of all faults add up to more than 1")
        self._shares = dict(shares)
        self._chance = random.Random(seed)  # noqa: S311 -- no secret: every run is the same

    def word(self) -> str | None:
        """The word for the next message; None where it is simply taken."""
        drawn = self._chance.random()
        for word, share in self._shares.items():
            if drawn < share:
                return word
            drawn -= share
        return None
