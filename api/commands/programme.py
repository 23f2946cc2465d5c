"""`regulars programme check`."""

from pathlib import Path

import typer

from api.commands.common import console, errors
from gamification.programme.trial import summary, try_file

family = typer.Typer(help="The rules of the programme.", no_args_is_help=True)


@family.callback()
def programme() -> None:
    """The rules of the programme."""


@family.command()
def check(
    file: Path = typer.Argument(help="A programme file (TOML)."),  # noqa: B008 -- typer's way
) -> None:
    """Name every fault of a programme file, with its line; or say that there is none."""
    found, faults = try_file(file)
    for fault in faults:
        errors.print(str(fault), highlight=False, markup=False, soft_wrap=True)
    if found is None or faults:
        many = "fault" if len(faults) == 1 else "faults"
        errors.print(f"{file}: {len(faults)} {many}", highlight=False, soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"{file}: no faults: {summary(found)}", highlight=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Add the family."""
    app.add_typer(family, name="programme")
