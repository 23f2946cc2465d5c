"""`regulars migrate`, `verify` and `sdl`."""

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api.commands.common import clock, console, errors
from api.database import database_at
from api.migrate import migrate as bring_up
from api.server import open_existing
from api.settings import load_settings
from gamification.database import Connection
from gamification.members import store as members
from gamification.points import store as points
from gamification.programme.check import load_programme
from gamification.verify.rebuild.difference import Difference
from gamification.verify.rebuild.goals import COMPARED, OF_FORGOTTEN, OF_OTHER_VERSION
from gamification.verify.rebuild.run import rebuild as find_differences
from gamification.verify.run import verify as find_violations
from gamification.verify.violations import Violation
from schema.build import sdl as printed_schema

LINES_MAX = 100  # rows that are named: enough to see what happened, and no flood


def migrate() -> None:
    """Bring the database to the tables that this version needs."""
    database = database_at(load_settings().database_url)
    try:
        before, after = bring_up(database)
    finally:
        database.close()
    said = "nothing to do" if before == after else f"from {before or 'nothing'} to {after}"
    console.print(f"The database is at revision {after}: {said}.", highlight=False)


def verify(
    rebuild: bool = typer.Option(  # noqa: FBT001 -- typer's way to make a flag
        False,  # noqa: FBT003 -- as above
        "--rebuild",
        help="Work out balances, lots, tiers, badges and challenges anew, and show what differs.",
    ),
) -> None:
    """Check every promise of the ledger; exit 1 and name the rows that break one."""
    settings = load_settings()
    programme = load_programme(settings.programme)
    seen: Counter[str] = Counter()
    with open_existing(settings) as database, _progress() as (console_above, advance):

        def check(connection: Connection) -> tuple[int, int, int]:
            found: Iterator[Difference | Violation] = (
                find_differences(connection, programme, seen=seen, progress=advance)
                if rebuild
                else find_violations(connection, programme, now=clock.now(), progress=advance)
            )
            lines = 0
            for lines, each in enumerate(islice(found, LINES_MAX), start=1):  # noqa: B007 -- how many
                console_above.print(str(each), highlight=False, markup=False, soft_wrap=True)
            return lines, members.count(connection), points.count_entries(connection)

        lines, people, entries = database.read_all_now(check)
    if rebuild:
        _tell_left_out(seen)
    if lines:
        errors.print(
            f"The ledger is not as it should be: {lines} lines, and maybe more."
            if lines == LINES_MAX
            else f"The ledger is not as it should be: {lines} lines.",
            highlight=False,
        )
        raise typer.Exit(1)
    done = (
        f"Rebuilt, with no difference: {seen[COMPARED]:,} activities,"
        if rebuild
        else "Every promise of the ledger holds:"
    )
    console.print(f"{done} {people:,} members, {entries:,} entries.", highlight=False)


def _tell_left_out(seen: Counter[str]) -> None:
    for why in (OF_OTHER_VERSION, OF_FORGOTTEN):
        if seen[why]:
            console.print(f"{seen[why]:,} activities {why} could not be compared.", highlight=False)


@contextmanager
def _progress() -> Iterator[tuple[Console, Callable[[int, int], None]]]:
    """A bar: where to print above it, and how to move it on."""
    columns = (TextColumn("Verifying"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    # What is read refers to nothing that refers back to it: looking for that takes a fifth longer.
    gc.disable()
    try:
        watched = errors.is_terminal
        with Progress(*columns, console=errors, transient=True, disable=not watched) as bar:
            task = bar.add_task("", total=None)
            yield bar.console, lambda done, of: bar.update(task, completed=done, total=of)
    finally:
        gc.enable()


def sdl() -> None:
    """Print the GraphQL schema, as schema/schema.graphql holds it."""
    sys.stdout.write(printed_schema())


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (migrate, verify, sdl):
        app.command()(verb)
