"""A member whose name stands everywhere that input can enter, and who wants to be forgotten."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.drills.client import Connection, Unavailable, connections
from tests.drills.databases import DatabaseUnderTest
from tests.drills.drill import Drill
from tests.drills.lives import STRANGER, imported
from tests.drills.planted import content_of, found
from tests.drills.shop import Guest, Shop
from tests.drills.talkative_life import TalkativeLife

pytestmark = pytest.mark.drill

IDENTIFIERS_MIN = 70
LOST_RACE = b"error:  division by zero"  # see insert_once_into
UNKNOWN_NUMBER = "0000000000"
UNDECIDED = ("adjustments", "claims")
NEIGHBOURS = 5  # whose rows share the pages with the member's


def files_of(shop: Shop, folder: Path) -> Mapping[str, bytes]:
    """Wherever the member may still stand: the database as it lies there, and a new backup."""
    database = shop.database
    if database.server_log is not None:
        return {
            **dumped(database, folder),
            "log": shop.fleet.logs().lower().encode(),
            "log of the database": content_of(database.server_log),
        }
    files = {
        suffix or "file": content_of(database.file.with_name(database.file.name + suffix))
        for suffix in ("", "-wal", "-shm")
    }
    name = f"backup-{os.urandom(4).hex()}.sqlite"
    shop.installation.run("backup", name)
    copy = shop.installation.folder / name
    return {**files, "backup": content_of(copy), "log": shop.fleet.logs().lower().encode()}


def dumped(database: DatabaseUnderTest, folder: Path) -> Mapping[str, bytes]:
    path = folder / "dump.sql"
    program = shutil.which("pg_dump")
    assert program is not None
    subprocess.run((program, f"--file={path}", f"--dbname={database.url}"), check=True)  # noqa: S603 -- PostgreSQL's own program
    with psycopg.connect(database.url, autocommit=True) as connection:
        statistics = connection.execute("SELECT s::text FROM pg_stats s").fetchall()
        connection.execute("CHECKPOINT")
        files = connection.execute(
            "SELECT relname, current_setting('data_directory') || '/' || pg_relation_filepath(oid) "
            "FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL"
        ).fetchall()
    return {
        "dump": content_of(path),
        "statistics": str(statistics).lower().encode(),
        # Its log of writes has all of it, until it is used again: that is for whoever runs it.
        **{f"file of {name}": content_of(Path(file)) for name, file in files},
    }


def lost_races(database: DatabaseUnderTest) -> int:
    """How many of them PostgreSQL's own log tells of; SQLite has no log."""
    if database.server_log is None:
        return 0
    return content_of(database.server_log).count(LOST_RACE)


def gather_statistics(database: DatabaseUnderTest) -> None:
    """As PostgreSQL does by itself from time to time: they quote what stands in the tables."""
    with database.opened() as opened, opened.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("ANALYZE")


async def neighbours(shop: Shop, connection: Connection) -> list[Guest]:
    guests = [await shop.enrol(connection, f"neighbour-{number}") for number in range(NEIGHBOURS)]
    for guest in guests:
        await shop.allow_pushes(connection, guest)
    return guests


async def keep_buying(shop: Shop, guests: list[Guest], *, until: asyncio.Event) -> int:
    """Others shop on meanwhile; how many purchases were acknowledged."""
    bought = 0
    async with connections(shop.fleet.ports, len(guests)) as tills:
        while not until.is_set():
            for till, guest in zip(tills, guests, strict=True):
                given = {
                    "target": {"memberNumber": guest.number},
                    "total": "4.00",
                    "idempotencyKey": f"{guest.subject}-{bought}",
                }
                with suppress(Unavailable):
                    await till.run("Purchase", {"input": given}, token=shop.system_key)
                    bought += 1
    return bought


async def forget(shop: Shop, numbers: list[str], guests: list[Guest]) -> int:
    """Forget members while the servers serve others; how much those bought meanwhile."""
    done = asyncio.Event()
    buying = asyncio.create_task(keep_buying(shop, guests, until=done))
    try:
        for number in numbers:
            await asyncio.to_thread(shop.installation.run, "member", "forget", number, "--yes")
    finally:
        done.set()
    return await buying


async def expect_nothing_to_read(shop: Shop, life: TalkativeLife) -> None:
    """Nothing of the member waits for staff, and nobody reads what they said."""
    for operation, what, mine in (
        ("DecideClaim", "claimId", life.claim_id),
        ("DecideAdjustment", "adjustmentId", life.proposal_id),
    ):
        answers = []
        for each in (mine, f"{mine.partition('_')[0]}_{UNKNOWN_NUMBER}"):
            given = {what: each, "approve": True, "idempotencyKey": f"decide {each}"}
            token = life.second_manager_key
            answers.append(await life.run(operation, {"input": given}, token=token))
        assert answers[0] == answers[1], operation
        assert answers[0]["__typename"] == "NotFound", answers
    waiting = await life.run("Waiting", {}, token=life.second_manager_key)
    assert [waiting["staff"][each] for each in UNDECIDED] == [[], []], waiting
    stranger = shop.token(STRANGER)
    reviews = await life.run("Reviews", {"product": life.product}, token=stranger)
    assert (reviews["count"], reviews["edges"]) == (0, []), reviews


async def expect_nobody(shop: Shop, life: TalkativeLife) -> None:
    """Whoever asks for the member gets the answers that they get for somebody unknown."""
    run, clerk = life.run, shop.clerk_key
    stranger = shop.token(STRANGER)
    assert (await run("Scan", {"code": life.code}, token=clerk))["__typename"] == "CodeUnknown"
    for operation, variables in (
        ("LookUp", {"reason": "who is it"}),
        ("Purchase", {"input": {"total": "1.00", "idempotencyKey": "after"}}),
    ):
        answers = []
        for number in (life.number, UNKNOWN_NUMBER):
            if operation == "LookUp":
                given = {**variables, "number": number}
            else:
                given = {"input": {**variables["input"], "target": {"memberNumber": number}}}
            token = clerk if operation == "LookUp" else shop.system_key
            answers.append(await run(operation, given, token=token))
        assert answers[0] == answers[1], operation
        assert answers[0]["code"] == "MEMBER_UNKNOWN"
    for operation, variables in (
        ("Home", {}),
        ("Redeem", {"rewardId": "coffee", "key": "after"}),
        ("Join", {"challengeId": "x"}),
    ):
        answers = [await run(operation, variables, token=each) for each in (life.token, stranger)]
        assert answers[0] == answers[1], operation
    given = {"target": {"visitId": life.visit}, "total": "1.00", "idempotencyKey": "later"}
    answer = await run("Purchase", {"input": given}, token=clerk)
    assert answer["code"] == "VISIT_UNKNOWN", answer
    refund = {"purchase": {"purchaseId": life.purchase_id}, "idempotencyKey": "last"}
    answer = await run("Refund", {"input": refund}, token=clerk)
    assert answer["code"] == "PURCHASE_UNKNOWN", answer
    path = life.image_url.partition("/cards/")[2]
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{life.connection.port}/cards/{path}")
    assert answer.status_code == 404


def test_of_a_forgotten_member_nothing_is_left(shop: Shop, drill: Drill, tmp_path: Path) -> None:
    folder = tmp_path / "looked at"
    folder.mkdir()

    async def run() -> tuple[TalkativeLife, list[str], int]:
        async with connections(shop.fleet.ports, 1) as (connection,):
            guests = await neighbours(shop, connection)
            life = TalkativeLife(shop, connection)
            await life.live()
            # All of it is read and waits now: or nothing to read would prove nothing.
            reviews = await life.run("Reviews", {"product": life.product}, token=life.token)
            assert reviews["count"] == 1, reviews
            waiting = await life.run("Waiting", {}, token=life.second_manager_key)
            assert [len(waiting["staff"][each]) for each in UNDECIDED] == [1, 1], waiting
            numbers = [life.number, imported(shop, life.planted, tmp_path)]
            gather_statistics(shop.database)
            seen = {what for what, _ in found(life.planted.stored, files_of(shop, folder))}
            assert set(life.planted.stored) - seen == set()
            bought = await forget(shop, numbers, guests)
            await expect_nobody(shop, life)
            await expect_nothing_to_read(shop, life)
            return life, numbers, bought

    life, numbers, bought = asyncio.run(run())
    assert len(life.planted.stored) >= IDENTIFIERS_MIN
    # Or nothing raced, and the database's log had nothing to tell.
    assert lost_races(shop.database) > 0 or shop.database.server_log is None
    files = files_of(shop, folder)
    assert found(life.planted.all, files) == []
    assert bought > 0
    assert shop.violations() == []
    assert shop.fleet.unforeseen() == []
    # The same log once more makes no member of whoever was forgotten.
    shop.installation.run("import", "purchases", str(tmp_path / "log.csv"))
    assert found(life.planted.all, files_of(shop, folder)) == []
    assert shop.violations() == []
    drill.tell(
        database=shop.database.name,
        identifiers=len(life.planted.all),
        members=len(numbers),
        files_searched=len(files),
        megabytes=round(sum(map(len, files.values())) / 1e6, 1),
        bought_by_others_meanwhile=bought,
        races_lost=lost_races(shop.database),
    )
