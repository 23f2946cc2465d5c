"""Statements over one PostgreSQL connection: prepared once, writes held back until a read.

What is held back goes out together with the next read, or with the commit, in one pipeline of
libpq: one way to the server and back. psycopg's own cursors do the same at five times the cost.
"""

import select
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

from api.runner import Compiled

HELD_MAX = 100  # statements of one pipeline: some 30 kB, within the buffers of both sides

_DONE = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class Wire:
    """One transaction at a time: `begin`, then reads and writes, then `end`.

    Raises psycopg.Error, for a write at the latest when the next read or the end is asked for.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._line = connection.pgconn
        self._ready = select.poll()
        self._ready.register(self._line.socket, select.POLLIN)
        self._transformer = Transformer(connection)
        self._prepared: set[bytes] = set()
        self._held: list[tuple[Compiled | bytes, Sequence[Any]]] = []

    def begin(self, statement: bytes) -> None:
        """Begin with the first statement that is sent."""
        self._held = [(statement, ())]

    def read(self, compiled: Compiled, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement, after all that was held back."""
        self._held.append((compiled, parameters))
        result = self._send()
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def write(self, compiled: Compiled, rows: Sequence[Sequence[Any]]) -> None:
        """Hold back a statement, once for each of the rows of parameters."""
        for parameters in rows:
            self._held.append((compiled, parameters))
            if len(self._held) >= HELD_MAX:
                self._send()

    def settle(self) -> None:
        """Send what is held back."""
        if self._held:
            self._send()

    def end(self, statement: bytes) -> None:
        """Send what is held back and COMMIT or ROLLBACK."""
        self._held.append((statement, ()))
        result = self._send()
        if result.command_status != statement:
            # An error that somebody swallowed: nothing was committed, and nobody may think so.
            raise psycopg.OperationalError(f"{statement.decode()} was answered by a rollback")

    def _send(self) -> pq.abc.PGresult:
        """Send what is held back, and give the last result. Raises the first error."""
        # All parameters first: one that cannot be sent (a NUL in a text) must leave the line clean.
        held = [(each, self._dumped(parameters)) for each, parameters in self._held]
        self._held = []
        line, sent = self._line, list[bytes | None]()  # the name of what is prepared, or a run
        line.enter_pipeline_mode()
        try:
            for statement, parameters in held:
                if isinstance(statement, bytes):
                    line.send_query_params(statement, None)
                    sent.append(None)
                    continue
                name = statement.name
                if name not in self._prepared and name not in sent:
                    line.send_prepare(name, statement.sql.encode())
                    sent.append(name)
                line.send_query_prepared(name, parameters, result_format=pq.Format.BINARY)
                sent.append(None)
            line.pipeline_sync()
            self._flush()
            return self._results(sent)
        except psycopg.Error:
            raise
        except BaseException:  # Ctrl+C: the answers still to come would be taken for later ones
            self.connection.close()
            raise
        finally:
            with suppress(psycopg.Error):  # the connection is gone, and what went wrong is known
                line.exit_pipeline_mode()

    def _flush(self) -> None:
        """Hand all to the system, and read meanwhile: else both sides may wait for the other."""
        while self._line.flush():
            self._ready.modify(self._line.socket, select.POLLIN | select.POLLOUT)
            self._ready.poll()
            self._ready.modify(self._line.socket, select.POLLIN)
            self._line.consume_input()

    def _dumped(self, parameters: Sequence[Any]) -> Sequence[pq.abc.Buffer | None]:
        return self._transformer.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))

    def _results(self, sent: Sequence[bytes | None]) -> pq.abc.PGresult:
        """The last result before the sync; every one is taken, so that the line is free again.

        What was prepared before something failed stays prepared, whatever is rolled back.
        """
        names = iter(sent)
        failed: pq.abc.PGresult | None = None
        last: pq.abc.PGresult | None = None
        while True:
            result = self._result()
            if result is None:  # between the results of two statements, or of a line that is cut
                if self._line.status != pq.ConnStatus.OK:
                    break
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            if result.status in _DONE:
                last = result
                if name := next(names):
                    self._prepared.add(name)
            elif failed is None:
                failed = result
                if self._line.status != pq.ConnStatus.OK:
                    break
        if failed is not None or last is None:
            raise error_from_result(failed) if failed else psycopg.OperationalError("no answer")
        return last

    def _result(self) -> pq.abc.PGresult | None:
        while self._line.is_busy():
            self._ready.poll()
            self._line.consume_input()
        return self._line.get_result()
