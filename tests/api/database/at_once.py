"""What the tests of databases share: writes of one small table, and threads that start together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from api.database import Database
from api.runner import Runner
from gamification.stores import store as stores

TOGETHER_S_MAX = 20


def adding(store_id: str) -> Callable[[Runner], str]:
    """A write that adds a store; gives its id."""

    def add(runner: Runner) -> str:
        stores.add(runner, store_id=store_id, name="A store")
        return store_id

    return add


def ids(runner: Runner) -> list[str]:
    """A read of the stores there are."""
    return [row[0] for row in runner.driver.execute("SELECT id FROM store ORDER BY id").fetchall()]


def stores_of(database: Database) -> list[str]:
    return database.read_now(ids)


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run each in a thread, all at the same moment; what each gave or raised."""
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        start.wait(TOGETHER_S_MAX)
        try:
            return function()
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            return error

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(run, functions))
