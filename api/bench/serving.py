"""The server that is measured: a child process on one core, with the hand-written routes beside."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api import ids
from api.bench.cores import pin
from api.bench.rest import RestParts, rest_app
from api.bench.world import Place, bench_settings
from api.clock import Clock, SystemClock
from api.database import sqlite_path
from api.identity import DemoIdentity
from api.keys import card_keys, demo_token_key, image_key
from api.logs import configure_logs
from api.processes import serve_in_processes, serve_in_this_process
from api.server import listen, listening_apart, open_database, running_app, serve_until_stopped
from api.settings import Settings
from api.slots import engine_slot
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from notifications.sender import Outcome, OutcomeKind, Push

START_S_MAX = 60.0
STOP_S_MAX = 20.0
SETTLE_LOOK_S = 0.3
SETTLE_LOOKS_MAX = 20
IDLE_SHARE_MAX = 0.15  # of a core: the worker looks for jobs five times a second

# A child begins with a clean interpreter: a fork would share the parent's memory and threads.
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """A running server, of one process or of several."""

    port: int
    pid: int

    def memory_mb(self) -> tuple[float, float]:
        """The resident memory of the first process now, and the most there ever was."""
        text = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, most

    def cpu_s(self) -> float:
        """The processor time that its processes have used."""
        return sum(_cpu_s(pid) for pid in (self.pid, *self._children()))

    def serving_pids(self) -> list[int]:
        """The processes that answer: the first one by itself, or those that it started."""
        return self._children() or [self.pid]

    def _children(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("utf-8")
        return [int(pid) for pid in children.split()]

    def settle(self) -> None:
        """Wait until it has started, and done what it does beside requests: planning nudges."""
        before_s = self.cpu_s()
        for _ in range(SETTLE_LOOKS_MAX):
            time.sleep(SETTLE_LOOK_S)
            now_s = self.cpu_s()
            if now_s - before_s <= IDLE_SHARE_MAX * SETTLE_LOOK_S:
                return
            before_s = now_s


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(place: Place, *, cores: Sequence[int]) -> Iterator[Serving]:
    """A server of a place with its worker, on these cores where there are any, until the end.

    On SQLite the hand-written routes stand beside it.
    """
    with _started(partial(_serve, place, tuple(cores)), daemon=True) as server:
        yield server


@contextmanager
def serving_processes(place: Place, *, cores: Sequence[int], count: int) -> Iterator[Serving]:
    """`regulars serve --workers COUNT --no-work` at a place, on these cores, until the end."""
    # A daemon may have no children.
    with _started(partial(_serve_processes, place, tuple(cores), count), daemon=False) as server:
        server.settle()  # all of them are up, and not only the first
        yield server


@contextmanager
def _started(serve: Callable[[Connection], None], *, daemon: bool) -> Iterator[Serving]:
    ours, theirs = _spawn.Pipe()
    child = _spawn.Process(target=serve, args=(theirs,), daemon=daemon)
    child.start()
    theirs.close()
    try:
        if not ours.poll(START_S_MAX):
            raise TimeoutError(f"the server did not start within {START_S_MAX:.0f} s")
        yield Serving(port=ours.recv(), pid=child.pid or 0)
    finally:
        child.terminate()
        child.join(STOP_S_MAX)
        ours.close()


def _serve_processes(place: Place, cores: Sequence[int], count: int, to_parent: Connection) -> None:
    pin(*cores)
    settings = bench_settings(place).model_copy(update={"port": 0})
    configure_logs(level=settings.log_level)
    with listening_apart(settings, count=count) as listeners:
        to_parent.send(listeners[0].getsockname()[1])
        if count == 1:
            serve_in_this_process(settings, listeners[0], works=False)
        else:
            serve_in_processes(settings, listeners, works=False)


def _serve(place: Place, cores: Sequence[int], to_parent: Connection) -> None:
    pin(*cores)
    settings = bench_settings(place).model_copy(update={"port": 0})
    configure_logs(level=settings.log_level)
    programme, clock = load_programme(settings.programme), SystemClock()
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings))
        slot = stack.enter_context(engine_slot(settings.database_url))
        database = stack.enter_context(open_database(settings))
        app: ASGIApp = stack.enter_context(
            running_app(
                slot,
                settings,
                database,
                programme,
                sender=_Taken(),
                clock=clock,
                log=structlog.get_logger(),
            )
        )
        path = sqlite_path(place.url)
        if path is not None:
            parts = _by_hand(path, place.folder, settings, programme, clock)
            app = _side_by_side(app, stack.enter_context(rest_app(parts)))
        # The socket listens already: what is asked before the loop runs waits in its queue.
        to_parent.send(listener.getsockname()[1])
        serve_until_stopped(app, listener)


def _by_hand(
    path: Path, folder: Path, settings: Settings, programme: Programme, clock: Clock
) -> RestParts:
    return RestParts(
        database_path=path,
        programme=programme,
        identity=DemoIdentity(demo_token_key(folder), clock),
        card_keys=card_keys(folder),
        image_key=image_key(folder),
        public_url=settings.public_url,
        clock=clock,
        random_bytes=ids.random_bytes,
    )


def _side_by_side(app: ASGIApp, by_hand: ASGIApp) -> ASGIApp:
    """One server for both, and nothing of one in the way of the other."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        is_rest = scope["type"] == "http" and scope["path"].startswith("/rest/")
        await (by_hand if is_rest else app)(scope, receive, send)

    return both


class _Taken:
    """Takes every push at once: the worker runs beside the requests, as it does in a shop."""

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        return [
            Outcome(nudge_id=push.nudge_id, device_id=push.device_id, kind=OutcomeKind.SENT)
            for push in pushes
        ]

    async def close(self) -> None:
        """Nothing is open."""
