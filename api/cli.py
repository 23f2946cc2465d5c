"""The command line: `regulars <verb>`. Every verb says what it did in one closing line."""

import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from api.commands import (
    backup,
    bench,
    demo,
    imports,
    member,
    nudges,
    programme,
    segments,
    serving,
    staff,
    upkeep,
)
from api.database import DatabaseBusy, DatabaseRefused
from api.files import FileRefused
from api.imports.faults import ImportRefused
from api.keys import KeysRefused
from api.server import StartRefused
from api.settings import SettingsRefused
from gamification.programme.faults import ProgrammeRefused

app = typer.Typer(
    name="regulars",
    help="Regulars turns a shop's customers into regulars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    demo,
    serving,
    imports,
    programme,
    segments,
    nudges,
    staff,
    member,
    upkeep,
    backup,
    bench,
):
    module.add_to(app)

INTERRUPTED = 130  # what shells expect after Ctrl+C

# What a person can mend: each is told in its own words, and never with a traceback.
_REFUSALS = (
    SettingsRefused,
    StartRefused,
    DatabaseRefused,
    DatabaseBusy,
    KeysRefused,
    ProgrammeRefused,
    ImportRefused,
    FileRefused,
)


def main() -> NoReturn:
    """Run the command line; exit 0 only if the verb did what it says."""
    sys.exit(_run(app))


def _interrupted() -> int:
    sys.stderr.write("Stopped; what was not finished is not kept.\n")
    return INTERRUPTED


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except KeyboardInterrupt:
        return _interrupted()
    except SystemExit as ended:  # typer turns Ctrl+C in a verb into this, without a word
        if ended.code == INTERRUPTED:
            return _interrupted()
        raise
    except _REFUSALS as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{name}{error.strerror or error}\n")
        return 1
    return 0
