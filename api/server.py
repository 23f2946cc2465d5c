"""Assembles the application from the settings, and serves it until it is asked to stop."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from structlog.typing import FilteringBoundLogger

from api.app import Parts, build_app
from api.clock import Clock
from api.database import Database, DatabaseRefused, sqlite_path
from api.identity import DemoIdentity, FirebaseIdentity, Identity, open_firebase_app
from api.images import ImageAddresses
from api.keys import card_keys, demo_token_key, image_key
from api.lock import sole_user
from api.migrate import head, migrate, revision_of
from api.settings import Settings
from api.worker import OwnedSender, Worker
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from notifications.firebase import FirebaseSender, firebase_app

GRACE_S = 10  # what requests in flight get after SIGTERM; longer than a request's deadline helps
HEADERS_S_MAX = 5  # an idle connection is let go


class StartRefused(Exception):  # noqa: N818 -- one clear line for whoever starts the server
    """The server cannot start; the message says why and what to do."""


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The migrated database of the settings. Raises DatabaseRefused."""
    path = sqlite_path(settings.database_url)
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseRefused(f"{path.parent}: {error.strerror}") from error
    database = Database(settings.database_url)
    try:
        migrate(database.engine)
        yield database
    finally:
        database.close()


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """Be the only server of the settings' database until the block ends. Raises DatabaseRefused."""
    path = sqlite_path(settings.database_url)
    with sole_user(path) if path else contextlib.nullcontext():
        yield


@contextmanager
def open_existing(settings: Settings) -> Iterator[Database]:
    """The database of the settings as it is: nothing is made or changed.

    Raises DatabaseRefused for one that is not there, or that this version has not migrated.
    """
    path = sqlite_path(settings.database_url)
    if path is not None and not path.is_file():
        raise DatabaseRefused(f"{path}: there is no database; REGULARS_DATABASE_URL names another")
    database = Database(settings.database_url)
    try:
        found = revision_of(database.engine)
        if found != head():
            stands = f"is at revision {found}" if found else "holds no tables of ours"
            raise DatabaseRefused(
                f"{path}: {stands}, and this version needs {head()}: `regulars migrate` helps"
            )
        yield database
    finally:
        database.close()


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
def running_app(
    settings: Settings,
    database: Database,
    *,
    sender: OwnedSender,
    clock: Clock,
    log: FilteringBoundLogger,
    programme: Programme | None = None,
) -> Iterator[Starlette]:
    """The application with its worker running beside it, until the block ends."""
    programme = programme or load_programme(settings.programme)
    worker = Worker(database=database, programme=programme, sender=sender, clock=clock, log=log)
    parts = Parts(
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
        is_worker_ready=worker.is_ready,
    )
    app = build_app(parts)
    worker.start()
    try:
        yield app
    finally:
        worker.stop()


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises StartRefused when the port is taken or not allowed."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        advice = "" if isinstance(error, socket.gaierror) else "; choose another port by --port"
        raise StartRefused(f"{settings.host}:{settings.port}: {reason}{advice}") from error


def serve_until_stopped(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; what is in flight is finished first."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=HEADERS_S_MAX,
    )
    # uvicorn raises the signal again once it has stopped; by then the work is done.
    with _ignoring(signal.SIGTERM, signal.SIGINT):
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _ignoring(*signals: signal.Signals) -> Iterator[None]:
    before = {each: signal.signal(each, lambda *_: None) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def remove_database(path: Path) -> None:
    """Delete an SQLite file with what stands beside it."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
