"""The application of a place in a thread of this process, where one can look into it."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from api.app import Parts, build_app
from api.bench.world import Place, bench_settings
from api.clock import SystemClock
from api.database import Database
from api.identity import DemoIdentity
from api.images import ImageAddresses
from api.keys import card_keys, demo_token_key, image_key
from api.loopback import serve_in_thread
from gamification.programme.check import load_programme


@contextmanager
def app_in_thread(place: Place, database: Database) -> Iterator[int]:
    """The port at which it answers until the block ends; nothing else works on the database."""
    settings, clock = bench_settings(place), SystemClock()
    parts = Parts(
        database=database,
        programme=load_programme(settings.programme),
        identity=DemoIdentity(demo_token_key(place.folder), clock),
        card_keys=card_keys(place.folder),
        images=ImageAddresses(key=image_key(place.folder), public_url=settings.public_url),
        clock=clock,
        log=structlog.get_logger(),
        ide=False,
        is_worker_ready=lambda: True,
    )
    with serve_in_thread(build_app(parts)) as url:
        yield int(url.rpartition(":")[2])
