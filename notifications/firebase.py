"""Sends pushes through Firebase Cloud Messaging, HTTP v1, with the firebase-admin client."""

import asyncio
import functools
import itertools
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from firebase_admin._retry import HttpxRetry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request

from notifications.firebase_messages import fcm_message
from notifications.sender import Outcome, OutcomeKind, Push

IN_FLIGHT_MAX = 50
"""Requests at one time: with 1,000 queued in one client, single messages starved (measured)."""

HTTP_TIMEOUT_S = 20
"""The client's own 120 s would hold a batch job far longer than sending it again costs."""

RETRY_AFTER_S_DEFAULT = 60.0
"""FCM's advice for a 429 that names no wait."""

RETRY_AFTER_S_MAX = 3600.0
"""A longer wait than an hour is taken for a mistake, and nudges are stale by then."""

_ADDRESS_PHRASES = ("registration token", "installation id")
"""FCM says INVALID_ARGUMENT for a bad address and for a bad payload; only its text tells."""

_app_numbers = itertools.count(1)


def firebase_app(credentials_path: Path) -> firebase_admin.App:
    """Open an app of its own with a service account file.

    Raises OSError when the file cannot be read, ValueError when it is not a service account or
    names no project.
    """
    certificate = credentials.Certificate(str(credentials_path))
    if not certificate.project_id:
        raise ValueError("the service account names no project")
    return _open_app(certificate, {})


def stand_in_app(url: str, project: str = "demo-regulars") -> firebase_admin.App:
    """Open an app without credentials that sends to a local stand-in at the base `url`."""
    credential = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth has no types here
    app = _open_app(credential, {"projectId": project})
    send_to_stand_in(app, url)
    return app


def send_to_stand_in(app: firebase_admin.App, url: str) -> None:
    """Let this app alone send to the base `url` in place of Google's."""
    service = _service(app)
    service._fcm_url = f"{url}/v1/projects/{app.project_id}/messages:send"  # noqa: SLF001 -- the client has no option for it, and its class attribute would turn every app


class FirebaseSender:
    """A `Sender` over one Firebase app, which it owns and closes.

    It lives on the event loop of its first `send`: the client keeps that loop's connections, and
    on another loop fails in ways that look like trouble of the network. Service messages and bulk
    want an app and a sender each, so that one never waits behind the other.
    The client's own repeats of what FCM answers with 500 or 503 are switched off: each keeps a
    connection for ever, so that after 25 such messages none would be sent any more (seen).
    """

    def __init__(self, app: firebase_admin.App) -> None:
        self._app = app
        for transport in _service(app)._async_client.async_client._mounts.values():  # noqa: SLF001 -- the client has no option for it
            transport._retry = HttpxRetry(max_retries=0)  # noqa: SLF001 -- as above
        self._slots = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._refreshing = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """Send each push by itself, at most `IN_FLIGHT_MAX` at a time over all callers.

        Raises RuntimeError on another event loop than that of the first call.
        """
        self._stay_on_one_loop()
        try:
            await self._refresh_credentials()
        except GoogleAuthError as error:
            kind, detail = _kind_without_token(error), type(error).__name__
            return [_outcome(push, kind, detail=detail) for push in pushes]
        return list(await asyncio.gather(*(self._send_one(push) for push in pushes)))

    async def close(self) -> None:
        """Close the connections and delete the app. Call it on the loop of `send`."""
        await _service(self._app)._async_client.aclose()  # noqa: SLF001 -- connections belong to this loop, and delete_app would close them on another
        # delete_app() starts an event loop of its own, which a thread with a running one refuses.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)

    async def _send_one(self, push: Push) -> Outcome:
        async with self._slots:
            try:
                batch = await messaging.send_each_async([fcm_message(push)], app=self._app)
            except (exceptions.FirebaseError, ValueError) as error:
                return _failure(push, error)
        response = batch.responses[0]
        if response.exception is not None:
            return _failure(push, response.exception)
        return _outcome(push, OutcomeKind.SENT, message_name=response.message_id)

    async def _refresh_credentials(self) -> None:
        """Fetch a token in a thread; the client would do it on the loop, once per message."""
        credential = self._app.credential.get_credential()
        async with self._refreshing:
            if not credential.valid:
                request = functools.partial(Request(), timeout=HTTP_TIMEOUT_S)
                await asyncio.to_thread(credential.refresh, request)

    def _stay_on_one_loop(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._loop is not loop:
            raise RuntimeError("a FirebaseSender stays on the event loop of its first send()")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date measured from the answer's own Date.

    Answers between 0 and `RETRY_AFTER_S_MAX` seconds, or None without a readable header.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        # Ten digits are beyond the limit whatever they are, and int() refuses thousands of them.
        return min(float(int(text[:10])), RETRY_AFTER_S_MAX)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):  # TypeError: one of the two has no zone
        return None
    return min(max(wait.total_seconds(), 0.0), RETRY_AFTER_S_MAX)


def _open_app(credential: object, options: Mapping[str, str]) -> firebase_admin.App:
    name = f"regulars-{next(_app_numbers)}"
    return firebase_admin.initialize_app(
        credential, {**options, "httpTimeout": HTTP_TIMEOUT_S}, name=name
    )


def _service(app: firebase_admin.App) -> messaging._MessagingService:
    return messaging._get_messaging_service(app)  # noqa: SLF001 -- neither URL nor connections have a public door


def _failure(push: Push, error: Exception) -> Outcome:
    kind = _kind_of(error)
    response = getattr(error, "http_response", None)
    wait_s = None
    if kind is OutcomeKind.RETRY and response is not None:
        wait_s = retry_after_s(response.headers)
        if wait_s is None and isinstance(error, exceptions.ResourceExhaustedError):
            wait_s = RETRY_AFTER_S_DEFAULT
    words = [type(error).__name__, getattr(error, "code", "")]
    cause = getattr(error, "cause", None)
    if response is None and cause is not None:
        words.append(type(cause).__name__)
    detail = " ".join(word for word in words if word)
    return _outcome(push, kind, wait_s=wait_s, detail=detail)


def _kind_without_token(error: GoogleAuthError) -> OutcomeKind:
    """No waiting mends a key that was revoked, nor an account that is gone."""
    may_pass = error.retryable or isinstance(error, TransportError)
    return OutcomeKind.RETRY if may_pass else OutcomeKind.LANE_STOPPED


def _kind_of(error: Exception) -> OutcomeKind:
    cause = getattr(error, "cause", None)
    if isinstance(cause, GoogleAuthError):  # the client fetches tokens as well, after a 401
        return _kind_without_token(cause)
    match error:
        case messaging.UnregisteredError() | messaging.SenderIdMismatchError():
            return OutcomeKind.DEVICE_GONE
        case exceptions.InvalidArgumentError():
            text = str(error).casefold()
            speaks_of_address = any(phrase in text for phrase in _ADDRESS_PHRASES)
            return OutcomeKind.DEVICE_GONE if speaks_of_address else OutcomeKind.MESSAGE_REFUSED
        case ValueError():  # the client itself could not encode the message
            return OutcomeKind.MESSAGE_REFUSED
        case (
            exceptions.UnauthenticatedError()
            | exceptions.PermissionDeniedError()
            | exceptions.NotFoundError()  # of the project: a device has a class of its own
        ):
            return OutcomeKind.LANE_STOPPED
        case _:
            return OutcomeKind.RETRY


def _outcome(
    push: Push,
    kind: OutcomeKind,
    *,
    wait_s: float | None = None,
    detail: str = "",
    message_name: str | None = None,
) -> Outcome:
    return Outcome(
        nudge_id=push.nudge_id,
        device_id=push.device_id,
        kind=kind,
        retry_after_s=wait_s,
        detail=detail,
        message_name=message_name,
    )
