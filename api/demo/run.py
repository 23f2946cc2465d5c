"""`regulars demo`: the café world, the API, the worker and a stand-in for Firebase, in one."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from structlog.typing import FilteringBoundLogger

from api.clock import Clock
from api.database import Database, DatabaseRefused, database_at, sqlite_path
from api.demo.cast import STAFF, NamedMember
from api.demo.edge import lead_to_the_edge, member_of_the_hour
from api.demo.world import World
from api.identity import issue_demo_token
from api.images import ImageAddresses
from api.keys import card_keys, demo_token_key, image_key
from api.loopback import serve_in_thread
from api.migrate import migrate
from api.server import listen, remove_database, running_app, serve_until_stopped
from api.settings import DEMO_FILE, Settings
from api.slots import engine_slot
from gamification.cards import store as cards
from gamification.members import store as member_store
from gamification.members.rules import MemberRecord, grouped_number
from gamification.programme.check import load_programme
from gamification.programme.values import Programme
from gamification.staff.rules import Role
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender, stand_in_app
from schema.build import SDL_FILE

MEMBERS_DEFAULT = 200
TOKEN_LIFE = timedelta(days=7)  # long enough to try things out, and only good on this machine
PICTURE_LIFE = timedelta(hours=12)  # the demo's printed address; the app's are good for a minute


def run_demo(
    settings: Settings,
    *,
    members: int | None,
    fresh: bool,
    clock: Clock,
    log: FilteringBoundLogger,
    console: Console,
) -> None:
    """Build the world unless it is there, and serve until stopped."""
    # Whoever tries it shall see a push: nobody is held out.
    programme = load_programme(settings.programme).telling_everybody()
    url = _address(settings)
    path = sqlite_path(url)
    with listen(settings) as listener, engine_slot(url) as slot:
        if fresh and path is None:
            raise DatabaseRefused("--fresh: give the demo another empty database on PostgreSQL")
        if fresh and path is not None:
            remove_database(path)
        is_there = path.exists() if path is not None else _has_members(url)
        if not is_there:
            _build(
                url,
                settings,
                programme,
                members=members or MEMBERS_DEFAULT,
                console=console,
                now=clock.now(),
            )
        elif members is not None:
            console.print("The world is there already: --members counts together with --fresh.")
        with closing(database_at(url)) as database:
            migrate(database)
            named = member_of_the_hour(clock.now())
            record = lead_to_the_edge(database, programme, named, now=clock.now())
            if record is None:
                raise DatabaseRefused(
                    f"{database.name} is no demo: "
                    + ("start with --fresh to build one" if path else "name an empty database")
                )
            with serve_in_thread(FcmStandIn(_show(console))) as fcm_url:
                sender = FirebaseSender(stand_in_app(fcm_url))
                with running_app(
                    slot, settings, database, programme, sender=sender, clock=clock, log=log
                ) as app:
                    _invite(console, settings, database, named, record, clock)
                    serve_until_stopped(app, listener)
            kept = database.name
    console.print(
        f"Stopped. The world is kept in {kept}; `regulars demo` goes on with it.", soft_wrap=True
    )


def _address(settings: Settings) -> str:
    """The demo's own file beside the shop's, or the PostgreSQL database that was named."""
    if sqlite_path(settings.database_url) is None:
        return settings.database_url
    return f"sqlite:///{settings.data_dir / DEMO_FILE}"


def _has_members(url: str) -> bool:
    with closing(database_at(url)) as database:
        migrate(database)
        return database.read_now(member_store.count) > 0


def _build(
    url: str,
    settings: Settings,
    programme: Programme,
    *,
    members: int,
    now: datetime,
    console: Console,
) -> None:
    """Build a file beside its final name: an interrupted world is not taken for a whole one."""
    path = sqlite_path(url)
    draft = path.with_name(f"{path.name}.draft") if path else None
    if draft:
        remove_database(draft)
    keys = card_keys(settings.data_dir)
    database = database_at(f"sqlite:///{draft}" if draft else url)
    try:
        migrate(database)
        bar = Progress(
            TextColumn("A year of Café Octave"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("days"),
            TimeElapsedColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task("", total=None)
            world = World(database, programme, keys=keys, now=now)
            visits = world.build(
                members, progress=lambda done, days: bar.update(task, completed=done, total=days)
            )
    finally:
        database.close()
    if path and draft:
        for suffix in ("-wal", ""):
            part = draft.with_name(draft.name + suffix)
            if part.exists():
                part.rename(path.with_name(path.name + suffix))
        remove_database(draft)  # what stands beside it still
    console.print(f"{members} members made {visits:,} visits.")


def _show(console: Console) -> Callable[[dict[str, object]], None]:
    def show(message: dict[str, object]) -> None:
        note = message.get("notification")
        title, body = (note.get("title"), note.get("body")) if isinstance(note, dict) else ("", "")
        to = message.get("fid") or message.get("token")
        console.print(f"[bold magenta]push[/] to {to}: [bold]{title}[/] — {body}", highlight=False)

    return show


def _invite(
    console: Console,
    settings: Settings,
    database: Database,
    named: NamedMember,
    record: MemberRecord,
    clock: Clock,
) -> None:
    """Print what to try, each line ready to be copied."""
    key, now, url = demo_token_key(settings.data_dir), clock.now(), settings.public_url.rstrip("/")

    def token(subject: str, role: Role, store_id: str | None = None) -> str:
        return issue_demo_token(
            key,
            subject=subject,
            role=role,
            store_id=store_id,
            staff_id=subject if role is not Role.MEMBER else None,
            now=now,
            ttl_s=int(TOKEN_LIFE.total_seconds()),
        )

    clerk = next(each for each in STAFF if each.role is Role.CLERK)
    manager = next(each for each in STAFF if each.role is Role.MANAGER)
    member_token = token(named.subject, Role.MEMBER)
    clerk_token = token(clerk.id, clerk.role, clerk.store_id)
    manager_token = token(manager.id, manager.role, manager.store_id)
    handle = database.read_now(lambda c: cards.current_handle(c, record.id)) or b""
    pictures = ImageAddresses(key=image_key(settings.data_dir), public_url=url)
    lines = (
        ("GraphQL page, as member " + named.name, f"{url}/graphql#token={member_token}"),
        (f"GraphQL page, as clerk in {clerk.store_id}", f"{url}/graphql#token={clerk_token}"),
        ("GraphQL page, as manager", f"{url}/graphql#token={manager_token}"),
        ("The till", f"{url}/staff#token={clerk_token}"),
        ("What waits for a decision", f"{url}/staff/decisions#token={manager_token}"),
        (
            f"{named.name}'s card (number {grouped_number(record.number)})",
            pictures.address(handle, now=now, life=PICTURE_LIFE),
        ),
        ("The home screen", _curl(url, member_token)),
        ("The ledger, checked", "REGULARS_ENV=demo regulars verify"),
    )
    console.rule("Regulars is running: things to try")
    for title, text in lines:
        console.print(f"\n[bold]{title}[/]")
        console.print(text, soft_wrap=True, highlight=False, markup=False)
    console.print("\nPushes appear below as they arrive. Ctrl+C stops.", style="dim")


def _curl(url: str, token: str) -> str:
    """A command that prints the home screen; the query is the one that apps use."""
    text = (Path(SDL_FILE).parent / "operations/Home.graphql").read_text()
    body = json.dumps({"query": " ".join(line.split("#")[0].strip() for line in text.splitlines())})
    return (
        f"curl -s {url}/graphql -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {token}' -d '{body}'"
    )
