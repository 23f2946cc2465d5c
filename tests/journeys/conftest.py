"""What a journey starts with: a server over the world, and a browser where one is installed."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.database import database_at
from gamification.programme.values import Programme
from tests import postgresql
from tests.databases import BOTH
from tests.journeys.server import Server, serving
from tests.journeys.till import type_and_enter
from tests.world import World

WAIT_MS_MAX = 8_000
DEMAND = "DEMAND_CHROMIUM"
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


@pytest.fixture(scope="module", params=BOTH)
def shared_world(
    request: pytest.FixtureRequest, programme: Programme, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world for all the tests of a module, each of which leaves it fit for the others."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "regulars.sqlite"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        database = database_at(f"sqlite:///{path}")
    else:
        url = request.getfixturevalue("migrated_url")
        postgresql.empty(url)
        database = database_at(url)
    yield World(database, programme)
    database.close()


@pytest.fixture
def port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


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


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A phone in Poland. Whatever the page asks for, it asks our server."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="pl-PL")
    context.set_default_timeout(WAIT_MS_MAX)
    expect.set_options(timeout=WAIT_MS_MAX)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
    yield page
    context.close()
    assert complaints == []
    assert all(url.startswith((f"{server.url}/", "data:")) for url in asked)


@pytest.fixture
def till(server: Server, page: Page) -> Page:
    """The page with a clerk signed in."""
    page.goto(f"{server.url}/staff")
    type_and_enter(page, server.staff_key())
    expect(page.locator("#code")).to_be_focused()
    return page
