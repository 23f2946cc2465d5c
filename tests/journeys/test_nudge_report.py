"""A manager sees what nudges are worth; nobody else does."""

from collections.abc import Iterator

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import Server, serving
from tests.journeys.story import run
from tests.notifications.comparing import RULE, assign, comparing
from tests.world import World


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    world.programme = comparing(world.programme)
    told, held_out = assign(world, 6)
    assert (len(told), len(held_out)) == (3, 3)
    with serving(world) as server:
        server.pass_time(days=15)
        yield server


def test_a_manager_sees_each_rule_and_nobody_else_any(server: Server) -> None:
    (line,) = run(server, "NudgeReport", token=server.token(Role.MANAGER))["staff"]["nudgeReport"]
    assert line == {
        "rule": RULE,
        "isInProgramme": True,
        "pausedAt": None,
        "pausedBecause": None,
        "sent": 0,
        "delivered": 0,
        "opened": 0,
        "heldOut": 3,
        "keptBack": [],
        "toldMeasured": 3,
        "toldWhoCame": 0,
        "heldOutMeasured": 3,
        "visits": None,
        "spend": None,
        "rewardCost": None,
        "verdict": "TOO_EARLY",
    }
    for role in (Role.CLERK, Role.SYSTEM):
        assert run(server, "NudgeReport", token=server.token(role))["staff"]["nudgeReport"] == []
    member = server.token(Role.MEMBER, subject="somebody")
    assert run(server, "NudgeReport", token=member)["staff"] is None
