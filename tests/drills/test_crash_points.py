"""Every point at which a write can break off, one by one: all of it is done, or nothing."""

from collections import Counter
from collections.abc import Iterator

import pytest

from api.database import DatabaseBusy, database_at, postgresql
from gamification.programme.values import Programme
from tests.drills.drill import Drill
from tests.drills.further_scenes import FURTHER_SCENES
from tests.drills.places import Place, place_of
from tests.drills.rehearsal import Rehearsal
from tests.drills.repeatable import RepeatableWorld
from tests.drills.scenes import SCENES
from tests.drills.watch import Blow, Killed, Unforeseen, moments

pytestmark = pytest.mark.drill

EVERY_SCENE = {**SCENES, **FURTHER_SCENES}


@pytest.fixture
def place(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(postgresql, "PAUSE_S_MAX", 0)  # there is nobody to meet again
    with place_of(database_url) as place:
        yield place


@pytest.fixture
def rehearsal(
    name: str, place: Place, database_url: str, programme: Programme
) -> Iterator[Rehearsal]:
    """The scene of that name, prepared."""
    database = database_at(database_url)
    world = RepeatableWorld(database, programme)
    action = EVERY_SCENE[name](world, "Ola")
    world.start_over()
    database.close()
    place.keep()
    with Rehearsal.of(place, world, action) as rehearsal:
        yield rehearsal


def fail(_blow: Blow) -> None:
    raise Unforeseen


@pytest.mark.parametrize("name", EVERY_SCENE)
def test_a_crash_at_any_statement_leaves_all_or_nothing(
    name: str, rehearsal: Rehearsal, database_url: str, drill: Drill
) -> None:
    """Whoever asked is told so by a type, unless the database could try again by itself."""
    tried: Counter[str] = Counter()
    for kind, strike in rehearsal.place.strikes.items():
        for moment in moments(rehearsal.statements):
            is_committed = rehearsal.is_committed(moment)
            if kind == "lost race" and is_committed:
                continue  # what is won cannot be lost
            told = rehearsal.assert_all_or_nothing_when_it_fails(rehearsal.driver, moment, strike)
            if kind == "process killed":
                assert isinstance(told, Killed), moment
            elif kind == "lost race":
                assert told is None, moment
            elif is_committed or kind == "driver error":
                assert isinstance(told, DatabaseBusy), (kind, moment)
            else:
                assert told is None or isinstance(told, DatabaseBusy), (kind, moment)
            tried[kind] += 1
    for moment in moments(rehearsal.domain_statements):
        told = rehearsal.assert_all_or_nothing_when_it_fails(rehearsal.domain, moment, fail)
        assert isinstance(told, Unforeseen), moment
        tried["fault of the program"] += 1
    drill.tell(
        action=name,
        database=database_url.partition(":")[0],
        statements=len(rehearsal.statements),
        crash_points=tried.total(),
        **{kind.replace(" ", "_"): count for kind, count in tried.items()},
    )
