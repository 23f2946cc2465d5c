"""Everything that members can do, in any order, on both databases step by step."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from api.database import database_at
from gamification.programme.values import Programme
from tests import postgresql
from tests.drills.drill import Drill
from tests.gamification.properties.machine import Members
from tests.gamification.properties.small import small
from tests.world import World

pytestmark = pytest.mark.drill

EXAMPLES_SHORT, EXAMPLES_LONG = 40, 2_000
STEPS_MAX = 50


def test_both_databases_and_the_model_end_in_the_same_state(
    migrated_file: Path, migrated_url: str, programme: Programme, drill: Drill
) -> None:
    """After each step verify finds nothing, and both databases hold the same rows."""
    rules = small(programme)
    on_postgresql = database_at(migrated_url)

    @contextmanager
    def worlds() -> Iterator[Sequence[World]]:
        postgresql.empty(migrated_url)
        with TemporaryDirectory() as folder:
            on_sqlite = database_at(f"sqlite:///{shutil.copy(migrated_file, folder)}")
            yield [World(on_sqlite, rules), World(on_postgresql, rules)]
            on_sqlite.close()

    @seed(drill.seed)
    class OnBoth(Members):
        worlds_made = worlds
        done: ClassVar[Counter[str]] = Counter()

    examples = drill.rounds(short=EXAMPLES_SHORT, long=EXAMPLES_LONG)
    try:
        run_state_machine_as_test(
            OnBoth,
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS_MAX,
                deadline=None,
                database=None,  # what is seen again is seen by its seed
                suppress_health_check=list(HealthCheck),  # none of them knows of drills
            ),
        )
    finally:
        on_postgresql.close()
    drill.tell(databases="sqlite and postgresql", **OnBoth.done)
