"""`regulars staff add`, `regulars staff revoke` and `regulars token`."""

import re
from datetime import timedelta
from enum import StrEnum

import typer

from api import ids
from api.commands.common import clock, console
from api.identity import KEY_REMEMBERED_S, issue_demo_token, new_opaque_key
from api.keys import demo_token_key
from api.server import StartRefused, open_database, open_existing
from api.settings import load_settings
from gamification.database import Connection
from gamification.staff import store as staff
from gamification.staff.rules import Role
from gamification.stores import store as stores

family = typer.Typer(help="Whoever serves, and the shop's own systems.", no_args_is_help=True)
KEY_BYTES = 32
TOKEN_LIFE = timedelta(days=1)
SUBJECT_CHARACTERS_MAX = 128
_STORE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
LABEL_CHARACTERS_MAX = 60
ID_CHARACTERS_SHOWN_MAX = 40  # of what was typed: enough to find it again


class StaffRole(StrEnum):
    """The roles that can hold a key."""

    CLERK = "clerk"
    MANAGER = "manager"
    SYSTEM = "system"


@family.callback()
def family_help() -> None:
    """Whoever serves, and the shop's own systems."""


@family.command()
def add(
    store: str = typer.Option(help="The store's short name, such as old-town; made if new."),
    role: StaffRole = typer.Option(help="What they may do."),  # noqa: B008 -- typer's way
    label: str = typer.Option("", help="What they are called at the till, such as Till 1."),
) -> None:
    """Make a key for someone who serves, or for a system of the shop. It is shown once."""
    if not _STORE_ID.fullmatch(store):
        raise StartRefused("--store: a short name of a-z, 0-9 and hyphens, such as old-town")
    if len(label) > LABEL_CHARACTERS_MAX:
        raise StartRefused(f"--label: must have at most {LABEL_CHARACTERS_MAX} characters")
    settings = load_settings()
    key_text, key_hash = new_opaque_key(ids.random_bytes(KEY_BYTES))
    now, staff_id = clock.now(), ids.new_id()

    def write(connection: Connection) -> bool:
        is_new = stores.by_id(connection, store) is None
        if is_new:
            stores.add(connection, store_id=store, name=store)
        staff.add(
            connection,
            staff_id=staff_id,
            store_id=store,
            role=role.value,
            label=label or role.value.capitalize(),
            now=now,
        )
        staff.add_key(connection, key_hash=key_hash, staff_id=staff_id, now=now)
        return is_new

    with open_database(settings) as database:
        made_store = database.write_now(write)
    if made_store:
        console.print(f"The store {store} is new.", highlight=False)
    console.print(key_text, highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"This is the key of {role.value} {staff_id} in {store}. It is not shown again; "
        f"`regulars staff revoke {staff_id}` ends it.",
        highlight=False,
        soft_wrap=True,
    )


@family.command()
def revoke(
    staff_id: str = typer.Argument(
        metavar="ID", help="Whose key: the id that `regulars staff add` showed beside it."
    ),
) -> None:
    """End the key of someone who serves, or of a system of the shop, for good."""
    with open_existing(load_settings()) as database:
        row = database.read_now(lambda c: staff.by_id(c, staff_id))
        if row is None:
            shown = "".join(filter(str.isprintable, staff_id))[:ID_CHARACTERS_SHOWN_MAX]
            raise StartRefused(f"{shown!r}: no staff has this id; `regulars staff add` shows it")
        ended = database.write_now(lambda c: staff.revoke_keys(c, staff_id=row.id, now=clock.now()))
    whose = f"of {row.role} {row.id} in {row.store_id}"
    console.print(
        f"The key {whose} was revoked; it is refused within {KEY_REMEMBERED_S} seconds."
        if ended
        else f"The key {whose} had been revoked before.",
        highlight=False,
        soft_wrap=True,
    )


def token(
    subject: str = typer.Argument(help="Whose token: any name for a member, the id of staff."),
    role: Role = typer.Option(Role.MEMBER, help="What they may do."),  # noqa: B008 -- typer's way
) -> None:
    """Make a token for trying out, good for a day. Only with REGULARS_IDENTITY=demo."""
    if not 0 < len(subject.strip()) <= SUBJECT_CHARACTERS_MAX:
        raise StartRefused(f"SUBJECT: must have from 1 to {SUBJECT_CHARACTERS_MAX} characters")
    settings = load_settings()
    if settings.identity != "demo":
        raise StartRefused("tokens are made here only with REGULARS_IDENTITY=demo")
    row = None
    if role is not Role.MEMBER:
        with open_existing(settings) as database:
            row = database.read_now(lambda connection: staff.by_id(connection, subject))
        if row is None or row.role != role:
            raise StartRefused(f"{subject}: no {role} has this id; `regulars staff add` makes one")
    text = issue_demo_token(
        demo_token_key(settings.data_dir),
        subject=subject,
        role=role,
        store_id=row.store_id if row else None,
        staff_id=row.id if row else None,
        now=clock.now(),
        ttl_s=int(TOKEN_LIFE.total_seconds()),
    )
    console.print(text, highlight=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Add the family and the verb."""
    app.add_typer(family, name="staff")
    app.command()(token)
