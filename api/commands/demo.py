"""`regulars demo`."""

import structlog
import typer

from api.commands.common import clock, console
from api.demo.run import run_demo
from api.demo.world import MEMBERS_MAX
from api.logs import configure_logs
from api.settings import load_settings


def demo(
    port: int = typer.Option(8000, min=1, max=65535, help="Where the demo answers."),
    members: int | None = typer.Option(
        None, min=6, max=MEMBERS_MAX, help="How many members a new world gets; else 200."
    ),
    fresh: bool = typer.Option(False, "--fresh", help="Forget the world and build a new one."),  # noqa: FBT001, FBT003 -- typer's way to make a flag
) -> None:
    """Try Regulars: a café with a year of history, on this machine only.

    Needs no account, no key and no other server. Started again, it goes on with the same world.
    """
    settings = load_settings(env="demo", identity="demo", host="127.0.0.1", port=port)
    configure_logs(level="warning", pretty=True)
    run_demo(
        settings,
        members=members,
        fresh=fresh,
        clock=clock,
        log=structlog.get_logger(),
        console=console,
    )


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(demo)
