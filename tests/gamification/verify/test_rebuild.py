"""What is rebuilt from activities and entries is what is stored; and where not, it is shown."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from api.runner import Runner
from gamification.members import store as members
from gamification.programme.values import Programme
from gamification.tags import store as tags
from gamification.verify.rebuild.goals import COMPARED, OF_FORGOTTEN, OF_OTHER_VERSION
from gamification.verify.rebuild.run import rebuild
from tests.gamification.verify.planted import PLANTED
from tests.gamification.verify.stories import every_movement
from tests.tampering import behind_its_back
from tests.world import World


def differences(connection: Runner, programme: Programme) -> tuple[list[str], Counter[str]]:
    seen: Counter[str] = Counter()
    return [str(each) for each in rebuild(connection, programme, seen=seen)], seen


def test_a_world_with_every_movement_is_rebuilt_as_it_is(world: World) -> None:
    every_movement(world)
    found, seen = world.read(lambda c: differences(c, world.programme))
    assert found == []
    assert seen == {COMPARED: world.rows("SELECT count(*) FROM activity")[0]}


def test_progress_counts_the_activities(world: World) -> None:
    every_movement(world)
    steps: list[tuple[int, int]] = []

    def look(done: int, of: int) -> None:
        steps.append((done, of))

    world.read(lambda c: list(rebuild(c, world.programme, seen=Counter(), progress=look)))
    [activities] = world.rows("SELECT count(*) FROM activity")
    assert steps[-1] == (activities, activities)


def test_each_difference_that_was_planted_is_shown(world: World) -> None:
    ola = every_movement(world)
    missed = []
    for name, (row, change, line) in PLANTED.items():

        def act(connection: Runner, row: str = row, change: str = change) -> tuple[str, list[str]]:
            [row_id] = connection.driver.execute(row.replace(":ola", f"'{ola.id}'")).fetchone()
            assert connection.driver.execute(change.replace(":row", f"'{row_id}'")).rowcount > 0
            return row_id, differences(connection, world.programme)[0]

        row_id, found = behind_its_back(world.database, act)
        if line.replace(":row", row_id) not in found:
            missed.append((name, line.replace(":row", row_id), found))
    assert missed == []


def test_what_another_version_decided_is_counted_and_not_compared(world: World) -> None:
    ola = every_movement(world)
    [before] = world.rows("SELECT count(*) FROM activity")
    dearer = [replace(rule, rate=rule.rate * Fraction(2)) for rule in world.programme.earning]
    world.programme = replace(world.programme, version="later", earning=dearer)
    world.join(ola, "hundred_coffees")
    world.buy(ola, "10.00")
    found, seen = world.read(lambda c: differences(c, world.programme))
    assert found == []
    assert seen == {COMPARED: 1, OF_OTHER_VERSION: before}


def test_rules_that_changed_without_a_version_are_shown(world: World) -> None:
    world.buy(world.enrol(), "10.00")
    [entry] = world.rows("SELECT id FROM entry WHERE rule = 'spend'")
    dearer = [replace(rule, rate=rule.rate * Fraction(2)) for rule in world.programme.earning]
    changed = replace(world.programme, earning=dearer)
    found, _ = world.read(lambda c: differences(c, changed))
    assert f"entry {entry}: amount stored 100, rebuilt 200" in found


def test_a_forgotten_members_activities_are_counted_and_not_compared(world: World) -> None:
    ola = every_movement(world)
    [of_ola] = world.rows(f"SELECT count(*) FROM activity WHERE member_id = '{ola.id}'")  # noqa: S608 -- ours
    world.write(lambda c: members.forget(c, ola.id))
    found, seen = world.read(lambda c: differences(c, world.programme))
    assert found == []
    assert seen[OF_FORGOTTEN] == of_ola
    assert seen[COMPARED] > 0


def test_an_empty_ledger_has_no_difference(world: World) -> None:
    assert world.read(lambda c: differences(c, world.programme)) == ([], Counter())


def test_nothing_is_written(world: World) -> None:
    every_movement(world)
    before = world.contents()
    world.read(lambda c: differences(c, world.programme))
    assert world.contents() == before


@pytest.mark.parametrize("total", ["0.00", "2.99", "500.00"])
def test_a_purchase_is_rebuilt_whatever_it_earned(world: World, total: str) -> None:
    member = world.enrol()
    world.buy(member, total)
    world.refund(world.buy(member, total))
    assert world.read(lambda c: differences(c, world.programme))[0] == []


def test_points_that_a_segment_multiplied_are_rebuilt_as_they_were(market_world: World) -> None:
    world, member = market_world, market_world.enrol()
    for is_tagged in (True, False):
        change = tags.put if is_tagged else tags.take_off
        world.write(lambda c, change=change: change(c, member.id, "connoisseur"))  # type: ignore[misc]  # one of two alike
        world.buy(member, "10.00")
        world.refund(world.buy(member, "20.00"))
    amounts = world.rows("SELECT amount FROM entry WHERE kind = 'earn' AND rule = 'spend'")
    assert sorted(amounts) == [100, 125, 200, 250]
    assert world.read(lambda c: differences(c, world.programme))[0] == []


def test_a_wrong_amount_is_shown_also_where_a_segment_multiplied_it(market_world: World) -> None:
    world, member = market_world, market_world.enrol()
    world.write(lambda c: tags.put(c, member.id, "connoisseur"))
    world.buy(member, "10.00")
    [entry] = world.rows("SELECT id FROM entry WHERE rule = 'spend'")
    dearer = [replace(each, factor=Fraction(2)) for each in world.programme.multipliers]
    changed = replace(world.programme, multipliers=dearer)
    found, _ = world.read(lambda c: differences(c, changed))
    assert f"entry {entry}: amount stored 125, rebuilt 200" in found
