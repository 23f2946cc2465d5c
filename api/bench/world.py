"""The world of the benchmark: the demo's café in a folder of its own, and who asks."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from api import ids
from api.clock import Clock
from api.database import Database, database_at
from api.demo.cast import STAFF
from api.demo.world import World
from api.identity import OPAQUE_BYTES, issue_demo_token, new_opaque_key
from api.keys import CardKeys, card_keys, demo_token_key
from api.migrate import migrate
from api.settings import Settings, load_settings
from gamification.programme.check import load_programme
from gamification.staff import store as staff
from gamification.staff.rules import Role

TOKEN_LIFE = timedelta(days=1)


_WHO = (
    "SELECT subject, number, handle, member.id FROM person"
    " JOIN member ON member.id = person.member_id"
    " JOIN card ON card.member_id = member.id ORDER BY number"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a café stands: its keys in a folder, its rows in a database."""

    folder: Path
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """A member whose home screen is asked for, and who buys."""

    member_id: str
    token: str
    number: str
    handle: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchWorld:
    """Who asks, and with what keys."""

    askers: tuple[Asker, ...]
    system_key: str
    clerk_token: str
    card_keys: CardKeys


def bench_settings(place: Place) -> Settings:
    """Settings of a server of that place, whatever the environment says of another one."""
    return load_settings(
        env="demo",
        identity="demo",
        data_dir=place.folder,
        database_url=place.url,
        log_level="warning",
    )


def build_world(place: Place, *, members: int, clock: Clock) -> BenchWorld:
    """Play the demo's year into an empty database."""
    settings = bench_settings(place)
    keys = card_keys(place.folder)
    key_text, key_hash = new_opaque_key(ids.random_bytes(OPAQUE_BYTES))
    system = next(each for each in STAFF if each.role is Role.SYSTEM)
    now = clock.now()
    database = database_at(settings.database_url)
    try:
        migrate(database)
        world = World(database, load_programme(settings.programme), keys=keys, now=now)
        world.build(members, progress=lambda _done, _days: None)
        database.write_now(
            lambda c: staff.add_key(c, key_hash=key_hash, staff_id=system.id, now=now)
        )
        rows = _who(database)
    finally:
        database.close()
    signing_key = demo_token_key(place.folder)
    clerk = next(each for each in STAFF if each.role is Role.CLERK)
    life_s = int(TOKEN_LIFE.total_seconds())
    return BenchWorld(
        askers=tuple(
            Asker(
                member_id=member_id,
                token=issue_demo_token(signing_key, subject=subject, now=now, ttl_s=life_s),
                number=number,
                handle=bytes.fromhex(handle),
            )
            for subject, number, handle, member_id in rows
        ),
        system_key=key_text,
        clerk_token=issue_demo_token(
            signing_key,
            subject=clerk.id,
            role=clerk.role,
            store_id=clerk.store_id,
            staff_id=clerk.id,
            now=now,
            ttl_s=life_s,
        ),
        card_keys=keys,
    )


def _who(database: Database) -> list[Any]:
    return list(database.read_now(lambda c: c.driver.execute(_WHO).fetchall()))
