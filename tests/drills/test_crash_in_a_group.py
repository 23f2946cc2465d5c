"""Two writes in one commit of SQLite, of which one breaks off at every point there is."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.database import database_at
from api.database.sqlite import SqliteDatabase
from api.runner import Runner
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.programme.values import Programme
from tests.drills.drill import Drill
from tests.drills.places import SqlitePlace
from tests.drills.repeatable import RepeatableWorld
from tests.drills.scenes import SCENES, visit
from tests.drills.watch import Blow, Killed, Moment, Strike, Watch, moments, put_under

pytestmark = pytest.mark.drill

FIRST_ID, OTHER_ID = 10_000, 20_000  # from which the two draw
CHOSEN = (
    "buy_and_win",
    "redeem",
    "capture",
    "refund_and_lose",
    "give_points",
    "join_for_a_voucher",
)

Write = Callable[[Runner], Any]


def refuse(_blow: Blow) -> None:
    """The action says no, in the middle of its writing."""
    raise Refusal("MEMBER_UNKNOWN")


@dataclass(kw_only=True)
class Pair:
    """Two writes of different members, each with ids of its own."""

    place: SqlitePlace
    world: RepeatableWorld
    one: Write
    other: Write
    compiled: dict[int, Any] = field(default_factory=dict)

    def open(self, url: str | None = None) -> SqliteDatabase:
        database = database_at(url or self.place.put_back())
        assert isinstance(database, SqliteDatabase)
        database._cache = self.compiled  # noqa: SLF001 -- compiling is slow, and not what is tried
        return database

    def contents(self, database: SqliteDatabase) -> Any:
        """What another process sees."""
        other = database_at(database.url)
        try:
            return self.world.at(other).contents()
        finally:
            other.close()

    def after(self, *writes: Write) -> tuple[Any, list[str]]:
        """What some writes come to, one after the other; and the statements of the last."""
        database = self.open()
        try:
            watch = Watch()
            put_under(watch, database)
            for write in writes:
                database.write_now(striking(write, watch))
            statements = watch.statements[:-1]  # the COMMIT is nobody's own
            assert self.world.at(database).violations() == []
            return self.contents(database), statements
        finally:
            database.close()


def striking(
    write: Write, watch: Watch, moment: Moment | None = None, strike: Strike | None = None
) -> Write:
    """The write, which breaks off at that moment however often it is tried."""

    def tried(connection: Runner) -> Any:
        watch.arm(moment, strike)
        return write(connection)

    return tried


def group(database: SqliteDatabase, *writes: Write) -> list[Any]:
    """What writes came to that waited together: their answers, or what they raised."""
    outcomes = database._write_group(list(writes))  # noqa: SLF001 -- below the queue, so that none comes late
    return [outcome.error or outcome.value for outcome in outcomes]


def worth(answer: Any) -> Any:
    """What was answered, the first time or again."""
    return answer.outcome if isinstance(answer, Answer) else answer


@pytest.fixture
def pair(sqlite_url: str, programme: Programme, request: pytest.FixtureRequest) -> Pair:
    database = database_at(sqlite_url)
    world = RepeatableWorld(database, programme)
    actions = [SCENES[request.param](world, "Ola"), visit(world, "Jan")]
    writes = []
    for action, first_id in zip(actions, (FIRST_ID, OTHER_ID), strict=True):
        mine = world.at(database)
        mine.start_over(ids_from=first_id)
        writes.append(mine.later(action))
    database.close()
    place = SqlitePlace(sqlite_url)
    place.keep()
    return Pair(place=place, world=world, one=writes[0], other=writes[1])


@pytest.mark.parametrize("pair", CHOSEN, indirect=True)
@pytest.mark.parametrize("breaks_off_first", [True, False], ids=["first", "second"])
def test_a_write_that_breaks_off_takes_nobody_along(
    pair: Pair, drill: Drill, *, breaks_off_first: bool
) -> None:
    """It breaks off in the group and when it is tried alone; then it is asked for again."""
    alone, _ = pair.after(pair.other)
    both, statements = pair.after(pair.other, pair.one)
    strikes: dict[str, Strike] = {
        kind: strike for kind, strike in pair.place.strikes.items() if kind != "process killed"
    }
    tried: Counter[str] = Counter()
    for kind, strike in {**strikes, "refusal": refuse}.items():
        for moment in moments(statements):
            database = pair.open()
            watch = Watch()
            put_under(watch, database)

            breaks_off = striking(pair.one, watch, moment, strike)
            writes = [breaks_off, pair.other] if breaks_off_first else [pair.other, breaks_off]
            answers = group(database, *writes)
            error, answer = answers if breaks_off_first else answers[::-1]
            assert isinstance(error, Exception), (kind, moment)
            assert worth(answer)["member_id"], (kind, moment)
            assert pair.contents(database) == alone, (kind, moment)
            database.write_now(pair.one)
            assert pair.contents(database) == both, (kind, moment)
            database.close()
            tried[kind] += 1
    tell(drill, statements, tried)


@pytest.mark.parametrize("pair", CHOSEN, indirect=True)
def test_a_commit_that_breaks_off_is_done_for_both_or_for_none(pair: Pair, drill: Drill) -> None:
    """It breaks off once, anywhere: both get their answers, or find them when they ask again."""
    database = pair.open()
    watch = Watch()
    put_under(watch, database)
    before = pair.contents(database)
    watch.arm()
    expected = [worth(answer) for answer in group(database, pair.one, pair.other)]
    statements = watch.statements
    both = pair.contents(database)
    database.close()
    assert before != both
    tried: Counter[str] = Counter()
    for kind, strike in pair.place.strikes.items():
        for moment in moments(statements):
            is_committed = moment.is_after and moment.statement == len(statements) - 1
            database = pair.open()
            watch = Watch()
            put_under(watch, database)
            watch.arm(moment, strike)
            try:
                answers = group(database, pair.one, pair.other)
            except Killed:
                database.close()
                database = pair.open(pair.place.as_left())
                assert pair.contents(database) == (both if is_committed else before), moment
                answers = group(database, pair.one, pair.other)
            assert watch.has_struck, (kind, moment)
            assert [worth(answer) for answer in answers] == expected, (kind, moment)
            assert pair.contents(database) == both, (kind, moment)
            database.close()
            tried[kind] += 1
    tell(drill, statements, tried)


def tell(drill: Drill, statements: Sequence[str], tried: Counter[str]) -> None:
    counts = {kind.replace(" ", "_"): count for kind, count in tried.items()}
    drill.tell(database="sqlite", statements=len(statements), crash_points=tried.total(), **counts)
