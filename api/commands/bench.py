"""`regulars bench`."""

import tempfile
from dataclasses import replace
from pathlib import Path

import typer

from api.bench.bare import BareFailed
from api.bench.databases import own_databases
from api.bench.load import LoadFailed
from api.bench.report import closing_line, figures_of, machine_line, report_lines
from api.bench.run import MEMORY_LOOKS, QUICK, Plan, run_bench
from api.commands.common import clock, console, errors
from api.logs import configure_logs

_DEFAULT = Plan()


def bench(
    rounds: int = typer.Option(_DEFAULT.rounds, min=1, help="How often each thing is measured."),
    seconds: float = typer.Option(_DEFAULT.seconds, min=0.1, help="How long a round takes."),
    requests: int = typer.Option(
        _DEFAULT.requests, min=1, help="After how many requests the memory is looked at."
    ),
    purchases_memory: int = typer.Option(
        _DEFAULT.purchases_memory,
        min=MEMORY_LOOKS,
        help="Over how many purchases the memory should stay as it is.",
    ),
    database: str | None = typer.Option(
        None,
        help="postgresql://user@host/database: databases of our own are made next to it, and "
        "dropped; else SQLite is measured.",
    ),
    log: Path | None = typer.Option(  # noqa: B008 -- typer's way
        None, exists=True, dir_okay=False, help="A purchase log to import; else one is made up."
    ),
    folder: Path | None = typer.Option(  # noqa: B008 -- as above
        None, exists=True, file_okay=False, help="On which disk; else where temporary files go."
    ),
    quick: bool = typer.Option(False, "--quick", help="Less of all: whether it runs at all."),  # noqa: FBT001, FBT003 -- typer's way to make a flag
) -> None:
    """Measure what this machine can take, beside the bare driver and answers written by hand.

    Works in a folder and in databases of its own, and leaves nothing behind.
    """
    configure_logs(level="warning")
    plan = Plan(
        rounds=rounds, seconds=seconds, requests=requests, purchases_memory=purchases_memory
    )

    def say(line: str) -> None:
        console.print(line, highlight=False, style="dim")

    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-", dir=folder) as name,
        own_databases(database, Path(name).resolve()) as databases,
    ):
        try:
            results = run_bench(
                replace(QUICK if quick else plan, log=log),
                Path(name).resolve(),
                databases,
                clock=clock,
                say=say,
            )
        except (LoadFailed, BareFailed, TimeoutError) as error:
            errors.print(f"The benchmark broke off: {error}", highlight=False, markup=False)
            raise typer.Exit(1) from error
    figures = figures_of(results)
    for line in (*report_lines(figures), machine_line(results), closing_line(figures)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(bench)
