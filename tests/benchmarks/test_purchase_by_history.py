"""A purchase costs O(rules): members with ten past activities and ten thousand, side by side."""

import statistics
import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from api.database import Database
from gamification.members.rules import MemberRecord
from gamification.stamps.rules import StampCard
from tests.world import World

pytestmark = pytest.mark.benchmark

HISTORIES = (10, 1_000, 10_000)  # activities
YEARS = 5
ROUNDS = 400
PROMISED = 1.2  # what the longest history may cost over the shortest


def test_a_purchase_costs_the_same_whatever_the_history(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    members = {size: world.enrol(f"of {size}") for size in HISTORIES}
    card = StampCard(id="card", name={}, description={}, measure="pastries", every=10, points=5)
    world.programme = replace(world.programme, stamps=[card])
    live(world, members)
    sweep(world.database)
    took_s: dict[int, list[float]] = {size: [] for size in HISTORIES}
    for round_number in range(ROUNDS):
        world.pass_time(minutes=1)
        # Each is first, second and last as often.
        turn = round_number % len(HISTORIES)
        for size in (*HISTORIES[turn:], *HISTORIES[:turn]):
            began_s = time.perf_counter()
            world.eat_pastries(members[size], 1)
            took_s[size].append(time.perf_counter() - began_s)
    medians_ms = {size: statistics.median(took_s[size]) * 1000 for size in HISTORIES}
    ratios = {size: medians_ms[size] / medians_ms[HISTORIES[0]] for size in HISTORIES}
    with capsys.disabled():
        print()  # noqa: T201 -- asked for
        for size in HISTORIES:
            print(f"{size:6,} past activities: {medians_ms[size]:.2f} ms, {ratios[size]:.2f}")  # noqa: T201 -- as above
    assert max(ratios.values()) <= PROMISED
    assert world.violations() == []


def live(world: World, members: dict[int, MemberRecord]) -> None:
    """Years of purchases, visits, challenges and stamps, each member's spread over all of them."""
    most = max(members)
    step = timedelta(days=365 * YEARS) / most
    for number in range(most):
        world.now += step
        for size, member in members.items():
            if number % (most // size):
                continue
            if number % 70 == 0:
                world.join(member, "three_a_week")
                world.join(member, "pastry_month")
            if number % 3:
                world.eat_pastries(member, 1 + number % 4)
            else:
                world.drop_in(member)


def sweep(database: Database) -> None:
    """What PostgreSQL does by itself in the course of years, and had no time for here."""
    if database.url.startswith("postgresql"):
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
