"""A rule that did harm pauses itself, and tells nobody until somebody resumes it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api.sweeps import Sweeps
from notifications import measuring, pauses
from tests.api.log_capture import captured_logs, lines_of, structured_log
from tests.notifications.comparing import RULE, assign, comparing, of_rule, visit
from tests.world import World


@pytest.fixture
def harmed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Members who were told stay away, those held out come on three days of the next 14."""
    monkeypatch.setattr(measuring, "ARM_MEMBERS_MIN", 10)  # so that tests need few members
    world.programme = comparing(world.programme)
    _, held_out = assign(world, 40)
    visit(world, held_out, days=3)
    return world


def sweeps(world: World) -> Sweeps:
    return Sweeps(
        database=world.database,
        occasion=world.occasion,
        is_stopping=lambda: False,
        log=structured_log(),
    )


def judge(worker: Sweeps) -> list[Any]:
    """What a round logs."""

    async def run() -> None:
        await worker.pause_harmful_nudges()

    with captured_logs() as out:
        asyncio.run(run())
    return [(line["event"], line["level"], line["rule"], line["reason"]) for line in lines_of(out)]


def resume(world: World, rule: str = RULE) -> bool:
    return world.write(lambda c: pauses.resume(c, rule, now=world.now))


def test_a_rule_that_did_harm_tells_nobody_any_more(harmed: World) -> None:
    assert assign(harmed, 1) != ([], [])
    (line,) = judge(sweeps(harmed))
    assert line[:3] == ("nudge_rule_paused", "warning", RULE)
    assert line[3].startswith("-")
    assert line[3].endswith(" visits a member")
    found = of_rule(harmed)
    assert found.is_paused
    assert found.pause is not None
    assert (found.pause.paused_at, found.pause.reason) == (harmed.now, line[3])
    assert assign(harmed, 4) == ([], [])


def test_a_rule_is_paused_once_however_often_it_is_judged(harmed: World) -> None:
    worker = sweeps(harmed)
    assert len(judge(worker)) == 1
    paused = harmed.rows("SELECT paused_at FROM pause")
    harmed.pass_time(days=1)
    assert judge(worker) == []
    assert judge(sweeps(harmed)) == []
    harmed.write(lambda c: pauses.pause(c, RULE, reason="again", now=harmed.now))
    assert harmed.rows("SELECT paused_at FROM pause") == paused


def test_a_worker_judges_once_a_day(harmed: World) -> None:
    worker = sweeps(harmed)
    programme, harmed.programme = harmed.programme, replace(harmed.programme, nudges=())
    assert judge(worker) == []
    harmed.programme = programme
    assert judge(worker) == []
    harmed.pass_time(days=1)
    assert len(judge(worker)) == 1


def test_a_rule_that_is_resumed_tells_members_again_and_is_measured_anew(harmed: World) -> None:
    judge(sweeps(harmed))
    assert resume(harmed)
    assert not of_rule(harmed).is_paused
    assert of_rule(harmed).comparison.told == 0
    assert judge(sweeps(harmed)) == []
    harmed.pass_time(days=1)
    _, held_out = assign(harmed, 40)
    assert held_out
    visit(harmed, held_out, days=3)
    assert of_rule(harmed).comparison.held_out == len(held_out)
    assert len(judge(sweeps(harmed))) == 1
    assert of_rule(harmed).is_paused


def test_what_is_not_paused_is_not_resumed(world: World, harmed: World) -> None:
    assert not resume(world, "nothing")
    judge(sweeps(harmed))
    assert resume(harmed)
    assert not resume(harmed)


def test_a_rule_that_brings_visits_is_not_paused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "ARM_MEMBERS_MIN", 10)
    world.programme = comparing(world.programme)
    told, _ = assign(world, 40)
    visit(world, told, days=3)
    assert judge(sweeps(world)) == []
    assert not of_rule(world).is_paused
