import io
import json
from typing import Any

import pytest

from api.exports import SECTIONS, find, write_export
from api.kept_words import LEFT_OUT, WORDS
from api.tables import METADATA
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.reads import kept
from notifications.actions.register_device import DeviceToRegister, register_device
from tests.claiming import decide, review
from tests.second_manager import propose, two_managers
from tests.world import World

# Of the shop, and of nobody who is a member.
NOT_ABOUT_A_MEMBER = {"pause", "staff", "staff_key", "store"}


def exported(world: World, member: MemberRecord) -> tuple[Any, int]:
    out = io.StringIO()
    count = world.read(lambda c: write_export(c, member, out, now=world.now))
    return json.loads(out.getvalue()), count


def test_every_table_about_members_is_exported_in_words() -> None:
    assert set(WORDS) == set(SECTIONS) == set(METADATA.tables) - NOT_ABOUT_A_MEMBER


def test_every_column_has_a_word_of_its_own_or_is_a_checksum() -> None:
    for table, (_, words) in WORDS.items():
        columns = {column.name for column in METADATA.tables[table].columns}
        assert columns == set(words) | {name for at, name in LEFT_OUT if at == table}, table
        assert len(set(words.values())) == len(words), table
    titles = [title for title, _ in WORDS.values()]
    assert len(set(titles)) == len(titles)


def test_an_export_holds_all_that_is_kept_of_the_member_and_of_nobody_else(world: World) -> None:
    member, other = world.enrol("Ola Żuk", subject="ola"), world.enrol("Jan", subject="jan")
    for each in (member, other):
        world.buy(each, "100.00", receipt=f"A {each.number}", key=f"key of {each.display_name}")
        world.redeem(each, "coffee")
        world.scan(each)
        world.look_up(each.number, reason=f"{each.display_name} has no phone")
        world.adjust(each, 5, reason=f"{each.display_name} waited")
        device = DeviceToRegister(
            member_id=each.id, address_kind="token", address=each.number, platform="ios"
        )
        world.write(lambda c, d=device: register_device(c, d, world.occasion()))
    document, count = exported(world, member)
    (person,) = document["who you are"]
    assert (person["name"], person["sign-in"]) == ("Ola Żuk", "ola")
    assert {visit["why the card was not shown"] for visit in document["visits"]} == {
        None,
        "Ola Żuk has no phone",
    }
    (adjustment,) = document["points given or taken by hand"]
    assert (adjustment["reason"], adjustment["by"]) == ("Ola Żuk waited", "manager")
    assert [device["address for pushes"] for device in document["devices"]] == [member.number]
    assert f"A {member.number}" in document["activities"][0]["receipt"]
    assert {key["key"] for key in document["requests that count once"]} > {"key of Ola Żuk"}
    assert other.id not in json.dumps(document)
    assert "Jan" not in json.dumps(document)
    lists = [value for value in document.values() if isinstance(value, list)]
    assert count == sum(len(rows) for rows in lists)
    kept_rows = world.contents()
    assert len(document["movements of points"]) * 2 == len(kept_rows["entry"])


def test_an_export_that_is_long_is_read_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.enrol()
    for _ in range(7):
        world.buy(member)
    whole = exported(world, member)
    monkeypatch.setattr(kept, "ROWS_AT_ONCE", 2)
    assert exported(world, member) == whole
    assert len(whole[0]["activities"]) == 7


def test_a_member_without_anything_is_exported_too(world: World) -> None:
    document, _ = exported(world, world.enrol())
    assert document["devices"] == []
    assert document["membership"][0]["time zone"] == "Europe/Warsaw"


def test_a_number_is_found_as_it_was_typed(world: World) -> None:
    member = world.enrol()
    typed = f" {member.number[:4]}-{member.number[4:7]} {member.number[7:]}"
    assert world.read(lambda c: find(c, typed)) == member
    with pytest.raises(Refusal, match="NUMBER_MISTYPED"):
        world.read(lambda c: find(c, "12"))


def test_what_waits_and_what_was_said_of_products_is_exported(market_world: World) -> None:
    world = two_managers(market_world)
    member = world.enrol()
    propose(world, member, 500)
    decide(world, review(world, member, text="Crumbly")).result()
    review(world, member, "Brie", text="Salty")
    document, _ = exported(world, member)
    [proposal] = document["points proposed to be given or taken"]
    assert (proposal["points (below 0: to be taken)"], proposal["state"]) == (500, "waiting")
    claims = document["what you said that you did"]
    assert [claim["what it tells"]["text"] for claim in claims] == ["Crumbly", "Salty"]
    assert [shown["text"] for shown in document["reviews"]] == ["Crumbly"]
