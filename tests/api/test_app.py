"""The application as a whole: its routes, and how it tells of trouble around it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import RETRY_AFTER_S, Parts, build_app
from api.database import Database, database_at, sqlite_path
from api.identity import DemoIdentity, Identity, IdentityUnavailable, Principal, issue_demo_token
from api.images import ImageAddresses
from api.keys import CardKeys
from tests import postgresql
from tests.api.log_capture import structured_log
from tests.databases import only_sqlite
from tests.movable_clock import MovableClock
from tests.world import KEY_ID, World

TOKEN_KEY = bytes(32)
REQUEST_ID = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"


class IdentityAway:
    async def authenticate(self, bearer: str) -> Principal:
        raise IdentityUnavailable(bearer)


def parts_of(
    world: World,
    *,
    database: Database | None = None,
    identity: Identity | None = None,
    ide: bool = True,
    is_worker_ready: bool = True,
) -> Parts:
    clock = MovableClock(world.now)
    return Parts(
        database=database or world.database,
        programme=world.programme,
        identity=identity or DemoIdentity(TOKEN_KEY, clock),
        card_keys=CardKeys(
            kid=KEY_ID,
            private_key=world.card_key,
            public_keys={KEY_ID: world.card_key.public_key()},
        ),
        images=ImageAddresses(key=TOKEN_KEY, public_url="http://127.0.0.1"),
        clock=clock,
        log=structured_log(),
        ide=ide,
        is_worker_ready=lambda: is_worker_ready,
    )


def send(parts: Parts, method: str, path: str, **more: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(build_app(parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(go())


def ask(parts: Parts, query: str, *, subject: str = "ola") -> httpx.Response:
    token = issue_demo_token(TOKEN_KEY, subject=subject, now=parts.clock.now(), ttl_s=60)
    headers = {"Authorization": f"Bearer {token}"}
    return send(parts, "POST", "/graphql", json={"query": query}, headers=headers)


def test_a_process_that_answers_is_up(world: World) -> None:
    response = send(parts_of(world, is_worker_ready=False), "GET", "/health")
    assert (response.status_code, response.json()) == (200, {"status": "up"})


@pytest.mark.parametrize(("engine", "status"), [(True, 200), (False, 503)])
def test_it_is_ready_when_pushes_can_go_out(world: World, *, engine: bool, status: int) -> None:
    response = send(parts_of(world, is_worker_ready=engine), "GET", "/ready")
    assert (response.status_code, response.json()) == (
        status,
        {"database": True, "engine": engine},
    )


def without_its_tables(_: str) -> None:
    """As it is: nothing has made them."""


def without_itself(url: str) -> None:
    """Its disk went away, or somebody dropped it, after the start."""
    if path := sqlite_path(url):
        shutil.rmtree(path.parent)
    else:
        postgresql.drop(url)


@only_sqlite  # the world's; the one that is gone is on both
@pytest.mark.parametrize("lose", [without_its_tables, without_itself])
def test_a_database_that_is_gone_is_told_and_asked_for_again(
    world: World, new_url: str, lose: Callable[[str], None]
) -> None:
    database = database_at(new_url)
    lose(new_url)
    parts = parts_of(world, database=database)
    ready = send(parts, "GET", "/ready")
    assert (ready.status_code, ready.json()) == (503, {"database": False, "engine": True})
    assert send(parts, "GET", "/health").status_code == 200
    with_a_key = send(
        parts,
        "POST",
        "/graphql",
        json={"query": "{ viewer { staff { role } } }"},
        headers={"Authorization": "Bearer rg_" + "x" * 43},
    )
    assert (with_a_key.status_code, with_a_key.headers["retry-after"]) == (503, "1")
    assert with_a_key.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    database.close()


def test_a_sign_in_that_cannot_be_checked_now_is_asked_for_again(world: World) -> None:
    response = ask(parts_of(world, identity=IdentityAway()), "{ viewer { __typename } }")
    assert (response.status_code, response.headers["retry-after"]) == (503, str(RETRY_AFTER_S))
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


def test_in_production_the_contract_is_a_file_and_no_conversation(world: World) -> None:
    parts = parts_of(world, ide=False)
    browser = {"accept": "text/html"}
    assert send(parts, "GET", "/graphql", headers=browser).status_code == 405
    (error,) = ask(parts, "{ __schema { types { name } } }").json()["errors"]
    assert error["extensions"]["code"] == "INTROSPECTION_DISABLED"
    printed = send(parts, "GET", "/schema.graphql")
    assert printed.text == Path("schema/schema.graphql").read_text(encoding="utf-8")


def test_where_things_are_tried_out_a_browser_gets_a_page(world: World) -> None:
    parts = parts_of(world)
    page = send(parts, "GET", "/graphql", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "errors" not in ask(parts, "{ __schema { queryType { name } } }").json()
    for path in ("/staff", "/staff/decisions"):
        assert send(parts, "GET", path).text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/cards/", 404),
        ("GET", "/cards/00.png", 404),
        ("GET", "/cards/../schema.graphql", 200),
        ("POST", "/staff", 405),
        ("DELETE", "/health", 405),
        ("PUT", "/graphql", 405),
    ],
)
def test_what_is_not_served_is_refused(world: World, method: str, path: str, status: int) -> None:
    assert send(parts_of(world), method, path).status_code == status


def test_every_answer_names_its_request(world: World) -> None:
    parts = parts_of(world)
    given = send(parts, "GET", "/health", headers={"x-request-id": REQUEST_ID})
    assert given.headers["x-request-id"] == REQUEST_ID
    assert send(parts, "GET", "/nowhere").headers["x-request-id"]


def test_a_stranger_is_nobody_yet(world: World) -> None:
    answer = ask(
        parts_of(world), "{ viewer { member { id } staff { role } } programme { members } }"
    )
    assert answer.json() == {
        "data": {"viewer": {"member": None, "staff": None}, "programme": {"members": 0}}
    }
