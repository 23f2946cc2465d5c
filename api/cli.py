"""The command line: `regulars <verb>`. Every verb says what it did in one closing line."""

import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from api.commands import bench, demo, imports, programme, serving, staff, upkeep
from api.database import DatabaseBusy, DatabaseRefused
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
for module in (demo, serving, imports, programme, staff, upkeep, bench):
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
)


def main() -> NoReturn:
    """Run the command line; exit 0 only if the verb did what it says."""
    sys.exit(_run(app))


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; what was not finished is not kept.\n")
        return INTERRUPTED
    except _REFUSALS as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{name}{error.strerror or error}\n")
        return 1
    return 0
