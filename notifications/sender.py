"""What is handed to a push service, and what came of it. Knows no particular service."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifications.rules import AddressKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Push:
    """One message to one device.

    `collapse_key` is the same for messages that may replace each other. FCM keeps at most four
    keys per device that is offline, so it names a sort of message, not a single one.
    After `ttl_s` seconds an undelivered message is dropped by the service. Apple counts from no
    moment of ours, so `expires_at` says the same as a time; None leaves it to Apple.
    `badge` is the number at the app's icon, `image` an https address of a picture, and `category`
    names the sort of message, for which an app may have buttons.
    """

    nudge_id: str
    device_id: str
    address_kind: AddressKind
    address: str
    title: str
    body: str
    data: Mapping[str, str]
    collapse_key: str
    ttl_s: int
    expires_at: datetime | None = None
    badge: int | None = None
    image: str | None = None
    category: str = ""


class OutcomeKind(enum.Enum):
    """What to do after a push; each value says it in full."""

    SENT = "sent"
    """The service took the message."""
    DEVICE_GONE = "device_gone"
    """Nothing will ever arrive at this address: forget the device."""
    MESSAGE_REFUSED = "message_refused"
    """The message is at fault: don't send it again, and keep the device."""
    RETRY = "retry"
    """Nobody is at fault: send it again later. It may have arrived all the same."""
    LANE_STOPPED = "lane_stopped"
    """Our own credentials are refused: send nothing more until a person has mended them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one push.

    `retry_after_s` is the wait that the service asked for (RETRY only; None: choose your own).
    `detail` names the class and the code of an error, and never holds an address or a text.
    `message_name` is the service's name for a message that it took.
    """

    nudge_id: str
    device_id: str
    kind: OutcomeKind
    retry_after_s: float | None = None
    detail: str = ""
    message_name: str | None = None


class Sender(Protocol):
    """Sends pushes."""

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """Answer one outcome per push, in the same order.

        Raises nothing because of a push or because of the service; when the service cannot be
        reached at all, every outcome is RETRY.
        """
        ...
