"""`regulars segments`."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import typer

from api.commands.common import clock, console, errors
from api.files import new_file
from api.server import StartRefused, open_existing
from api.settings import load_settings
from gamification.database import Connection
from gamification.members.rules import grouped_number
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from gamification.reads.segments import everybody_placed
from gamification.texts import text_in

HEADER = ("member number", "segment")


class _Rows(Protocol):
    def writerow(self, row: tuple[str, str], /) -> object: ...


def segments(
    csv_file: Path | None = typer.Option(  # noqa: B008 -- typer's way
        None, "--csv", help="A file to make: a line for each member and each of their segments."
    ),
) -> None:
    """Count who is in which segment of the programme, as of now.

    Segments stand in the programme file. Somebody may be in several, or in
    none. Who was forgotten is not counted. The lines of `--csv` name
    members by their numbers: keep it as you keep a list of customers.
    """
    settings = load_settings()
    programme = load_programme(settings.programme)
    named = programme.segments.named
    if not named:
        raise StartRefused(f"{settings.programme}: the programme has no [[segment]]")
    now = clock.now()
    with open_existing(settings) as database, _rows_of(csv_file) as rows:
        people, counts, failed = database.read_all_now(
            lambda connection: _count(connection, programme, rows, now=now)
        )
    for segment in named.values():
        name = text_in(segment.name, programme.locale)
        console.print(
            f"{counts[segment.id]:>9,}  {segment.id}: {name}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    for (segment_id, reason), times in failed.items():
        errors.print(
            f"{segment_id} failed for {times:,} members: {reason}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    where = f"; {counts.total():,} lines were written to {csv_file}" if csv_file else ""
    console.print(
        f"{people:,} members were looked at for {len(named)} segments{where}.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    if failed:
        raise typer.Exit(1)


@contextmanager
def _rows_of(path: Path | None) -> Iterator[_Rows | None]:
    if path is None:
        yield None
        return
    with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEADER)
        yield rows


def _count(
    connection: Connection, programme: Programme, rows: _Rows | None, *, now: datetime
) -> tuple[int, Counter[str], Counter[tuple[str, str]]]:
    """How many members there are; how many in each segment; and of how many which failed, why."""
    people, counts, failed = 0, Counter[str](), Counter[tuple[str, str]]()
    for each in everybody_placed(connection, programme, now=now):
        people += 1
        found = sorted(each.placing.segments)
        counts.update(found)
        failed.update(each.placing.failed)
        if rows is not None:
            for segment in found:
                rows.writerow((grouped_number(each.number), segment))
    return people, counts, failed


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(segments)
