import pytest

from gamification.cards.rules import CodeFlag
from gamification.members.rules import grouped_number
from tests.world import World


def test_a_look_up_opens_a_visit_that_earns_but_redeems_nothing(world: World) -> None:
    member = world.enrol()
    visit = world.look_up(member.number, reason="  phone   is empty ")
    assert (visit.member_id, visit.opened_by) == (member.id, "look_up")
    assert visit.reason == "phone is empty"
    assert visit.flags == CodeFlag.EARN | CodeFlag.CHECK_IN


def test_a_number_may_be_typed_as_the_card_shows_it(world: World) -> None:
    member = world.enrol()
    assert world.look_up(grouped_number(member.number)).member_id == member.id


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_look_up_needs_a_reason(world: World, reason: str) -> None:
    member = world.enrol()
    with world.refuses("TEXT_LENGTH", field="reason", minimum=1, maximum=200):
        world.look_up(member.number, reason=reason)


def test_a_slip_of_the_finger_is_told_from_an_unknown_number(world: World) -> None:
    member = world.enrol()
    with world.refuses("NUMBER_MISTYPED"):
        world.look_up(member.number[:-1])
    unknown = world.new_number()
    with world.refuses("MEMBER_UNKNOWN"):
        world.look_up(unknown)


def test_a_member_looks_nobody_up(world: World) -> None:
    member = world.enrol()
    with world.refuses("FORBIDDEN"):
        world.look_up(member.number, actor=world.as_member(member))
