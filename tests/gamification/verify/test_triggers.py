import pytest

from tests.databases import only_postgresql, only_sqlite
from tests.gamification.verify.damaging import damage_to
from tests.world import World


@only_sqlite
def test_verify_finds_a_trigger_that_is_gone_or_does_nothing(world: World) -> None:
    world.write(lambda c: c.driver.execute("DROP TRIGGER entry_refuses_update"))
    world.write(lambda c: c.driver.execute("DROP TRIGGER fact_refuses_delete"))
    world.write(
        lambda c: c.driver.execute(
            "CREATE TRIGGER fact_refuses_delete BEFORE DELETE ON fact BEGIN SELECT 1; END"
        )
    )
    assert [str(violation) for violation in world.violations()] == [
        "I8: trigger entry_refuses_update: no trigger refuses every UPDATE of the table entry",
        "I8: trigger fact_refuses_delete: no trigger refuses every DELETE of the table fact",
    ]


@only_postgresql
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE entry DISABLE TRIGGER entry_refuses_update",
        "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_refuses_update",
        "DROP TRIGGER entry_refuses_update ON entry",
        (
            "DROP TRIGGER entry_refuses_update ON entry; CREATE TRIGGER entry_refuses_update"
            " BEFORE UPDATE ON entry FOR EACH ROW WHEN (old.amount > 5)"
            " EXECUTE FUNCTION refuse_change()"
        ),
    ],
)
def test_verify_finds_a_trigger_that_does_not_refuse(world: World, change: str) -> None:
    _, found = damage_to(world)(change)
    assert [(v.check, v.row) for v in found] == [("I8", "entry_refuses_update")]


@only_postgresql
def test_verify_finds_a_table_that_can_be_emptied_at_once(world: World) -> None:
    _, found = damage_to(world)("DROP TRIGGER lot_use_refuses_truncate ON lot_use")
    assert [(v.check, v.row) for v in found] == [("I8", "lot_use_refuses_truncate")]


@only_postgresql
def test_verify_finds_triggers_whose_function_was_emptied(world: World) -> None:
    _, found = damage_to(world)(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NULL; END $$"
    )
    assert {(v.check, v.table) for v in found} == {("I8", "trigger")}
