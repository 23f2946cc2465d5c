"""`regulars serve`."""

import structlog
import typer

from api.commands.common import clock, console
from api.logs import configure_logs
from api.server import (
    listen,
    open_database,
    production_sender,
    running_app,
    serve_until_stopped,
    sole_server,
)
from api.settings import load_settings


def serve(
    host: str | None = typer.Option(None, help="The address to listen on."),
    port: int | None = typer.Option(None, min=1, max=65535, help="The port to listen on."),
) -> None:
    """Serve the API and send pushes, until stopped; what is in flight is finished first.

    Settings come from the environment: see README.md. New tables are made when needed.
    """
    settings = load_settings(host=host, port=port)
    configure_logs(level=settings.log_level)
    sender = production_sender(settings)
    log = structlog.get_logger()
    with (
        listen(settings) as listener,
        sole_server(settings),
        open_database(settings) as database,
        running_app(settings, database, sender=sender, clock=clock, log=log) as app,
    ):
        serve_until_stopped(app, listener)
    console.print("Stopped; everything in flight was finished.")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(serve)
