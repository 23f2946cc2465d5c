"""What a journey starts with: a server over the world, and a browser where one is installed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.server import Server, serving
from tests.world import World

DEMAND = "REGULARS_DEMAND_CHROMIUM"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # It would ask its maker's hosts for updates at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    with serving(world) as server:
        yield server


# Not for the session: while playwright runs, no other test of this thread may start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing = "CHROMIUM IS NOT INSTALLED: the staff page was not tried (Debian: chromium)"
        if os.environ.get(DEMAND):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=Path(chromium), args=list(CHROMIUM_ARGUMENTS)
        )
        yield browser
        browser.close()
