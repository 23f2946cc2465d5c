"""What a client says in the protocol graphql-transport-ws, read strictly."""

from dataclasses import dataclass
from typing import Any

import orjson

from api.bodies import GraphQLRequest, request_of
from api.failures import MalformedRequestError

SUBPROTOCOL = "graphql-transport-ws"
FRAME_BYTES_MAX = 64 * 1024  # a subscription's text and variables; uvicorn closes with 1009 beyond
ID_CHARACTERS_MAX = 128  # clients send UUIDs or counters; the id comes back with every event

# The protocol's own codes; and those of RFC 6455 that clients take as a reason to come again.
BAD_REQUEST = 4400
UNAUTHORISED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INITIALISATION_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITIALISATIONS = 4429
GOING_AWAY = 1001
INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013


class Closed(Exception):  # noqa: N818 -- how a conversation ends
    """The socket is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Init:
    """`authorization` is what an Authorization header would say, if the client says it here."""

    authorization: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ping:
    """Wants a pong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pong:
    """Wants nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribe:
    """A subscription starts."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Complete:
    """The client wants no more of a subscription."""

    id: str


Said = Init | Ping | Pong | Subscribe | Complete


def said(frame: str | bytes | None) -> Said:
    """Read a frame. Raises Closed with `BAD_REQUEST` and one sentence."""
    if not isinstance(frame, str):
        raise _bad("Messages are text.")
    try:
        message = orjson.loads(frame)
    except ValueError as error:
        raise _bad("A message is JSON.") from error
    if not isinstance(message, dict):
        raise _bad("A message is a JSON object.")
    payload = message.get("payload")
    match message.get("type"):
        case "connection_init":
            return Init(authorization=_authorization(payload))
        case "ping" | "pong" as kind:
            _object(payload)
            return Ping() if kind == "ping" else Pong()
        case "subscribe":
            try:
                return Subscribe(id=_id(message), request=request_of(payload))
            except MalformedRequestError as error:
                raise _bad(f"The payload is no request: {error}") from error
        case "complete":
            return Complete(id=_id(message))
    raise _bad("The message has no type that a client sends.")


def _authorization(payload: object) -> str | None:
    given = _object(payload)
    found = given.get("authorization", given.get("Authorization"))
    if not isinstance(found, str | None):
        raise _bad('"authorization" is a string.')
    return found


def _object(payload: object) -> dict[str, Any]:
    if not isinstance(payload, dict | None):
        raise _bad('"payload" is an object.')
    return payload or {}


def _id(message: dict[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= ID_CHARACTERS_MAX:
        raise _bad(f'"id" is a string of 1 to {ID_CHARACTERS_MAX} characters.')
    return found


def _bad(sentence: str) -> Closed:
    # A close frame has room for 123 bytes.
    return Closed(BAD_REQUEST, sentence.encode()[:123].decode(errors="ignore"))
