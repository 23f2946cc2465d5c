"""What the stories share: one step of a story is one line."""

import json
import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import Any

import httpx
import psycopg
import zxingcpp
from PIL import Image
from psycopg import pq

from api.bodies import GRAPHQL_RESPONSE, JSON
from api.loopback import serve_in_thread
from api.slots import OnlySlot
from api.worker import Worker
from gamification.staff.rules import Role
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender, stand_in_app
from tests.api.log_capture import structured_log
from tests.journeys.server import OPERATIONS, Server

WAIT_S_MAX = 20.0
LOOK_EVERY_S = 0.02
LONG = "x" * 60_000  # about as long as a body may hold
NUL = "a\0b"
ENROLMENT = {"displayName": "Ola Żuk", "locale": "pl", "timeZone": "Europe/Warsaw"}

# One client: each `httpx.post` of its own would read the machine's certificates first.
_client = httpx.Client(verify=False, timeout=WAIT_S_MAX)  # noqa: S501 -- plain HTTP on loopback


def post(
    server: Server, query: str, variables: dict[str, Any] | None = None, *, token: str | None
) -> httpx.Response:
    """Send any GraphQL document; without a token nothing is said of who asks."""
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    body = {"query": query, "variables": variables or {}}
    return _client.post(
        f"{server.url}/graphql",
        content=json.dumps(body),
        headers={"Content-Type": JSON, "Accept": GRAPHQL_RESPONSE, **headers},
    )


def get(address: str) -> httpx.Response:
    return _client.get(address)


def run(
    server: Server, operation: str, variables: dict[str, Any] | None = None, *, token: str
) -> Any:
    """The answer of the one field of an operation of `schema/operations`."""
    text = (OPERATIONS / f"{operation}.graphql").read_text(encoding="utf-8")
    response = post(server, text, variables, token=token)
    answer = response.json()
    assert response.status_code == 200, answer
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


def home(server: Server, subject: str, **pages: int) -> Any:
    """What the member's home screen shows."""
    token = server.token(Role.MEMBER, subject=subject)
    return run(server, "Home", pages, token=token)["member"]


def enrol(server: Server, subject: str, **changes: str) -> Any:
    token = server.token(Role.MEMBER, subject=subject)
    return run(server, "Enrol", {"input": {**ENROLMENT, **changes}}, token=token)


def allow_pushes(
    server: Server, subject: str, *, address: str = "phone", granted: bool = True
) -> Any:
    """Register a phone and set the consent, as the app does at its first start; both answers."""
    variables = {
        "device": {"addressKind": "TOKEN", "address": address, "platform": "ANDROID"},
        "consent": {
            "category": "MARKETING",
            "channel": "PUSH",
            "granted": granted,
            "textVersion": "2026-01",
        },
    }
    return server.ask("Device", variables, token=server.token(Role.MEMBER, subject=subject))


def card_text(server: Server, subject: str) -> str:
    return str(home(server, subject)["card"]["code"]["text"])


def scan(server: Server, code: str, *, token: str | None = None) -> Any:
    return run(server, "Scan", {"code": code}, token=token or server.token(Role.CLERK))


def open_visit(server: Server, subject: str) -> str:
    """The id of a visit that a clerk opens by the member's card."""
    answer = scan(server, card_text(server, subject))
    assert answer["__typename"] == "CardScanned", answer
    return str(answer["visit"]["id"])


def look_up(server: Server, number: str, *, reason: str = "Battery empty") -> Any:
    variables = {"number": number, "reason": reason}
    return run(server, "LookUp", variables, token=server.token(Role.CLERK))


def purchase(
    server: Server, target: dict[str, str], *, token: str | None = None, **changes: Any
) -> Any:
    """Record 10.00 under a fresh key, or what `changes` say."""
    given = {"target": target, "total": "10.00", "idempotencyKey": server.world.key(), **changes}
    return run(server, "Purchase", {"input": given}, token=token or server.token(Role.CLERK))


def redeem(server: Server, subject: str, reward: str, *, key: str | None) -> Any:
    token = server.token(Role.MEMBER, subject=subject)
    return run(server, "Redeem", {"rewardId": reward, "key": key}, token=token)


def capture(server: Server, visit_id: str, voucher: str, *, key: str | None = None) -> Any:
    variables = {"visitId": visit_id, "voucher": voucher, "key": key or server.world.key()}
    return run(server, "Capture", variables, token=server.token(Role.CLERK))


def refund(
    server: Server,
    *,
    role: Role = Role.CLERK,
    key: str | None = None,
    part: dict[str, Any] | None = None,
    **which: str,
) -> Any:
    """Give a purchase back, or the part of it that `lines` or an `amount` name."""
    given = {"purchase": which, "idempotencyKey": key or server.world.key(), **(part or {})}
    return run(server, "Refund", {"input": given}, token=server.token(role))


def decoded(png: bytes) -> str:
    """The text of the one QR code on a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)))
    return str(found.text)


def expect_problem(answer: Any, kind: str, code: str) -> None:
    """See to it that an answer is this problem, told in one sentence."""
    assert (answer["__typename"], answer.get("code")) == (kind, code), answer
    assert answer["message"].endswith(".")
    assert "\n" not in answer["message"]


@contextmanager
def nothing_changes(server: Server) -> Iterator[None]:
    """Every row of every table is the same afterwards."""
    before = server.world.contents()
    yield
    after = server.world.contents()
    assert {name for name in before if before[name] != after[name]} == set()


@contextmanager
def counted_statements(server: Server) -> Iterator[Counter[str]]:
    """Counts what the server's connections ask the database, as the drivers' own traces see it."""
    counts: Counter[str] = Counter()
    opened = server.world.database._open  # noqa: SLF001 -- nothing else shows connections
    with ExitStack() as stack:
        for connection in opened:
            driver: Any = connection.connection.driver_connection
            traced = _traced_by_sqlite if isinstance(driver, sqlite3.Connection) else _traced
            stack.enter_context(traced(driver, counts))
        yield counts


@contextmanager
def _traced_by_sqlite(driver: sqlite3.Connection, counts: Counter[str]) -> Iterator[None]:
    driver.set_trace_callback(lambda text: counts.update([text.split()[0]]))
    yield
    driver.set_trace_callback(None)


@contextmanager
def _traced(driver: psycopg.Connection[Any], counts: Counter[str]) -> Iterator[None]:
    with tempfile.TemporaryFile() as trace:
        driver.pgconn.trace(trace.fileno())
        driver.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        yield
        driver.pgconn.untrace()
        trace.seek(0)
        sent = [line.split(b"\t")[2].decode() for line in trace if line.startswith(b"F\t")]
        counts.update(kind for kind in sent if kind in {"Execute", "Query"})


@contextmanager
def pushing(server: Server, fcm: FcmStandIn | None = None) -> Iterator[FcmStandIn]:
    """The real worker over the real client; gives the stand-in, else one that takes all."""
    fcm = fcm or FcmStandIn()
    with serve_in_thread(fcm) as url:
        worker = Worker(
            database=server.world.database,
            programme=server.world.programme,
            sender=FirebaseSender(stand_in_app(url)),
            clock=server.clock,
            log=structured_log(),
            slot=OnlySlot(),
        )
        worker.start()
        try:
            yield fcm
        finally:
            worker.stop()


def wait_until(condition: Callable[[], object], *, within_s: float = WAIT_S_MAX) -> None:
    """Look again and again; raises AssertionError for what has not come by then."""
    pause = threading.Event()
    for _ in range(int(within_s / LOOK_EVERY_S)):
        if condition():
            return
        pause.wait(LOOK_EVERY_S)
    raise AssertionError(f"it did not happen within {within_s:.0f} s")
