"""A world in which a write that is tried again draws the same ids, numbers and codes."""

import copy
import random
from collections.abc import Callable, Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from unittest import mock

from api.database import Database, database_at
from api.imports import playing
from api.imports.playing import Played, Player
from api.imports.reading import Row
from api.runner import Runner
from tests.world import World

T = TypeVar("T")


class RepeatableWorld(World):
    """Before `start_over` it is a world like any other."""

    through: Callable[[Runner], Any] = staticmethod(lambda connection: connection)
    """What an action is given in place of its connection."""

    _issued = 0
    _start: tuple[int, Any] | None = None

    def new_id(self) -> str:
        self._issued += 1
        return f"{self._issued:032x}"

    def start_over(self, *, ids_from: int | None = None) -> None:
        """From now on every write draws what the next one would have drawn.

        `ids_from` lets two worlds of one database draw different ids.
        """
        if ids_from is not None:
            self._issued = ids_from
            self.chance = random.Random(ids_from)  # noqa: S311 -- every run is the same
        self._start = (self._issued, self.chance.getstate())

    def write(self, function: Callable[[Runner], T]) -> T:
        return self.database.write_now(lambda c: self._again(c, function))

    def play(self, rows: Sequence[Row]) -> list[Played]:
        """Import purchases in one write.

        What was imported before is looked up first, on a connection of its own: only the write is
        done through this world.
        """
        player = Player(programme=self.programme, now=self.now)
        with (
            closing(database_at(self.database.url)) as reader,
            mock.patch.multiple(
                playing,
                new_id_at=lambda _moment: self.new_id(),
                voucher_code=self.new_code,
                random_bytes=self.chance.randbytes,
            ),
        ):
            database = SimpleNamespace(read_now=reader.read_now, write_now=self.write)
            return player.play(cast("Database", database), rows)

    def later(self, action: Callable[["RepeatableWorld"], Any]) -> Callable[[Runner], Any]:
        """The write of an action that does nothing else, for somebody else to run."""
        taken: list[Callable[[Runner], Any]] = []
        world = self.at(self.database)
        world.write = taken.append  # type: ignore[method-assign, assignment]  # instead of writing
        action(world)
        (function,) = taken
        return lambda c: world._again(c, function)  # noqa: SLF001 -- of the same class

    def at(self, database: Database) -> "RepeatableWorld":
        """The same world on another copy of its database."""
        world = copy.copy(self)
        world.database = database
        world.chance = copy.copy(self.chance)
        return world

    def _again(self, connection: Runner, function: Callable[[Runner], T]) -> T:
        if self._start is not None:
            self._issued, state = self._start
            self.chance.setstate(state)
        return function(self.through(connection))
