"""The world of the demo, where a newcomer finds something to do."""

from datetime import UTC, datetime
from pathlib import Path

from api.database import Database
from api.demo.cast import NAMED, REVIEWS
from api.demo.world import World as DemoWorld
from api.keys import card_keys
from gamification.claims import store as claims
from gamification.programme.values import Programme
from tests.databases import only_sqlite

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@only_sqlite  # what is built is the same on both
def test_reviews_wait_for_staff_in_the_demo(
    database: Database, programme: Programme, tmp_path: Path
) -> None:
    world = DemoWorld(database, programme, keys=card_keys(tmp_path), now=NOW)
    assert world.build(len(NAMED), progress=lambda _done, _days: None) > 0
    waiting = database.read_now(lambda c: claims.waiting(c, most=100))
    assert sorted(each.attributes["product"] for each in waiting) == sorted(
        each.product for each in REVIEWS
    )
    assert all(each.claimed_at < NOW for each in waiting)
