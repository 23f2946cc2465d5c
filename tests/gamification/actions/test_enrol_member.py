from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.members.rules import MemberRecord, is_valid_number
from tests.api.database.at_once import at_once
from tests.world import World

OLA = Enrolment(
    subject="firebase:1", display_name="Ola Nowak", locale="pl", time_zone="Europe/Warsaw"
)


def enrol(world: World, **changes: Any) -> tuple[MemberRecord, bool]:
    request = replace(OLA, **changes)
    return world.write(
        lambda c: enrol_member(
            c,
            request,
            world.occasion(),
            new_number=world.new_number,
            new_handle=lambda: world.chance.randbytes(8),
        )
    )


def test_a_new_member_has_a_number_a_card_empty_accounts_and_a_first_fact(world: World) -> None:
    member, new = enrol(world)
    assert new
    assert is_valid_number(member.number)
    assert world.rows("SELECT member_id FROM card") == [member.id]
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    assert world.facts(member) == [("MEMBER_ENROLLED", {})]
    assert world.violations() == []


def test_the_same_subject_is_the_same_member_and_nothing_is_written(world: World) -> None:
    first, _ = enrol(world)
    before = world.contents()
    again, new = enrol(world, display_name="Somebody Else")
    assert (again, new) == (first, False)
    assert world.contents() == before


def test_whoever_enrols_many_times_at_once_is_one_member(world: World) -> None:
    answers = at_once(*[lambda: enrol(world)] * 20)
    assert {member.id for member, _ in answers} == set(world.rows("SELECT id FROM member"))
    assert sorted(new for _, new in answers) == [False] * 19 + [True]
    assert world.rows("SELECT subject FROM person") == ["firebase:1"]
    assert world.violations() == []


def test_members_without_a_subject_are_each_new(world: World) -> None:
    first, _ = enrol(world, subject=None, external_id="1")
    second, new = enrol(world, subject=None, external_id="2")
    assert new
    assert first.id != second.id


def test_a_number_that_is_taken_is_not_given_again(world: World) -> None:
    first, _ = enrol(world)
    numbers = iter([first.number, "0000000000"])
    world.new_number = lambda: next(numbers)  # type: ignore[method-assign]  # a chance that meets
    second, _ = enrol(world, subject="firebase:2")
    assert second.number == "0000000000"


def test_a_name_loses_its_superfluous_spaces(world: World) -> None:
    member, _ = enrol(world, display_name="  Ola \n  Nowak ")
    assert member.display_name == "Ola Nowak"
    assert world.rows("SELECT display_name FROM person") == ["Ola Nowak"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_has_one_to_a_hundred_characters(world: World, name: str) -> None:
    with world.refuses("TEXT_LENGTH", field="displayName", minimum=1, maximum=100):
        enrol(world, display_name=name)


def test_a_name_of_a_hundred_characters_is_a_name(world: World) -> None:
    assert enrol(world, display_name="王" * 100)[1]


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../../etc/passwd", "europe/warsaw"])
def test_a_zone_that_does_not_exist_is_refused(world: World, zone: str) -> None:
    with world.refuses("TIME_ZONE_UNKNOWN", field="timeZone"):
        enrol(world, time_zone=zone)


@pytest.mark.parametrize("locale", ["", "polski", "p", "pl_PL", "pl-", "a" * 36, "en-" + "a" * 40])
def test_a_locale_that_is_no_tag_is_refused(world: World, locale: str) -> None:
    with world.refuses("LOCALE_UNKNOWN", field="locale"):
        enrol(world, locale=locale)


@pytest.mark.parametrize("locale", ["pl", "zh-Hant", "en-GB", "sr-Latn-RS"])
def test_a_tag_is_a_locale(world: World, locale: str) -> None:
    assert enrol(world, locale=locale)[0].locale == locale


def test_personal_data_stands_in_one_table(world: World) -> None:
    enrol(world, email="ola@example.org", birthday=date(1990, 5, 17))
    contents = world.contents()
    person = contents.pop("person")
    assert "ola@example.org" in str(person)
    assert "1990-05-17" in str(person)
    for secret in ("Ola", "example.org", "1990-05-17", "firebase:1"):
        assert secret not in str(contents)


@pytest.mark.parametrize("email", ["nope", "a@b@c", "a b@c.org", "@example.org"])
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    with world.refuses("EMAIL", field="email"):
        enrol(world, email=email)


@pytest.mark.parametrize("birthday", [date(1899, 12, 31), date(2026, 3, 3)])
def test_a_birthday_lies_within_a_life(world: World, birthday: date) -> None:
    with world.refuses("BIRTHDAY", field="birthday"):
        enrol(world, birthday=birthday)


@pytest.mark.parametrize("name", ["\u200b", "\u202eadmin", "\u3164"])
def test_a_name_that_nobody_sees_or_that_turns_the_line_is_refused(world: World, name: str) -> None:
    with world.refuses("TEXT_UNPRINTABLE", field="displayName"):
        enrol(world, display_name=name)


@pytest.mark.parametrize("zone", ["localtime", "Factory"])
def test_a_zone_that_is_no_place_is_refused(world: World, zone: str) -> None:
    with world.refuses("TIME_ZONE_UNKNOWN"):
        enrol(world, time_zone=zone)
