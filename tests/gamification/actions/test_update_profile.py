"""What members say of themselves; a complete profile is rewarded once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from gamification.actions.update_profile import Profile, update_profile
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Actor, Role
from tests.world import CLERK, World

WELCOME, COMPLETE = 200, 100
BORN = date(1990, 6, 12)
AT_ONCE = 24


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


def update(world: World, member: MemberRecord, **changes: Any) -> MemberRecord:
    occasion = world.occasion(world.as_member(member))
    return world.write(lambda c: update_profile(c, Profile(**changes), occasion))


def person(world: World) -> list[Any]:
    return world.rows("SELECT display_name, email, birthday FROM person")


def test_what_is_left_out_stays_as_it_is(world: World) -> None:
    member = world.enrol("Ola", email="ola@example.org")
    changed = update(world, member, display_name="  Aleksandra ", locale="ru")
    assert (changed.display_name, changed.locale) == ("Aleksandra", "ru")
    assert changed.time_zone == member.time_zone
    assert person(world) == [("Aleksandra", "ola@example.org", None)]
    assert world.rows("SELECT locale, time_zone FROM member") == [("ru", member.time_zone)]


def test_a_complete_profile_earns_once(world: World) -> None:
    member = world.enrol()
    update(world, member, email="ola@example.org")
    assert world.balances(member)["available"] == WELCOME
    update(world, member, birthday=BORN)
    assert world.balances(member)["available"] == WELCOME + COMPLETE
    update(world, member, email="ola@example.com", birthday=BORN)
    assert world.balances(member)["available"] == WELCOME + COMPLETE
    assert world.kinds(member).count("ACTIVITY_RECORDED") == 2
    assert world.violations() == []


def test_who_says_all_on_joining_has_a_complete_profile(world: World) -> None:
    member = world.enrol(email="ola@example.org", birthday=BORN)
    assert world.balances(member)["available"] == WELCOME + COMPLETE


def test_a_birthday_is_said_once(world: World) -> None:
    member = world.enrol(birthday=BORN)
    update(world, member, birthday=BORN)
    with world.refuses("BIRTHDAY_STANDS", field="birthday"):
        update(world, member, birthday=date(1990, 6, 13))


def test_of_two_birthdays_said_at_the_same_moment_one_stands(world: World) -> None:
    members = [world.enrol(f"Guest {number}") for number in range(AT_ONCE)]

    def says(member: MemberRecord, born: date) -> date | str:
        try:
            update(world, member, birthday=born)
        except Refusal as refusal:
            return refusal.code
        return born

    both = [(member, BORN.replace(day=day)) for member in members for day in (12, 13)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda each: says(*each), both))
    pairs = [{*found[n : n + 2]} - {"BIRTHDAY_STANDS"} for n in range(0, len(found), 2)]
    assert [len(pair) for pair in pairs] == [1] * AT_ONCE
    stand = world.rows("SELECT birthday FROM person ORDER BY member_id")
    assert [str(each) for each in stand] == [str(pair.pop()) for pair in pairs]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"display_name": " "}, "TEXT_LENGTH"),
        ({"display_name": ""}, "TEXT_LENGTH"),
        ({"email": ""}, "TEXT_LENGTH"),
        ({"display_name": "a" * 101}, "TEXT_LENGTH"),
        ({"email": "nowhere"}, "EMAIL"),
        ({"birthday": date(2040, 1, 1)}, "BIRTHDAY"),
        ({"locale": "Polish!"}, "LOCALE_UNKNOWN"),
        ({"time_zone": "Warsaw"}, "TIME_ZONE_UNKNOWN"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    world: World, changes: dict[str, Any], code: str
) -> None:
    member = world.enrol()
    with world.refuses(code):
        update(world, member, **changes)


def test_only_members_have_a_profile(world: World) -> None:
    stranger = Actor(principal="member:x", role=Role.MEMBER)
    for actor, code in ((CLERK, "FORBIDDEN"), (stranger, "NOT_ENROLLED")):
        with world.refuses(code):
            world.write(lambda c, actor=actor: update_profile(c, Profile(), world.occasion(actor)))
