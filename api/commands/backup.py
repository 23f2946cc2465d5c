"""`regulars backup`."""

import time
from pathlib import Path

import typer

from api.backups import back_up
from api.commands.common import console
from api.server import open_existing
from api.settings import load_settings


def backup(
    file: Path = typer.Argument(help="The file to make; one that is there is never overwritten."),  # noqa: B008 -- typer's way
) -> None:
    """Copy the database to a file while everything goes on.

    The copy is checked before it gets its name. To restore it, stop the
    server, and let REGULARS_DATABASE_URL name it: sqlite:/// and the path of
    the file. Members' names are in it: keep it where nobody else reads it.

    A PostgreSQL database is copied by its own pg_dump: this says how.
    """
    began_s = time.perf_counter()
    with open_existing(load_settings()) as database:
        made = back_up(database, file)
    console.print(
        f"{file}: {made.size_bytes / 1e6:,.1f} MB with {made.entries:,} entries, checked, "
        f"in {time.perf_counter() - began_s:.1f} s.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(backup)
