"""Load over keep-alive connections, by a client that is light enough not to be what is measured."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_GOOD = b"HTTP/1.1 200 "


class LoadFailed(Exception):  # noqa: N818 -- says what came back, as a refusal does
    """An answer was not what the benchmark asked for, or none came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What came of some load. `latencies_s` are sorted."""

    seconds: float
    latencies_s: list[float] = field(repr=False)

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """The time within which so many of the answers came."""
        last = len(self.latencies_s) - 1
        return self.latencies_s[min(round(last * percent / 100), last)] * 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What to ask: `request` gives the bytes of the next one; each answer must hold `expects`."""

    request: Callable[[], bytes]
    expects: bytes
    refuses: bytes = b'"errors"'


def request_bytes(method: str, path: str, *, token: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request as an app sends it."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def run_load(
    load: Load, *, port: int, connections: int, seconds: float = 0.0, requests: int = 0
) -> Round:
    """Keep `connections` requests in flight for `seconds`, or until `requests` were answered.

    Raises LoadFailed at the first answer that is not 200 or not as expected.
    """
    return asyncio.run(
        _run(load, port=port, connections=connections, seconds=seconds, requests=requests)
    )


async def _run(load: Load, *, port: int, connections: int, seconds: float, requests: int) -> Round:
    loop = asyncio.get_running_loop()
    run = _Running(load=load, left=requests or None, done=loop.create_future())
    transports = []
    for _ in range(connections):
        transport, _ = await loop.create_connection(lambda: _Asking(run), "127.0.0.1", port)
        transports.append(transport)
    began_s = time.perf_counter()
    if seconds:
        run.until_s = began_s + seconds
    for transport in transports:
        transport.get_protocol().ask()
    try:
        await run.done
    finally:
        for transport in transports:
            transport.abort()
    return Round(seconds=run.ended_s - began_s, latencies_s=sorted(run.latencies_s))


@dataclass(kw_only=True, slots=True)
class _Running:
    load: Load
    left: int | None
    done: asyncio.Future[None]
    until_s: float = float("inf")
    ended_s: float = 0.0
    in_flight: int = 0
    latencies_s: list[float] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed(reason))


class _Asking(asyncio.Protocol):
    """One connection: asks, reads the answer, asks again."""

    def __init__(self, run: _Running) -> None:
        self._run = run
        self._received = b""
        self._size = 0
        self._asked_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> None:
        run = self._run
        now_s = time.perf_counter()
        if now_s >= run.until_s or run.left == 0:
            if not run.in_flight and not run.done.done():
                run.ended_s = now_s
                run.done.set_result(None)
            return
        if run.left is not None:
            run.left -= 1
        run.in_flight += 1
        self._asked_s = now_s
        self._transport.write(run.load.request())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._size:
            end = self._received.find(_HEAD_END)
            if end < 0:
                return
            length = _LENGTH.search(self._received, 0, end + 2)
            self._size = end + len(_HEAD_END) + (int(length[1]) if length else 0)
        if len(self._received) < self._size:
            return
        run, answer = self._run, self._received
        self._received, self._size = b"", 0
        run.in_flight -= 1
        run.latencies_s.append(time.perf_counter() - self._asked_s)
        load = run.load
        if not answer.startswith(_GOOD) or load.expects not in answer or load.refuses in answer:
            run.fail(answer[:2000].decode(errors="replace"))
            return
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.fail(f"the server closed a connection: {error}")
