"""A year of messages to 10,000 members, some of whom act and all of whom travel and decide anew.

The others are copies of members, who come near things only as time goes on.
"""

from pathlib import Path

import pytest

from api.database import Database
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from tests.benchmarks.crowds import multiply
from tests.drills.drill import Drill
from tests.notifications.judge import judged
from tests.notifications.year import Year, everybody, world_of_a_year

pytestmark = pytest.mark.drill

ORIGINALS, ACTING = 250, 120
MEMBERS_SHORT, MEMBERS_LONG = 1_000, 10_000
EVERY_DAYS_SHORT, EVERY_DAYS_LONG = 14, 7
CAFE = Path(__file__).parents[2] / "gamification/programmes/cafe.toml"


def test_a_year_of_messages_to_many_keeps_to_what_they_allow(
    database: Database, market: Programme, drill: Drill
) -> None:
    world = world_of_a_year(database, market, load_programme(CAFE))
    year = Year(world, chance=drill.chance())
    year.enrol(ORIGINALS)
    count = drill.rounds(short=MEMBERS_SHORT, long=MEMBERS_LONG)
    multiply(database, copies=count // ORIGINALS - 1)
    members = everybody(world)
    year.begin(members, acting=ACTING)
    every = drill.rounds(short=EVERY_DAYS_SHORT, long=EVERY_DAYS_LONG)
    year.live(days=360, step=1, acts=2, changes=4, every=every)
    seen = judged(year.judge, world, share_error_max=0.04)
    drill.tell(database=database.url.partition(":")[0], members=len(members), **seen)
