from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.actions.targets import Target
from gamification.cards.rules import CodeFlag
from tests.world import CLERK, World


def test_a_visit_counts_and_earns_nothing_by_itself(world: World) -> None:
    member = world.enrol()
    assert world.drop_in(member).result()["points"] == 0
    assert world.kinds(member, after=1) == ["VISIT_RECORDED"]
    assert world.rows("SELECT measure, amount FROM bucket ORDER BY day") == [
        ("visits", 1),
        ("visits", 1),
    ]
    assert world.violations() == []


def test_visits_complete_a_challenge_as_purchases_do(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    world.buy(member, "5.00")
    world.drop_in(member)
    world.drop_in(member)
    assert world.awards(member) == [("challenge:three_a_week", 1, "2026-W10")]


def test_a_code_that_was_not_meant_for_checking_in_counts_no_visit(world: World) -> None:
    visit = world.scan(world.enrol(), flags=CodeFlag.EARN | CodeFlag.REDEEM)
    request = VisitToRecord(target=Target(visit_id=visit.id), idempotency_key="k")
    with world.refuses("CODE_NOT_MEANT_FOR_THIS"):
        world.write(lambda c: record_visit(c, request, world.occasion(CLERK)))
