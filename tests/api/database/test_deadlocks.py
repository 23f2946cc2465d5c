"""Several who write for many members at once never wait for each other in a circle."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import psycopg
import pytest

from api.database import Database
from api.imports.playing import Played, Player
from api.imports.reading import Row
from gamification.actions.sweep_points import sweep_points
from gamification.idempotency.rules import Answer
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.timeline import store as timeline
from tests.api.database.at_once import TOGETHER_S_MAX, at_once
from tests.databases import only_postgresql
from tests.journeys.story import wait_until
from tests.world import World

pytestmark = only_postgresql

LONG_AGO = datetime(2024, 1, 5, 11, 0, tzinfo=UTC)
RUN_OUT = LONG_AGO + timedelta(days=400)  # what was earned long ago
ROUNDS = 5
EVERYONE = [f"m{number}" for number in range(120)]
SOME, OTHERS = EVERYONE[:40], EVERYONE[20:60]  # whom two imports are about
GUESTS = EVERYONE[60:80]  # who come to a till meanwhile
SWEPT = EVERYONE[80:100], EVERYONE[100:]
NAMES = "SELECT external_id FROM person"

DEADLOCKS = b"SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
OTHERS_THERE = b"""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
WAITING = OTHERS_THERE + b" AND wait_event_type = 'Lock'"
LOCK = b"SELECT last_number FROM timeline WHERE member_id = %s FOR UPDATE NOWAIT"


def number(url: str, query: bytes) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(autouse=True)
def _without_deadlocks(database: Database) -> Iterator[None]:
    before = number(database.url, DEADLOCKS)
    yield
    database.close()
    # A server process counts its deadlocks together with all the rest when it ends, if not before.
    wait_until(lambda: number(database.url, OTHERS_THERE) == 0)
    assert number(database.url, DEADLOCKS) == before


class Log:
    """Purchases of a shop's log; each is another one."""

    def __init__(self) -> None:
        self._lines = 0

    def rows(self, names: Sequence[str], moment: datetime) -> list[Row]:
        return [self._row(name, moment) for name in names]

    def _row(self, name: str, moment: datetime) -> Row:
        self._lines += 1
        return Row(
            line=self._lines,
            moment=moment,
            member=name,
            amount_minor=10_00,
            key=f"line-{self._lines}",
            fingerprint="",
            receipt=None,
            store=None,
            category=None,
            quantity=1,
            name=None,
        )


def importing(world: World, rows: Sequence[Row]) -> Callable[[], list[Played]]:
    """An import of its own, in one batch."""
    player = Player(programme=world.programme, now=world.now)
    return lambda: player.play(world.database, rows)


def sweeping(world: World, ids: Sequence[str]) -> Callable[[], list[str]]:
    """A sweep of members whose ids follow one another."""
    before = f"{int(ids[0], 16) - 1:032x}"
    sweep = partial(sweep_points, occasion=world.occasion(), after=before, most=len(ids))
    return lambda: world.write(sweep)


def selling(world: World, guests: Sequence[MemberRecord]) -> Callable[[], list[Answer]]:
    """A till to which guests come, one by one."""
    return lambda: [world.buy(guest) for guest in guests]


def known(world: World, names: Sequence[str]) -> list[MemberRecord]:
    found = [world.read(lambda c, name=name: members.by_external_id(c, name)) for name in names]
    return [member for member in found if member is not None]


def failures(answers: Sequence[Any]) -> list[Any]:
    played = [each for rows in answers if isinstance(rows, list) for each in rows]
    return [each for each in answers if isinstance(each, Exception)] + [
        each for each in played if isinstance(each, Played) and each.refused
    ]


def test_imports_sweeps_and_tills_at_once_never_wait_in_a_circle(world: World) -> None:
    log, chance = Log(), random.Random(5)  # noqa: S311 -- every run is the same
    importing(world, log.rows(EVERYONE, LONG_AGO))()
    guests = known(world, GUESTS)
    swept = [[member.id for member in known(world, names)] for names in SWEPT]

    def shuffled(names: Sequence[str]) -> list[Row]:
        """Purchases, and others that came when the points of these had run out."""
        earlier, later = chance.sample(names, len(names)), chance.sample(names, len(names))
        return [*log.rows(earlier, LONG_AGO), *log.rows(later, RUN_OUT)]

    for _ in range(ROUNDS):
        importing(world, log.rows([*GUESTS, *SWEPT[0], *SWEPT[1]], LONG_AGO))()
        answers = at_once(
            importing(world, shuffled(SOME)),
            importing(world, shuffled(OTHERS)),
            selling(world, chance.sample(guests, len(guests))),
            *(sweeping(world, ids) for ids in swept),
        )
        assert failures(answers) == []
        assert answers[-2:] == swept
    assert world.violations() == []


def test_imports_at_once_that_enrol_the_same_members_enrol_each_once(world: World) -> None:
    log, chance = Log(), random.Random(5)  # noqa: S311 -- as above
    batches = [
        [importing(world, log.rows(chance.sample(EVERYONE, 10), LONG_AGO)) for _ in range(20)]
        for _ in range(3)
    ]
    answers = at_once(*(lambda each=each: [play() for play in each] for each in batches))
    assert [each for each in answers if isinstance(each, Exception)] == []
    played = [each for plays in answers for rows in plays for each in rows]
    assert len([each for each in played if each.enrolled]) == len({*world.rows(NAMES)})
    assert [each for each in played if each.refused] == []


def test_who_marks_many_takes_them_in_the_order_of_their_ids(world: World) -> None:
    first, second = sorted(world.enrol(name).id for name in ("Ola", "Jan"))

    def mark(*ids: str) -> Callable[[], None]:
        return lambda: world.write(
            lambda c: timeline.mark_fresh(c, ids, now=world.now + timedelta(seconds=len(ids)))
        )

    mark(first)()  # which now stands behind the second in the table

    def hold() -> None:
        with psycopg.connect(world.database.url) as connection:
            connection.execute(LOCK, [first])
            meeting.set()
            wait_until(lambda: number(world.database.url, WAITING) == 1)
            connection.execute(LOCK, [second])  # as the courier and the sweeps do

    meeting = Event()
    answers = at_once(hold, lambda: meeting.wait(TOGETHER_S_MAX) and mark(first, second)())
    assert answers == [None, None]
