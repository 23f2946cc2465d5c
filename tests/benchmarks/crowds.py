"""Many members with points, purchases, consents and phones: some act, the others are copies."""

import random
from collections.abc import Sequence

from api.database import Database
from api.tables import METADATA
from gamification.members.rules import MemberRecord
from tests.notifications.nudging import consent, device
from tests.world import World

# What a copy has of its own. An activity and its entry stay those of whom it was copied from.
_COPIED = {
    "member": ("id",),
    "person": ("member_id",),
    "timeline": ("member_id",),
    "fact": ("member_id",),
    "bucket": ("member_id",),
    "account": ("id", "member_id"),
    "lot": ("id", "member_id"),
    "consent": ("member_id",),
    "device": ("id", "member_id"),
}
_ORIGINAL = "00000000"  # as ids of `World.new_id` begin


def willing_crowd(world: World, names: Sequence[str], *, seed: int) -> list[MemberRecord]:
    """Members near a reward or a tier, who joined just now; nine of ten allow to be told of it."""
    chance = random.Random(seed)  # noqa: S311 -- every run is the same
    crowd = []
    for name in names:
        member = world.enrol(name, locale=chance.choice(("en", "pl", "ru", "zh-Hant")))
        device(world, member, name)
        for category in ("marketing", "reminders"):
            consent(world, member, category=category, granted=chance.random() < 0.9)
        near_tier = chance.random() < 0.2
        total = chance.randrange(42500, 49900) if near_tier else chance.randrange(3400, 3900)
        world.buy(member, f"{total / 100:.2f}")
        crowd.append(member)
    return crowd


def multiply(database: Database, *, copies: int) -> None:
    """Write so many copies of every member, who has not been copied yet."""
    for copy in range(1, copies + 1):
        for table in _COPIED:
            statement = _copying(table, f"{copy:08x}")
            database.write_now(lambda c, statement=statement: c.driver.execute(statement))  # type: ignore[misc]  # one text
    if database.url.startswith("postgresql"):
        database.write_now(lambda c: c.driver.execute("ANALYZE"))


def _copying(table: str, copy: str) -> str:
    names = [column.name for column in METADATA.tables[table].columns]
    taken = {key: f"'{copy}' || substr({key}, 9)" for key in _COPIED[table]}
    taken["number"] = f"'{copy}' || number" if table == "member" else "number"
    taken |= {name: f"'{copy}' || {name}" for name in ("address", "subject")}
    return (
        f"INSERT INTO {table} ({', '.join(names)})"  # noqa: S608 -- our own names
        f" SELECT {', '.join(taken.get(name, name) for name in names)} FROM {table}"
        f" WHERE substr({_COPIED[table][0]}, 1, 8) = '{_ORIGINAL}'"
        f" AND {_COPIED[table][-1]} IS NOT NULL"
    )
