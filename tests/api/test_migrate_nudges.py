"""What the version before kept of members' attention in a table of its own."""

import pytest

from api.database import Database, database_at
from api.migrate import migrate
from tests.api.older_rows import contents, fill
from tests.databases import only_sqlite
from tests.world import World

_NUDGE = (
    "INSERT INTO nudge (id, member_id, key, rule, target_kind, target_id, params, state, attempts,"
    " not_before, planned_at, programme_version)"
    " VALUES ('{id}', '{member}', '{id}', 'near_reward', 'reward', 'coffee', '{{}}', 'sent', 0,"
    " '2026-03-02T11:00:00.000000Z', '2026-03-02T11:00:00.000000Z', 'x')"
)
_CLAIM = "INSERT INTO attention_claim VALUES ('{member}', '{day}', '{id}')"


@pytest.fixture
def older(new_url: str) -> Database:
    database = database_at(new_url)
    migrate(database, to="0013")
    return database


@only_sqlite  # where the member comes from; it goes to both
def test_the_day_that_a_push_took_stands_in_its_row_afterwards(
    world: World, older: Database
) -> None:
    member = world.enrol().id
    fill(older, contents(world.database))
    for statement in (
        _NUDGE.format(id="pushed", member=member),
        _NUDGE.format(id="not pushed", member=member),
        _CLAIM.format(member=member, day="2026-03-02", id="pushed"),
        _CLAIM.format(member=member, day="2026-03-03", id="pushed"),  # tried again the next day
    ):
        older.write_now(lambda c, sql=statement: c.driver.execute(sql))  # type: ignore[misc]  # one
    migrate(older)
    found = older.read_now(
        lambda c: c.driver.execute(
            "SELECT id, CAST(claimed_on AS VARCHAR(10)), category, arm FROM nudge ORDER BY id"
        ).fetchall()
    )
    older.close()
    assert [tuple(row) for row in found] == [
        ("not pushed", None, "marketing", None),
        ("pushed", "2026-03-03", "marketing", None),
    ]
