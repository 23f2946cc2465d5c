"""What all streams of a process share: who has how many, and that they end with the server."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from api.context import RequestContext
from api.failures import UnavailableError
from api.graphql import GraphQLEndpoint

STREAMS_OF_ONE_MAX = 10  # a member's phones, tablets and pages, on one process
SEND_S_MAX = 20.0  # a reader so slow reads on by `after` on another connection
END_S_MAX = 2.0  # what open streams get to say goodbye when the server stops


class TooManyStreams(Exception):  # noqa: N818 -- an answer to the caller, not a fault
    """Whoever asks has as many streams as may be."""


@dataclass(kw_only=True, slots=True)
class Streams:
    """`context_for` tells who an Authorization header stands for.

    It raises UnauthenticatedError or UnavailableError.
    """

    endpoint: GraphQLEndpoint
    context_for: Callable[[str | None], Awaitable[RequestContext]]
    log: FilteringBoundLogger
    new_id: Callable[[], str]
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _none_open: asyncio.Event = field(default_factory=asyncio.Event)
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def counted(self, subject: str) -> Iterator[None]:
        """Count a stream of somebody until the block ends. Raises TooManyStreams."""
        if self._open[subject] >= STREAMS_OF_ONE_MAX:
            raise TooManyStreams
        self._open[subject] += 1
        self._none_open.clear()
        try:
            yield
        finally:
            self._open[subject] -= 1
            if not self._open[subject]:
                del self._open[subject]
            if not self._open:
                self._none_open.set()

    async def end(self) -> None:
        """Let every stream end, and wait for that for `END_S_MAX`."""
        self.ending.set()
        if self._open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._none_open.wait(), END_S_MAX)

    @property
    def busy_errors(self) -> tuple[type[Exception], ...]:
        """What asks to come again."""
        return (UnavailableError, *self.endpoint.busy_errors)

    def fault(self, error: Exception) -> str:
        """Log what nobody foresaw, and give the id that it is logged under."""
        log_id = self.new_id()
        self.log.error("stream_failed", log_id=log_id, exc_info=error)
        return log_id
