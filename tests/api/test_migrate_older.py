"""A process of the version before chains, which goes on writing after the migration."""

import sqlite3
from typing import Any

import psycopg
import pytest
import sqlalchemy

from api.tables import METADATA
from tests.databases import only_postgresql, only_sqlite
from tests.world import World

UNKNOWN = {"entry": {"from_hash", "to_hash"}, "account": {"head", "moved_at"}}  # to that version
LATE = {"id": "late", "cause": "late", "from_version": 901, "to_version": 902}
HASHES = {"from_hash": b"x", "to_hash": b"x"}
REFUSED = (sqlite3.IntegrityError, psycopg.errors.RaiseException)
SAYS = "written by an older version, which knows no chain"


def known(world: World, table: str) -> dict[str, Any]:
    """A row of a table, as that version knew it."""
    row = world.read(lambda c: c.all(sqlalchemy.select(METADATA.tables[table])))[-1]._asdict()
    return {name: row[name] for name in row if name not in UNKNOWN[table]}


def insert(world: World, table: str, row: dict[str, Any]) -> None:
    """Write a row with these columns and no others."""
    values = {name: sqlalchemy.bindparam(name) for name in row}
    statement = METADATA.tables[table].insert().values(values)
    world.write(lambda c: c.run(statement, **row))


@pytest.mark.parametrize("left_out", [{*HASHES}, {"from_hash"}, {"to_hash"}])
def test_an_entry_outside_the_chains_is_refused(world: World, left_out: set[str]) -> None:
    world.buy(world.enrol())
    entry, before = known(world, "entry") | LATE, world.contents()
    given = {name: link for name, link in HASHES.items() if name not in left_out}
    with pytest.raises(REFUSED, match=SAYS):
        insert(world, "entry", entry | given)
    assert world.contents() == before
    insert(world, "entry", entry | HASHES)


@only_sqlite
def test_an_account_whose_chain_has_no_beginning_is_refused(world: World) -> None:
    world.enrol()
    account, before = known(world, "account") | {"id": "late"}, world.contents()
    with pytest.raises(REFUSED, match=SAYS):
        insert(world, "account", account)
    assert world.contents() == before


@only_postgresql
def test_an_account_that_is_opened_without_a_chain_begins_one(world: World) -> None:
    world.enrol()
    insert(world, "account", known(world, "account") | {"id": "late"})
    assert world.rows("SELECT head FROM account WHERE id = 'late'") == [b""]
