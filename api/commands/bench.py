"""`regulars bench`."""

import tempfile
from dataclasses import replace
from pathlib import Path

import typer
from rich.table import Table

from api.bench.load import LoadFailed
from api.bench.report import closing_line, figures_of, machine_line
from api.bench.run import QUICK, Plan, run_bench
from api.commands.common import clock, console, errors

_DEFAULT = Plan()


def bench(
    rounds: int = typer.Option(_DEFAULT.rounds, min=1, help="How often each thing is measured."),
    seconds: float = typer.Option(_DEFAULT.seconds, min=0.1, help="How long a round takes."),
    requests: int = typer.Option(
        _DEFAULT.requests, min=1, help="After how many requests the memory is looked at."
    ),
    log: Path | None = typer.Option(  # noqa: B008 -- typer's way
        None, exists=True, dir_okay=False, help="A purchase log to import; else one is made up."
    ),
    quick: bool = typer.Option(False, "--quick", help="A few seconds: whether it runs at all."),  # noqa: FBT001, FBT003 -- typer's way to make a flag
) -> None:
    """Measure what this machine can take, beside the same answers written by hand.

    Works in a folder of its own, and leaves nothing behind.
    """
    plan = QUICK if quick else Plan(rounds=rounds, seconds=seconds, requests=requests)

    def say(line: str) -> None:
        console.print(line, highlight=False, style="dim")

    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        try:
            results = run_bench(replace(plan, log=log), Path(folder), clock=clock, say=say)
        except (LoadFailed, TimeoutError) as error:
            errors.print(f"The benchmark broke off: {error}", highlight=False, markup=False)
            raise typer.Exit(1) from error
    figures = figures_of(results)
    table = Table(box=None, pad_edge=False)
    for head in ("", "measured: median (least to most)", "promised", ""):
        table.add_column(head)
    for each in figures:
        verdict = {True: "met", False: "[bold red]NOT met[/]", None: ""}[each.met]
        table.add_row(each.name, each.value, each.promised, verdict)
    console.print(table, highlight=False)
    console.print(machine_line(), highlight=False)
    console.print(closing_line(figures), highlight=False)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(bench)
