"""What measures count of an activity, and what is too much."""

from collections import Counter
from dataclasses import replace

import orjson

from gamification.activities.rules import COUNTED_MAX
from gamification.expressions import compile_expression
from gamification.verify.rebuild.run import rebuild
from tests.world import World


def count_pastries_as(world: World, amount: int) -> None:
    measures = world.programme.measures
    measure = replace(measures["pastries"], amount=compile_expression(str(amount)))
    world.programme = replace(
        world.programme, measures={**measures, "pastries": measure}, version=str(amount)
    )


def counted(world: World) -> list[int]:
    return world.rows("SELECT amount FROM bucket WHERE measure = 'pastries' AND day = '0001-01-01'")


def assert_all_is_well(world: World) -> None:
    assert world.violations() == []
    assert world.read(lambda c: list(rebuild(c, world.programme, seen=Counter()))) == []


def test_what_no_bucket_can_hold_is_a_fault_of_its_measure_and_the_purchase_stands(
    world: World,
) -> None:
    count_pastries_as(world, 2**63 - 1)
    member = world.enrol()
    purchases = [world.buy(member, "10.00").result() for _ in range(2)]
    assert [purchase["points"] for purchase in purchases] == [110, 110]
    assert counted(world) == []
    for faults in world.rows("SELECT faults FROM activity"):
        [fault] = orjson.loads(faults)
        assert fault["rule"] == "measure:pastries"
        assert f"gave {2**63 - 1}, more than {COUNTED_MAX}" in fault["reason"]
    assert_all_is_well(world)


def test_the_most_that_an_activity_may_count_is_counted_and_taken_back(world: World) -> None:
    count_pastries_as(world, COUNTED_MAX)
    member = world.enrol()
    first, _ = world.buy(member, "10.00"), world.buy(member, "10.00")
    assert counted(world) == [2 * COUNTED_MAX]
    world.refund(first).result()
    assert counted(world) == [COUNTED_MAX]
    assert set(world.rows("SELECT faults FROM activity")) == {"[]"}
    assert_all_is_well(world)


def test_one_more_than_that_counts_nothing(world: World) -> None:
    count_pastries_as(world, COUNTED_MAX + 1)
    world.buy(world.enrol(), "10.00").result()
    assert counted(world) == []
