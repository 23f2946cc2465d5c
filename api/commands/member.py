"""`regulars member export` and `member forget`."""

import sys
from pathlib import Path

import typer

from api.commands.common import clock, console, errors
from api.database import Database
from api.erasure import SweepUnfinished, erase, sweep
from api.exports import find, write_export
from api.files import new_file
from api.server import StartRefused, open_existing
from api.settings import load_settings
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord, grouped_number, normal_number
from gamification.programme.check import load_programme

family = typer.Typer(help="What is kept about one member.", no_args_is_help=True)

SHOWN_CHARACTERS_MAX = 40  # of what was typed: enough to find it again
_REFUSALS = {
    "NUMBER_MISTYPED": "this is no member number: a digit is wrong or missing",
    "MEMBER_UNKNOWN": "no member has this number",
}


@family.callback()
def family_help() -> None:
    """What is kept about one member."""


@family.command()
def export(
    number: str = typer.Argument(help="The member's number, as their card shows it."),
    output: Path | None = typer.Option(  # noqa: B008 -- typer's way
        None, help="The file to make; else it is written to standard output."
    ),
) -> None:
    """Write all that is kept about a member, as JSON to be handed to them.

    That is who they are, their devices and consents, and all that they did
    and were given. They have a right to it: see that it is they who ask.
    """
    with open_existing(load_settings()) as database:
        if output is None:
            member, rows = _export(database, number, None)
            where = "standard output"
        else:
            with new_file(output) as part:
                member, rows = _export(database, number, part)
            where = str(output)
    # Not between the lines of the JSON.
    errors.print(
        f"All that is kept about member {grouped_number(member.number)}, {rows:,} rows, "
        f"was written to {where}.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _export(database: Database, number: str, part: Path | None) -> tuple[MemberRecord, int]:
    def read(connection: Connection) -> tuple[MemberRecord, int]:
        member = _found(connection, number)
        if part is None:
            return member, write_export(connection, member, sys.stdout, now=clock.now())
        with part.open("w", encoding="utf-8") as out:
            return member, write_export(connection, member, out, now=clock.now())

    return database.read_now(read)


@family.command()
def forget(
    number: str | None = typer.Argument(None, help="The member's number."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask first."),  # noqa: FBT001, FBT003 -- typer's way
    sweep_only: bool = typer.Option(  # noqa: FBT001 -- as above
        False,  # noqa: FBT003 -- as above
        "--sweep",
        help="Only sweep the files, after a run that could not.",
    ),
) -> None:
    """Forget a member for good: nothing that names or reaches them is left.

    Erased are name, e-mail, birthday, sign-in, member number, cards,
    devices, consents, messages, and what tills and staff typed. Open
    vouchers are withdrawn. What the member did stays in the ledger under a
    random id, and their points run out in their time. Who enrols again is
    a new member.

    The server may run meanwhile, but no import, and on PostgreSQL no
    pg_dump, behind which this gives up. From its next request on it
    knows the member no more; a push that is being sent at that moment, or a
    picture of the card on a screen, may live for another minute.

    Then the database's files are swept, so that old bytes are gone, too;
    tills may wait for that, some seconds for each GB. Older backups,
    exports, and purchase logs with their reject files are yours to delete.

    On PostgreSQL so are the server's log of writes (WAL) and its archive;
    and in tables beyond 64 MB erased bytes stay in free space of the
    server's files until it is used again.
    """
    if sweep_only == (number is not None):
        raise StartRefused("name the member's NUMBER, or --sweep alone")
    settings = load_settings()
    with open_existing(settings) as database:
        if number is None:
            _sweep(database, "The database's files")
            console.print("The database's files were swept.", highlight=False)
            return
        programme = load_programme(settings.programme)
        member = database.read_now(lambda c: _found(c, number))
        shown = grouped_number(member.number)
        if not yes:
            typer.confirm(
                f"Forget member {shown}, {member.display_name}, for good?", abort=True, err=True
            )
        try:
            forgotten = erase(database, number, programme, now=clock.now())
        except Refusal as refusal:
            raise _told(refusal, number) from refusal
        _sweep(database, f"Member {shown} was forgotten, but the database's files")
    console.print(
        f"Member {shown} was forgotten, and the database's files were swept; "
        f"open vouchers withdrawn: {forgotten.vouchers}.",
        highlight=False,
        soft_wrap=True,
    )


def _found(connection: Connection, number: str) -> MemberRecord:
    try:
        return find(connection, number)
    except Refusal as refusal:
        raise _told(refusal, number) from refusal


def _told(refusal: Refusal, number: str) -> StartRefused:
    shown = "".join(filter(str.isprintable, normal_number(number)))[:SHOWN_CHARACTERS_MAX]
    return StartRefused(f"{shown!r}: {_REFUSALS[refusal.code]}")


def _sweep(database: Database, what: str) -> None:
    try:
        sweep(database)
    except (SweepUnfinished, KeyboardInterrupt) as unfinished:
        reason = str(unfinished) or "it was stopped"
        raise StartRefused(
            f"{what} could not be swept ({reason}): old bytes may be left in them; "
            "run `regulars member forget --sweep` when the database is less busy"
        ) from unfinished


def add_to(app: typer.Typer) -> None:
    """Add the family."""
    app.add_typer(family, name="member")
