"""A large ledger, fast: some members play through the real actions, and are then copied.

A copy has ids of its own, and the programme's accounts take its entries in, so that every chain,
lot, bucket and fact of the large ledger is as it would be, had everybody really played.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update

from api.database import Database
from api.runner import Runner
from api.tables import METADATA
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord, with_check_digit
from gamification.points.chain import NO_HEAD, digest, link
from gamification.points.rules import (
    MEMBER_KINDS,
    PROGRAMME_ACCOUNT_SHARDS,
    AccountKind,
    account_id,
)
from tests.world import World

PLAYERS = 60
DAYS = 445  # beyond the twelve months after which points expire
PURCHASES_PER_DAY = 2
REFUNDED = 0.04
REDEEMED = 0.3
CAPTURED = 0.7
ROWS_PER_STATEMENT = 5_000

_SHARED = ("store", "staff")  # as they are
# What belongs to members, those that others refer to first.
_COPIED = (
    "member",
    "person",
    "activity",
    "award",
    "participation",
    "bucket",
    "timeline",
    "fact",
    "voucher",
)
_LEFT_OUT = {"visit_id"}  # nothing is judged by it
_ID = re.compile(r"0{16}[0-9a-f]{16}")  # as `World.new_id` makes them
_SUFFIX_DIGITS = 6
_MARK = "@"  # where a copy's number goes; no text of ours holds it

Row = dict[str, Any]


def play(world: World, *, seed: int = 1, days: int = DAYS) -> None:
    """Members who buy, give back, redeem, let vouchers lapse and points expire, for over a year."""
    chance = random.Random(seed)  # noqa: S311 -- who does what when
    players = [world.enrol(f"P{number}") for number in range(PLAYERS)]
    for player in players[::2]:
        world.join(player, "hundred_coffees")
    earlier: dict[str, Answer] = {}  # what each bought the time before: it may have been spent
    for day in range(days):
        world.pass_time(hours=20)
        for _ in range(PURCHASES_PER_DAY):
            world.pass_time(hours=chance.random() * 4)
            player = chance.choice(players)
            bought = _visit(world, player, chance)
            if player.id in earlier and chance.random() < REFUNDED:
                world.refund(earlier.pop(player.id))
            earlier[player.id] = bought
        if day % 7 == 0:
            world.join(chance.choice(players), chance.choice(["three_a_week", "pastry_month"]))
            world.expire()


def _visit(world: World, player: MemberRecord, chance: random.Random) -> Answer:
    if chance.random() < 0.5:
        bought = world.eat_pastries(player, chance.randrange(1, 5))
    else:
        bought = world.buy(player, f"{chance.randrange(200, 6000) / 100:.2f}")
    reward, cost = chance.choice([("coffee", 900), ("pastry", 1200)])
    if world.balances(player)["available"] >= cost and chance.random() < REDEEMED:
        with suppress(Refusal):  # some of it has run out
            voucher = world.redeem(player, reward).result()["voucher_id"]
            if chance.random() < CAPTURED:
                world.capture(world.scan(player).id, voucher)
    return bought


def multiply(played: Database, target: Database, *, copies: int) -> int:
    """Write so many copies of every member into an empty database; how many entries there are."""
    suffixes = [f"{number:0{_SUFFIX_DIGITS}x}" for number in range(copies)]
    tables = {name: _read(played, name) for name in (*_SHARED, *_COPIED, "entry")}
    lots, uses = _by_entry(played, "lot"), _by_entry(played, "lot_use")

    def copies_of(name: str) -> Iterator[Row]:
        serial = count()
        for template in [_Template(row) for row in tables[name]]:
            for suffix in suffixes:
                yield _told_apart(template.copy(suffix), next(serial))

    def write(connection: Runner) -> int:
        _make_haste(connection)
        for name in _SHARED:
            _insert(connection, name, tables[name])
        _insert(connection, "member", copies_of("member"))
        book = _Book(row["id"] for row in copies_of("member"))
        # Still empty; those of the programme are there.
        _insert(connection, "account", (row for row in book.rows() if row["member_id"]))
        for name in _COPIED[1:]:
            _insert(connection, name, copies_of(name))
        for template in [_Template(row) for row in tables["entry"]]:
            lots_here = [_Template(row) for row in lots[template.id]]
            uses_here = [_Template(row) for row in uses[template.id]]
            written = [
                book.append(
                    template.copy(suffix),
                    [each.copy(suffix) for each in lots_here],
                    [each.copy(suffix) for each in uses_here],
                )
                for suffix in suffixes
            ]
            _insert(connection, "entry", (entry for entry, _, _ in written))
            _insert(connection, "lot", (lot for _, lots_of, _ in written for lot in lots_of))
            _insert(connection, "lot_use", (use for _, _, uses_of in written for use in uses_of))
        connection.run_many(_SETTLE, [{**row, "name": row["id"]} for row in book.rows()])
        return book.entries

    return target.write_now(write)


_INSERT = {
    name: insert(table).values({each.name: bindparam(each.name) for each in table.columns})
    for name, table in METADATA.tables.items()
}


def _insert(connection: Runner, name: str, rows: Iterable[Row]) -> None:
    waiting = iter(rows)
    while batch := list(islice(waiting, ROWS_PER_STATEMENT)):
        connection.run_many(_INSERT[name], batch)


_account = METADATA.tables["account"]
_SETTLE = (
    update(_account)
    .values(
        {name: bindparam(name) for name in ("balance", "lifetime", "version", "head", "moved_at")}
    )
    .where(_account.c.id == bindparam("name"))
)


def _make_haste(connection: Runner) -> None:
    connection.driver.execute(
        "PRAGMA cache_size = -1000000"  # a gigabyte, so that no page is read again
        if connection.sqlalchemy.dialect.name == "sqlite"
        else "SET LOCAL session_replication_role = replica"  # without a look at foreign keys
    )


def _read(database: Database, name: str) -> list[Row]:
    table = METADATA.tables[name]
    statement = select(*table.columns).order_by(*table.primary_key)
    return [row._asdict() for row in database.read_now(lambda c: c.all(statement))]


def _by_entry(database: Database, name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _read(database, name):
        found[row["entry_id"]].append(row)
    return found


def _told_apart(row: Row, serial: int) -> Row:
    """The row with what people type made unique."""
    if "number" in row and "locale" in row:
        row["number"] = with_check_digit(f"{serial:09d}")
    if "subject" in row:
        row["subject"] = f"subject-{serial}"
    if "code" in row:
        row["code"] = f"{serial:08d}"
    return row


class _Template:
    """A row of a player, of which copies can be made."""

    def __init__(self, row: Row) -> None:
        row = {**row, **{name: None for name in _LEFT_OUT if name in row}}
        words = {name: value for name, value in row.items() if isinstance(value, str | dict | list)}
        self.id = row.get("id", "")
        self._rest = {name: value for name, value in row.items() if name not in words}
        text = orjson.dumps(words).decode()
        self._text = _ID.sub(lambda found: found[0][_SUFFIX_DIGITS:] + _MARK, text)

    def copy(self, suffix: str) -> Row:
        return {**self._rest, **orjson.loads(self._text.replace(_MARK, suffix))}


@dataclass(kw_only=True, slots=True)
class _Account:
    version: int = 0
    head: bytes = NO_HEAD
    moved_at: datetime | None = None
    balance: int = 0
    lifetime: int = 0


class _Book:
    """The accounts, while entries are appended to them."""

    def __init__(self, members: Iterable[str]) -> None:
        self.entries = 0
        self._of_members = {
            account_id(kind, member): member for member in members for kind in MEMBER_KINDS
        }
        shards = (
            f"{kind}:{shard:02d}"
            for kind in AccountKind
            if kind not in MEMBER_KINDS
            for shard in range(PROGRAMME_ACCOUNT_SHARDS)
        )
        self._accounts = {name: _Account() for name in sorted((*self._of_members, *shards))}

    def append(
        self, entry: Row, lots: list[Row], uses: list[Row]
    ) -> tuple[Row, list[Row], list[Row]]:
        """Give an entry its accounts, its versions and its links."""
        self.entries += 1
        names = [entry["from_account"], entry["to_account"]]
        [member] = {name.partition(":")[0] for name in names if name.endswith(_OF_MEMBERS)}
        kinds = [_kind_of(name) for name in names]
        sides = []
        for side, kind, other, sign in zip(
            ("from", "to"), kinds, kinds[::-1], (-1, 1), strict=True
        ):
            entry[f"{side}_account"] = account_id(kind, member)
            account = self._accounts[entry[f"{side}_account"]]
            account.version += 1
            account.moved_at = entry["recorded_at"]
            account.balance += sign * entry["amount"]
            if other is AccountKind.ISSUED:
                account.lifetime += sign * entry["amount"]
            entry[f"{side}_version"] = account.version
            sides.append((side, account))
        said = digest(
            entry,
            lot=lots[0] if lots else None,
            uses=[(use["lot_id"], use["amount"]) for use in uses],
        )
        for side, account in sides:
            account.head = entry[f"{side}_hash"] = link(account.head, said)
        return entry, lots, uses

    def rows(self) -> Iterator[Row]:
        """The rows of table `account`, as they are now."""
        for name, account in self._accounts.items():
            yield {
                "id": name,
                "kind": _kind_of(name).value,
                "member_id": self._of_members.get(name),
                "balance": account.balance,
                "lifetime": account.lifetime,
                "version": account.version,
                "head": account.head,
                "moved_at": account.moved_at,
            }


_OF_MEMBERS = tuple(f":{kind}" for kind in MEMBER_KINDS)


def _kind_of(account: str) -> AccountKind:
    before, _, after = account.partition(":")
    return AccountKind(after if account.endswith(_OF_MEMBERS) else before)
