"""`regulars serve` and `regulars work`."""

import typer

from api.commands.common import console
from api.logs import configure_logs
from api.processes import serve_in_processes, serve_in_this_process, work_in_this_process
from api.server import listening_apart
from api.settings import load_settings

WORKERS_MAX = 64  # beyond the cores of any machine that this is for


def serve(
    host: str | None = typer.Option(None, help="The address to listen on."),
    port: int | None = typer.Option(None, min=1, max=65535, help="The port to listen on."),
    workers: int = typer.Option(1, min=1, max=WORKERS_MAX, help="How many processes serve."),
    work: bool = typer.Option(  # noqa: FBT001 -- a flag of the command line
        True,  # noqa: FBT003 -- as above
        help="Send pushes and sweep up beside the API, or leave that to `regulars work`.",
    ),
) -> None:
    """Serve the API and send pushes, until stopped; what is in flight is finished first.

    Settings come from the environment: see README.md. New tables are made when needed.
    """
    settings = load_settings(host=host, port=port)
    configure_logs(level=settings.log_level)
    with listening_apart(settings, count=workers) as listeners:
        if workers == 1:
            serve_in_this_process(settings, listeners[0], works=work)
        else:
            serve_in_processes(settings, listeners, works=work)
    console.print("Stopped; everything in flight was finished.")


def work() -> None:
    """Send pushes and sweep up what has expired, until stopped. Any number may run (PostgreSQL).

    With SQLite one process does it: `regulars serve` unless it is told --no-work.
    """
    settings = load_settings()
    configure_logs(level=settings.log_level)
    work_in_this_process(settings)
    console.print("Stopped; what was being sent was finished.")


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (serve, work):
        app.command()(verb)
