"""An action that is done again and again, each time with a fault at another point."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from api.database import Database, DatabaseBusy, database_at
from gamification.idempotency.rules import Answer
from tests.drills.places import Place
from tests.drills.repeatable import RepeatableWorld
from tests.drills.scenes import Action
from tests.drills.watch import Killed, Moment, Strike, Stumbling, Unforeseen, Watch, put_under

Contents = dict[str, list[Any]]


@dataclass(kw_only=True)
class Rehearsal:
    """An action on a place, and what it comes to when nothing goes wrong.

    One process acts: `driver` watches its connection to the database, from BEGIN to COMMIT, and
    `domain` what the action asks of it. The `other` process looks.
    """

    place: Place
    world: RepeatableWorld
    action: Action
    process: Database
    other: Database
    driver: Watch = field(default_factory=Watch)
    domain: Watch = field(default_factory=Watch)
    before: Contents = field(default_factory=dict)
    after: Contents = field(default_factory=dict)
    answer: Any = None
    statements: Sequence[str] = ()
    domain_statements: Sequence[str] = ()

    @classmethod
    @contextmanager
    def of(cls, place: Place, world: RepeatableWorld, action: Action) -> "Iterator[Rehearsal]":
        """Do it once without a fault."""
        url = place.put_back()
        process = database_at(url)
        self = cls(
            place=place,
            world=world,
            action=action,
            process=process,
            other=database_at(url),
        )
        put_under(self.driver, process)
        try:
            self.before = self.contents()
            assert world.at(self.other).violations() == []
            self._arm()
            self.answer = self._act()
            self.statements = self.driver.statements
            self.domain_statements = self.domain.statements
            self.after = self.contents()
            # Whatever holds the same rows has none either: it is looked for nowhere else.
            assert world.at(self.other).violations() == []
            assert self.after != self.before
            yield self
        finally:
            self.close()

    def close(self) -> None:
        self.process.close()
        self.other.close()

    def assert_all_or_nothing_when_it_fails(
        self, watch: Watch, moment: Moment, strike: Strike
    ) -> BaseException | None:
        """Strike, see what is left, ask again with the same key, and see again.

        Returns what the first one was told, if it was no answer.
        """
        self._put_back()
        self._arm()
        watch.arm(moment, strike)
        told, answer = self._attempt()
        assert watch.has_struck, moment
        self._arm()
        if self.driver.is_dead:
            self._open(self.place.as_left())
        if told is None:  # the database tried again by itself
            self._assert_same(answer, is_repeat=False)
        is_done = told is None or (watch is self.driver and self.is_committed(moment))
        self._assert_holds(self.after if is_done else self.before, what=(moment, told))
        self._assert_same(self._act(), is_repeat=is_done)
        self._assert_holds(self.after, what=(moment, told, "and again"))
        return told

    def is_committed(self, moment: Moment) -> bool:
        """Whether the database has done it all, and only the answer is missing."""
        return moment.is_after and moment.statement == len(self.statements) - 1

    def contents(self) -> Contents:
        """What the other process sees."""
        return self.world.at(self.other).contents()

    def _open(self, url: str) -> None:
        """Two new processes. What is compiled is taken along: it is not what is tried."""
        compiled = self.process._cache, self.other._cache  # noqa: SLF001 -- as above
        self.close()
        self.process, self.other = database_at(url), database_at(url)
        self.process._cache, self.other._cache = compiled  # noqa: SLF001 -- as above
        self.driver.is_dead = False
        put_under(self.driver, self.process)

    def _put_back(self) -> None:
        """Everything as it was before; the processes go on, where they can."""
        if self.place.stays_open:
            self.place.put_back()
        else:
            self.close()
            self._open(self.place.put_back())

    def _arm(self) -> None:
        self.driver.arm()
        self.domain.arm()

    def _act(self) -> Any:
        world = self.world.at(self.process)
        world.through = lambda connection: Stumbling(connection, self.domain)
        return self.action(world)

    def _attempt(self) -> tuple[BaseException | None, Any]:
        try:
            return None, self._act()
        except (DatabaseBusy, Unforeseen, Killed) as error:
            return error, None

    def _assert_same(self, answer: Any, *, is_repeat: bool) -> None:
        if isinstance(answer, Answer):
            assert answer.outcome == self.answer.outcome
            assert answer.replayed == is_repeat
        else:
            assert answer == self.answer

    def _assert_holds(self, expected: Contents, *, what: object) -> None:
        found = self.contents()
        assert {name: rows for name, rows in found.items() if rows != expected[name]} == {}, what
