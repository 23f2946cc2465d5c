"""Apps and tills: many connections over real sockets, light enough to leave the core to servers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from api.bench.load import request_bytes
from schema.build import SDL_FILE

IDLE_S_MAX = 3.0  # less than the server's patience: it never hangs up on what is on its way
ANSWER_S_MAX = 40.0  # beyond every deadline of the server: without an answer by then it hangs

_OPERATIONS = Path(SDL_FILE).parent / "operations"
_VISIT = """mutation Visit($input: RecordVisitInput!) {
  recordVisit(input: $input) {
    __typename
    ... on VisitRecorded { pointsEarned replayed guest { points } }
    ... on Problem { code message retryable }
  }
}"""


class Lost(Exception):  # noqa: N818 -- says what happened to the answer
    """The connection ended before the answer: what was asked for may be done or not."""


class Unavailable(Exception):  # noqa: N818 -- an answer, as the product's own busy one is
    """The server asked to come again later; nothing was done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An HTTP answer with JSON."""

    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def payload(self) -> Any:
        """The answer of the operation's first field. Raises Unavailable for a typed 503."""
        if self.status == 503:
            self.assert_comes_again()
            raise Unavailable(self.error_code)
        assert self.status == 200, self
        assert "errors" not in self.document, self
        return next(iter(self.document["data"].values()))

    @property
    def error_code(self) -> str | None:
        """The code of the first error, for an answer that has errors."""
        errors = self.document.get("errors")
        return str(errors[0]["extensions"]["code"]) if errors else None

    def assert_comes_again(self) -> None:
        """See to it that this is a typed answer which says when to come again."""
        assert self.status == 503, self
        assert self.error_code in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}, self
        assert int(self.headers["retry-after"]) >= 1, self


def parts_of(payload: Any) -> list[Any]:
    """What is answered to each of several that were asked together; else the one answer."""
    return list(payload.get("answers", [payload]))


def body_of(operation: str, variables: Mapping[str, Any] | None = None) -> bytes:
    """The body of a request for an operation of `schema/operations`, or for "Visit"."""
    query = _VISIT if operation == "Visit" else _operation(operation)
    return orjson.dumps({"query": query, "variables": variables or {}})


_texts: dict[str, str] = {}


def _operation(name: str) -> str:
    if name not in _texts:
        _texts[name] = (_OPERATIONS / f"{name}.graphql").read_text("utf-8")
    return _texts[name]


class Connection:
    """One keep-alive connection; opened when it is needed, and again after it was lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used_at_s = 0.0

    async def open(self) -> None:
        """Connect, unless it was used a moment ago. Raises Lost where nobody listens."""
        now_s = asyncio.get_running_loop().time()
        is_fresh = now_s - self._used_at_s < IDLE_S_MAX
        self._used_at_s = now_s
        if self._reader is not None and not self._reader.at_eof() and is_fresh:
            return
        await self.close()
        try:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError as error:
            raise Lost(str(error)) from error

    async def ask(self, token: str, body: bytes) -> Answer:
        """Send a request and wait for its answer. Raises Lost, or TimeoutError for a hang."""
        await self.open()
        assert self._reader is not None
        assert self._writer is not None
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                self._writer.write(request_bytes("/graphql", token=token, body=body))
                return await _read(self._reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            if isinstance(error, TimeoutError):
                raise
            await self.close()
            raise Lost(str(error)) from error

    async def run(
        self, operation: str, variables: Mapping[str, Any] | None = None, *, token: str
    ) -> Any:
        """The answer of an operation's first field. Raises Lost or Unavailable."""
        return (await self.ask(token, body_of(operation, variables))).payload

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
        self._reader = self._writer = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(
        status=int(first.split()[1]),
        headers=headers,
        document=orjson.loads(content) if content else None,
    )


@asynccontextmanager
async def connections(ports: Sequence[int], count: int) -> AsyncIterator[list[Connection]]:
    """So many open connections, spread evenly over the servers."""
    made = [Connection(ports[number % len(ports)]) for number in range(count)]
    try:
        for each in made:
            await each.open()
        yield made
    finally:
        for each in made:
            await each.close()
