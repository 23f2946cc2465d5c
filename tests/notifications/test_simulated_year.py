"""A year of messages in twelve time zones: nobody is told what, or when, they did not allow."""

import random

from tests.notifications.judge import judged
from tests.notifications.year import Year, everybody, world_of_a_year

MEMBERS, ACTING = 300, 60
SEED = 11


def test_a_year_of_messages_keeps_to_what_members_allow(database, market, programme):
    world = world_of_a_year(database, market, programme)
    year = Year(world, chance=random.Random(SEED))  # noqa: S311 -- every run is the same
    year.enrol(MEMBERS)
    year.begin(everybody(world), acting=ACTING)
    year.live(days=360, step=2, acts=1, changes=1, every=4)
    judged(year.judge, world, share_error_max=0.065)
