import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from api.database import database_at
from gamification.programme.values import Programme
from tests.gamification.properties.machine import Members
from tests.gamification.properties.small import small
from tests.world import World


def test_points_and_awards_agree_with_a_model_whatever_members_do(
    migrated_file: Path, programme: Programme
) -> None:
    """On SQLite alone: a drill does it on both databases, step by step."""

    @contextmanager
    def worlds() -> Iterator[Sequence[World]]:
        with TemporaryDirectory() as folder:
            path = shutil.copy(migrated_file, folder)
            database = database_at(f"sqlite:///{path}")
            yield [World(database, small(programme))]
            database.close()

    class OnSqlite(Members):
        worlds_made = worlds

    run_state_machine_as_test(
        OnSqlite, settings=settings(max_examples=30, stateful_step_count=40, deadline=None)
    )
