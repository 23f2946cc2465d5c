"""A running server over a test's world, reached over real HTTP."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from api.app import Parts, build_app
from api.identity import OPAQUE_BYTES, DemoIdentity, issue_demo_token, new_opaque_key
from api.images import ImageAddresses
from api.keys import CardKeys
from api.loopback import serve_in_thread
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role
from tests.movable_clock import MovableClock
from tests.world import CLERK, KEY_ID, MANAGER, SYSTEM, World

OPERATIONS = Path(__file__).parents[2] / "schema/operations"
TOKEN_KEY = bytes(32)
TOKEN_TTL_S = 10 * 365 * 86_400  # longer than any story
STAFF = {Role.CLERK: CLERK, Role.MANAGER: MANAGER, Role.SYSTEM: SYSTEM}


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """`url` has no slash at its end. The server lives by `clock`, which stands still."""

    url: str
    world: World
    clock: MovableClock

    def pass_time(self, **duration: float) -> None:
        """Move the world's clock and the server's, such as by `minutes=6`."""
        self.world.pass_time(**duration)
        self.clock.advance(timedelta(**duration))

    def token(self, role: Role = Role.MEMBER, *, subject: str | None = None) -> str:
        """A bearer token: of the member enrolled as `subject`, or of the staff of a role."""
        actor = STAFF.get(role)
        return issue_demo_token(
            TOKEN_KEY,
            subject=subject or (actor.staff_id if actor else None) or "nobody",
            role=role,
            store_id=actor.store_id if actor else None,
            staff_id=actor.staff_id if actor else None,
            now=self.clock.now(),
            ttl_s=TOKEN_TTL_S,
        )

    def staff_key(self, actor: Actor = CLERK) -> str:
        """A fresh `rg_` key of someone on the staff."""
        text, key_hash = new_opaque_key(os.urandom(OPAQUE_BYTES))
        self.world.write(
            lambda c: staff.add_key(
                c, key_hash=key_hash, staff_id=actor.staff_id or "", now=self.world.now
            )
        )
        return text

    def ask(self, operation: str, variables: dict[str, Any] | None = None, *, token: str) -> Any:
        """The data of an operation of `schema/operations`, such as "Home"."""
        query = (OPERATIONS / f"{operation}.graphql").read_text(encoding="utf-8")
        response = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": f"Bearer {token}"},
        )
        answer = response.json()
        assert response.status_code == 200, answer
        assert "errors" not in answer, answer
        return answer["data"]


@contextmanager
def serving(world: World) -> Iterator[Server]:
    """Serve a world until the block ends."""
    clock = MovableClock(world.now)
    parts = Parts(
        database=world.database,
        programme=world.programme,
        identity=DemoIdentity(TOKEN_KEY, clock),
        card_keys=CardKeys(
            kid=KEY_ID,
            private_key=world.card_key,
            public_keys={KEY_ID: world.card_key.public_key()},
        ),
        images=ImageAddresses(key=TOKEN_KEY, public_url="http://127.0.0.1"),
        clock=clock,
        log=structlog.get_logger(),
        ide=True,
        is_worker_ready=lambda: True,
    )
    with serve_in_thread(build_app(parts)) as url:
        yield Server(url=url, world=world, clock=clock)
