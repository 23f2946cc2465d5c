"""Load over keep-alive connections, by a client that is light enough not to be what is measured.

It takes some 0.08 ms of the other core for an answer of 5 kB (measured); the fastest route here
takes ten times as much of the server's.
"""

import asyncio
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_GOOD = b"HTTP/1.1 200 "
_SHOWN_MAX = 500  # of an answer that was not expected

# One connection's side of a talk: yields requests, is sent the body of each answer.
Talk = Callable[[], Generator[bytes, bytes, None]]


class LoadFailed(Exception):  # noqa: N818 -- says what came back, as a refusal does
    """An answer was not what the benchmark asked for, or none came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What came of some load. `latencies_s` are sorted, one for each answer.

    `by_client` is how many answers each connection got, where that is known.
    """

    seconds: float
    latencies_s: list[float] = field(repr=False)
    by_client: tuple[int, ...] = ()

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return len(self.latencies_s) / self.seconds

    @property
    def slowest_share(self) -> float:
        """What the slowest client got of a fair share: 1 if all got as much, 0 if it starved."""
        return min(self.by_client) * len(self.by_client) / sum(self.by_client)

    def percentile_ms(self, percent: float) -> float:
        """The time within which so many of the answers came."""
        last = len(self.latencies_s) - 1
        return self.latencies_s[round(last * percent / 100)] * 1000


def request_bytes(path: str, *, token: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request as an app sends it: POST with a body of JSON, GET without."""
    head = (
        f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {token}\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def run_load(
    talk: Talk, *, port: int, connections: int, seconds: float = float("inf"), requests: int = 0
) -> Round:
    """Keep `connections` requests in flight for `seconds`, or until `requests` (if any) are sent.

    Raises LoadFailed at the first answer that is not 200, or that a talk raises it for.
    """
    return asyncio.run(
        _run(talk, port=port, connections=connections, seconds=seconds, requests=requests)
    )


async def _run(talk: Talk, *, port: int, connections: int, seconds: float, requests: int) -> Round:
    loop = asyncio.get_running_loop()
    run = _Running(left=requests or None, done=loop.create_future())
    asking = [
        (await loop.create_connection(lambda: _Asking(run, talk()), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began_s = time.perf_counter()
    run.until_s = began_s + seconds
    try:
        for each in asking:
            each.begin()
        await run.done
    finally:
        for each in asking:
            each.end()
    return Round(
        seconds=run.last_s - began_s,
        latencies_s=sorted(run.latencies_s),
        by_client=tuple(each.answers for each in asking),
    )


@dataclass(kw_only=True, slots=True)
class _Running:
    left: int | None
    done: asyncio.Future[None]
    until_s: float = 0.0
    last_s: float = 0.0
    in_flight: int = 0
    latencies_s: list[float] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed(reason))


class _Asking(asyncio.Protocol):
    """One connection: asks, reads the answer, asks again."""

    def __init__(self, run: _Running, talk: Generator[bytes, bytes, None]) -> None:
        self._run = run
        self._talk = talk
        self._received = b""
        self._body_at = 0
        self._end_at = 0
        self._asked_s = 0.0
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def begin(self) -> None:
        self._ask(next(self._talk))

    def end(self) -> None:
        self._transport.abort()

    def _ask(self, request: bytes) -> None:
        run = self._run
        now_s = time.perf_counter()
        if now_s >= run.until_s or run.left == 0:
            if not run.in_flight and not run.done.done():
                run.done.set_result(None)
            return
        if run.left is not None:
            run.left -= 1
        run.in_flight += 1
        self._asked_s = now_s
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._end_at:
            head_end = self._received.find(_HEAD_END)
            if head_end < 0:
                return
            length = _LENGTH.search(self._received, 0, head_end + 2)
            self._body_at = head_end + len(_HEAD_END)
            self._end_at = self._body_at + (int(length[1]) if length else 0)
        if len(self._received) < self._end_at:
            return
        run, answer, body_at = self._run, self._received, self._body_at
        self._received, self._end_at = b"", 0
        run.in_flight -= 1
        run.last_s = time.perf_counter()
        run.latencies_s.append(run.last_s - self._asked_s)
        self.answers += 1
        if not answer.startswith(_GOOD):
            run.fail(answer[:_SHOWN_MAX].decode(errors="replace"))
            return
        try:
            request = self._talk.send(answer[body_at:])
        except LoadFailed as failed:
            run.fail(str(failed))
            return
        self._ask(request)

    def connection_lost(self, error: Exception | None) -> None:
        self._run.fail(f"the server closed a connection: {error}")


def expect(answer: bytes, what: bytes) -> None:
    """Raises LoadFailed unless the answer holds `what` and no errors."""
    if what not in answer or b'"errors"' in answer:
        raise LoadFailed(answer[:_SHOWN_MAX].decode(errors="replace"))
