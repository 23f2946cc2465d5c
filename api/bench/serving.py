"""The server that is measured: a child process on one core, with the hand-written routes beside."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api import ids
from api.bench.rest import RestParts, rest_app
from api.bench.world import bench_settings
from api.clock import SystemClock
from api.identity import DemoIdentity
from api.keys import card_keys, demo_token_key, image_key
from api.logs import configure_logs
from api.server import listen, open_database, running_app, serve_until_stopped
from gamification.programme.check import load_programme
from notifications.sender import Outcome, OutcomeKind, Push

START_S_MAX = 60.0
STOP_S_MAX = 20.0

# A child begins with a clean interpreter: a fork would share the parent's memory and threads.
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """A running server."""

    port: int
    pid: int

    def memory_mb(self) -> tuple[float, float]:
        """The resident memory now, and the most there ever was."""
        text = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
        return now, most

    def cpu_s(self) -> float:
        """The processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path, *, core: int | None) -> Iterator[Serving]:
    """A server of the world in `folder`, on one core where that is not None, until the end."""
    ours, theirs = _spawn.Pipe()
    child = _spawn.Process(target=_serve, args=(folder, core, theirs), daemon=True)
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


def pin(core: int | None) -> None:
    """Keep this process on one core; None leaves it where it is."""
    if core is not None:
        os.sched_setaffinity(0, {core})


def _serve(folder: Path, core: int | None, to_parent: Connection) -> None:
    pin(core)
    settings = bench_settings(folder).model_copy(update={"port": 0})
    configure_logs(level=settings.log_level)
    programme, clock = load_programme(settings.programme), SystemClock()
    with (
        listen(settings) as listener,
        open_database(settings) as database,
        running_app(
            settings,
            database,
            sender=_Taken(),
            clock=clock,
            log=structlog.get_logger(),
            programme=programme,
        ) as app,
        rest_app(
            RestParts(
                database_path=folder / "bench.sqlite",
                programme=programme,
                identity=DemoIdentity(demo_token_key(folder), clock),
                card_keys=card_keys(folder),
                image_key=image_key(folder),
                public_url=settings.public_url,
                clock=clock,
                random_bytes=ids.random_bytes,
            )
        ) as by_hand,
    ):
        # The socket listens already: what is asked before the loop runs waits in its queue.
        to_parent.send(listener.getsockname()[1])
        serve_until_stopped(_side_by_side(app, by_hand), listener)


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
