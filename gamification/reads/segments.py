"""The segments of every member, batch by batch."""

from collections.abc import Iterator
from datetime import datetime

from gamification.database import Connection
from gamification.effects.placing import Placed, place_all
from gamification.members import store as members
from gamification.programme.values import Programme

BATCH = 1_000  # members whose facts are in memory at one time


def everybody_placed(
    connection: Connection, programme: Programme, *, now: datetime
) -> Iterator[Placed]:
    """Every member who is not forgotten, in the order of the ids."""
    after = ""
    while ids := members.ids_after(connection, after, most=BATCH):
        yield from place_all(connection, programme, first=ids[0], last=ids[-1], now=now)
        after = ids[-1]
