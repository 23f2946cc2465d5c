"""Logs taken down in memory, for tests."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.typing import FilteringBoundLogger

from api.logs import configure_logs


@contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """Logs as JSON at level debug; what was configured before comes back afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "dbos", "uvicorn.access")]
    before = [(list(log.handlers), log.level, log.propagate, log.disabled) for log in loggers]
    stream = io.StringIO()
    configure_logs(level="debug", stream=stream)
    try:
        yield stream
    finally:
        structlog.reset_defaults()
        for log, (handlers, level, propagate, disabled) in zip(loggers, before, strict=True):
            log.handlers, log.propagate, log.disabled = handlers, propagate, disabled
            log.setLevel(level)


def structured_log() -> FilteringBoundLogger:
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def lines_of(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]
