"""`regulars migrate`, `verify` and `sdl`."""

import sys

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.commands.common import clock, console, errors
from api.database import Database
from api.migrate import migrate as bring_up
from api.server import open_existing
from api.settings import load_settings
from gamification.database import Connection
from gamification.members import store as members
from gamification.points import store as points
from gamification.programme.check import load_programme
from gamification.verify.run import verify as find_violations
from gamification.verify.violations import Violation
from schema.build import sdl as printed_schema


def migrate() -> None:
    """Bring the database to the tables that this version needs."""
    database = Database(load_settings().database_url)
    try:
        before, after = bring_up(database.engine)
    finally:
        database.close()
    said = "nothing to do" if before == after else f"from {before or 'nothing'} to {after}"
    console.print(f"The database is at revision {after}: {said}.", highlight=False)


def verify() -> None:
    """Check every promise of the ledger; exit 1 and name the first bad row if one is broken."""
    settings = load_settings()
    programme = load_programme(settings.programme)
    with open_existing(settings) as database:
        bar = Progress(
            TextColumn("Verifying"),
            BarColumn(),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
        )
        with bar:
            task = bar.add_task("", total=None)

            def check(connection: Connection) -> tuple[Violation | None, int, int]:
                found = find_violations(
                    connection,
                    programme,
                    now=clock.now(),
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )
                first = next(iter(found), None)
                return first, members.count(connection), points.count_entries(connection)

            first, people, entries = database.read_now(check)
    if first is not None:
        errors.print(str(first), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)
    console.print(
        f"Every promise of the ledger holds: {people:,} members, {entries:,} entries.",
        highlight=False,
    )


def sdl() -> None:
    """Print the GraphQL schema, as schema/schema.graphql holds it."""
    sys.stdout.write(printed_schema())


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (migrate, verify, sdl):
        app.command()(verb)
