"""Assembles the application from the settings, and serves it until it is asked to stop."""

import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from structlog.typing import FilteringBoundLogger

from api.app import Parts, build_app
from api.clock import Clock
from api.database import Database, DatabaseBusy, DatabaseRefused, database_at, sqlite_path, turns
from api.identity import DemoIdentity, FirebaseIdentity, Identity, open_firebase_app
from api.images import ImageAddresses
from api.keys import card_keys, demo_token_key, image_key
from api.migrate import head, migrate, revision_of
from api.settings import Settings
from api.slots import Slot
from api.streams.frames import FRAME_BYTES_MAX
from api.worker import OwnedSender, Worker
from gamification.programme.values import Programme
from notifications.firebase import FirebaseSender, firebase_app

GRACE_S = 10  # what requests in flight get after SIGTERM; longer than a request's deadline helps
# The thread that writes lets go of the interpreter at each statement; with the usual 5 ms it would
# wait so long for it each time while requests are read (a sixth more purchases, tried in turns).
SWITCH_EVERY_S = 0.0005
BACKLOG = 2048  # connections that wait to be taken
HEADERS_S_MAX = 5  # an idle connection is let go


# Taken like any other write, and refused like one; it changes nothing and locks no row.
_EMPTY_WRITE = "UPDATE alembic_version SET version_num = version_num WHERE 1 = 0"


class StartRefused(Exception):  # noqa: N818 -- one clear line for whoever starts the server
    """The server cannot start; the message says why and what to do."""


@contextmanager
def open_database(settings: Settings, *, writes: bool = False) -> Iterator[Database]:
    """The migrated database of the settings. Raises DatabaseRefused.

    One that `writes` are demanded of is tried first. What raises DatabaseBusy in the block then
    names the database.
    """
    path = sqlite_path(settings.database_url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseRefused(f"{path.parent}: {error.strerror}") from error
    database = database_at(settings.database_url)
    try:
        migrate(database)
        with _named(database):
            if writes:
                database.write_now(lambda connection: connection.driver.execute(_EMPTY_WRITE))
            yield database
    finally:
        database.close()


@contextmanager
def open_existing(settings: Settings) -> Iterator[Database]:
    """The database of the settings as it is: nothing is made or changed.

    Raises DatabaseRefused for one that is not there, or that this version has not migrated. What
    raises DatabaseBusy in the block then names the database.
    """
    path = sqlite_path(settings.database_url)
    if path is not None and not path.is_file():
        raise DatabaseRefused(f"{path}: there is no database; REGULARS_DATABASE_URL names another")
    database = database_at(settings.database_url)
    try:
        found = revision_of(database)
        if found != head():
            stands = f"is at revision {found}" if found else "holds no tables of ours"
            raise DatabaseRefused(
                f"{database.name}: {stands}, and this version needs {head()}: "
                "`regulars migrate` helps"
            )
        with _named(database):
            yield database
    finally:
        database.close()


@contextmanager
def _named(database: Database) -> Iterator[None]:
    """Put the database's name before what it says when it is busy."""
    try:
        yield
    except DatabaseBusy as busy:
        raise DatabaseBusy(f"{database.name}: {busy}") from busy


def production_sender(settings: Settings) -> OwnedSender:
    """The sender that reaches phones. Raises StartRefused without credentials."""
    if settings.firebase_credentials is None:
        raise StartRefused(
            "REGULARS_FIREBASE_CREDENTIALS: name the service account's file, so that pushes "
            "can be sent"
        )
    try:
        return FirebaseSender(firebase_app(settings.firebase_credentials))
    except (ValueError, AttributeError, OSError) as error:
        raise StartRefused(
            f"REGULARS_FIREBASE_CREDENTIALS: {settings.firebase_credentials} is no service "
            "account's file"
        ) from error


def identity_of(settings: Settings, clock: Clock) -> Identity:
    """How tokens are checked. Raises StartRefused."""
    if settings.identity == "demo":
        return DemoIdentity(demo_token_key(settings.data_dir), clock)
    try:
        app = open_firebase_app(
            credentials_path=settings.firebase_credentials, project=settings.firebase_project
        )
    except ValueError as error:
        raise StartRefused(f"REGULARS_FIREBASE_PROJECT: {error}") from error
    return FirebaseIdentity(app, clock)


@contextmanager
def running_worker(
    slot: Slot,
    database: Database,
    programme: Programme,
    *,
    sender: OwnedSender,
    clock: Clock,
    log: FilteringBoundLogger,
) -> Iterator[Worker]:
    """A worker in its slot, until the block ends.

    Raises DatabaseRefused at the end when another process has taken the slot: then this process
    does not end with exit code 0, and whoever restarts what failed starts it again.
    """
    worker = Worker(
        database=database, programme=programme, sender=sender, clock=clock, log=log, slot=slot
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
    if worker.lost_slot:
        raise DatabaseRefused(
            f"{database.name}: another process took {slot.executor_id}, the engine slot of this one"
        )


def assemble(
    settings: Settings,
    database: Database,
    programme: Programme,
    *,
    clock: Clock,
    log: FilteringBoundLogger,
    is_worker_ready: Callable[[], bool],
) -> Starlette:
    """The application over an open database."""
    return build_app(
        Parts(
            database=database,
            programme=programme,
            identity=identity_of(settings, clock),
            card_keys=card_keys(settings.data_dir),
            images=ImageAddresses(
                key=image_key(settings.data_dir), public_url=settings.public_url.rstrip("/")
            ),
            clock=clock,
            log=log,
            ide=settings.env != "production",
            is_worker_ready=is_worker_ready,
        )
    )


@contextmanager
def running_app(
    slot: Slot,
    settings: Settings,
    database: Database,
    programme: Programme,
    *,
    sender: OwnedSender,
    clock: Clock,
    log: FilteringBoundLogger,
) -> Iterator[Starlette]:
    """The application with a worker running beside it, until the block ends."""
    with running_worker(slot, database, programme, sender=sender, clock=clock, log=log) as worker:
        yield assemble(
            settings, database, programme, clock=clock, log=log, is_worker_ready=worker.is_ready
        )


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises StartRefused when the port is taken or not allowed."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        advice = "" if isinstance(error, socket.gaierror) else "; choose another port by --port"
        raise StartRefused(f"{settings.host}:{settings.port}: {reason}{advice}") from error


@contextmanager
def listening_apart(settings: Settings, *, count: int) -> Iterator[list[socket.socket]]:
    """A socket for each of `count` processes at one address. Raises StartRefused as `listen` does.

    The system shares connections out among them; of one socket in common, the process that is
    awake would take nearly all.
    """
    with ExitStack() as stack:
        # Without sharing, so that an address which another program has is refused.
        with listen(settings) as probe:
            address = probe.getsockname()[:2]
        yield [
            stack.enter_context(
                socket.create_server(address, backlog=BACKLOG, reuse_port=count > 1)
            )
            for _ in range(count)
        ]


class _Server(uvicorn.Server):
    """Lets streams say goodbye before it stops: by itself it would wait for them in vain."""

    def __init__(self, config: uvicorn.Config, app: ASGIApp) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams, and finish what else is in flight."""
        if isinstance(self._app, Starlette):
            await self._app.state.streams.end()
        await super().shutdown(sockets)


def serve_until_stopped(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; what is in flight is finished first."""
    sys.setswitchinterval(SWITCH_EVERY_S)
    # What the program is made of stays: looking through it for garbage stopped all for 170 ms.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=HEADERS_S_MAX,
        ws_max_size=FRAME_BYTES_MAX,
        ws_per_message_deflate=False,  # a window for each connection costs more than it saves
    )
    # uvicorn raises the signal again once it has stopped; by then the work is done.
    with ignoring(signal.SIGTERM, signal.SIGINT):
        _Server(config, app).run(sockets=[listener])


@contextmanager
def ignoring(
    *signals: signal.Signals, instead: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Do something else than die of these signals until the block ends."""
    before = {each: signal.signal(each, lambda *_: instead()) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def remove_database(path: Path) -> None:
    """Delete an SQLite file with what stands beside it."""
    for suffix in ("", "-wal", "-shm", *turns.SUFFIXES):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
