from datetime import timedelta

import pytest

from gamification.points.rules import EntryKind
from tests.gamification.properties.crowd import Crowd, old_friends
from tests.slow_points import with_slow_points
from tests.world import World

SEED = 11


@pytest.mark.parametrize(("members", "threads", "turns"), [(1, 16, 6), (4, 8, 12)])
def test_whatever_many_do_to_few_at_once_every_promise_holds(
    world: World, members: int, threads: int, turns: int
) -> None:
    world.programme = with_slow_points(world.programme, days=2)
    friends = old_friends(world, members)
    crowd = Crowd(world=world, members=friends, seed=SEED, step=timedelta(hours=6))
    done = crowd.act(threads=threads, turns_each=turns)
    assert done.total() == threads * turns
    assert world.violations() == []
    assert {*world.rows("SELECT DISTINCT kind FROM entry")} >= {EntryKind.COOL, EntryKind.RELEASE}
    stored = world.rows("SELECT outcome FROM idempotency")
    # First purchases and visits were asked for outside of what is remembered.
    assert len(stored) == members + done["drop_in"] + len(crowd.asked)
