"""`regulars import purchases`."""

from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.commands.common import clock, console
from api.imports.purchases import Progress as Step
from api.imports.purchases import import_purchases
from api.imports.report import report_lines
from api.server import open_database
from api.settings import load_settings
from gamification.programme.check import load_programme

family = typer.Typer(help="Bring what the shop has already.", no_args_is_help=True)


@family.command()
def purchases(
    file: Path = typer.Argument(help="A CSV file, gzip or not, with a header line."),  # noqa: B008 -- typer's way
    mapping: str | None = typer.Option(
        None, "--map", help="Which columns to read: member=customer_id,date=date,amount=dollars"
    ),
    rejects: Path | None = typer.Option(  # noqa: B008 -- as above
        None,
        "--rejects",
        help="Where refused lines go, with the reason; else FILE.rejects.csv in this folder.",
    ),
) -> None:
    """Play a shop's purchase log through the programme, as if it had run all along.

    It can be stopped and started again, and run on a longer file later: no line counts twice.
    """
    settings = load_settings()
    programme = load_programme(settings.programme)
    # Here and not beside the log, which may lie where nobody may write.
    rejects = rejects or Path(f"{file.name}.rejects.csv")
    with open_database(settings) as database:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("lines, {task.fields[rate]}/s"),
            TimeRemainingColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task("Purchases", total=None, rate="…")

            def show(step: Step) -> None:
                bar.update(
                    task,
                    description=step.doing.capitalize(),
                    completed=step.done,
                    total=step.total,
                    rate=f"{step.rate_per_s:,.0f}",
                )

            report = import_purchases(
                database,
                programme,
                file,
                mapping=mapping,
                reject_path=rejects,
                now=clock.now(),
                progress=show,
            )
    for line in report_lines(report):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if report.stopped:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add the family."""
    app.add_typer(family, name="import")
