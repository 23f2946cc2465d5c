"""Damage to a played world, and what verify says of it."""

from collections.abc import Callable

from api.runner import Runner
from gamification.verify.run import verify
from gamification.verify.violations import Violation
from tests.tampering import behind_its_back
from tests.world import World

Damage = Callable[..., tuple[str, list[Violation]]]


def damage_to(world: World) -> Damage:
    """What verify finds after an edit, and the id that `row` selected first. It is undone then."""

    def edit(change: str, *, row: str = "SELECT 'x'") -> tuple[str, list[Violation]]:
        def act(connection: Runner) -> tuple[str, list[Violation]]:
            row_id = connection.driver.execute(row).fetchone()[0]
            statement = change.replace(":row", f"'{row_id}'")
            assert connection.driver.execute(statement).rowcount
            return str(row_id), list(verify(connection, world.programme, now=world.now))

        return behind_its_back(world.database, act)

    return edit
