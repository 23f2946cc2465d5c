from dataclasses import replace

import pytest

from gamification.errors import Refusal
from notifications.actions.register_device import (
    ADDRESS_CHARACTERS_MAX,
    DEVICES_MAX,
    DeviceToRegister,
    register_device,
)
from tests.api.database.at_once import at_once
from tests.notifications.nudging import devices


@pytest.fixture
def request_of_ola(world):
    return DeviceToRegister(
        member_id=world.enrol("Ola").id, address_kind="fid", address="abc:123_x", platform="ios"
    )


def register(world, request):
    return world.write(lambda c: register_device(c, request, world.occasion()))


def test_a_device_is_kept_with_its_address(world, request_of_ola):
    device_id = register(world, request_of_ola)
    (row,) = devices(world)
    assert row.id == device_id
    assert (row.member_id, row.address_kind, row.address, row.platform, row.registered_at) == (
        request_of_ola.member_id,
        "fid",
        "abc:123_x",
        "ios",
        world.now,
    )


def test_the_same_address_is_the_same_device(world, request_of_ola):
    first = register(world, request_of_ola)
    world.pass_time(days=1)
    assert register(world, request_of_ola) == first
    (row,) = devices(world)
    assert row.registered_at == world.now


def test_a_phone_that_changed_hands_belongs_to_who_registered_it_last(world, request_of_ola):
    first = register(world, request_of_ola)
    jan = world.enrol("Jan").id
    assert register(world, replace(request_of_ola, member_id=jan)) == first
    assert [row.member_id for row in devices(world)] == [jan]


def test_a_token_and_an_installation_of_the_same_text_are_two_devices(world, request_of_ola):
    register(world, request_of_ola)
    register(world, replace(request_of_ola, address_kind="token"))
    assert len(devices(world)) == 2


def test_beyond_the_limit_the_device_registered_longest_ago_is_forgotten(world, request_of_ola):
    for n in range(DEVICES_MAX):
        register(world, replace(request_of_ola, address=f"phone{n}"))
        world.pass_time(minutes=1)
    register(world, replace(request_of_ola, address="phone0"))
    world.pass_time(minutes=1)
    register(world, replace(request_of_ola, address="new"))
    left = {row.address for row in devices(world)}
    assert left == {"phone0", "new", *(f"phone{n}" for n in range(2, DEVICES_MAX))}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"address_kind": "email"}, "DEVICE_ADDRESS"),
        ({"platform": "toaster"}, "DEVICE_ADDRESS"),
        ({"address": ""}, "TEXT_LENGTH"),
        ({"address": "x" * (ADDRESS_CHARACTERS_MAX + 1)}, "TEXT_LENGTH"),
        ({"address": "two words"}, "DEVICE_ADDRESS"),
        ({"address": "line\nbreak"}, "DEVICE_ADDRESS"),
        ({"address": "żółw"}, "DEVICE_ADDRESS"),
    ],
)
def test_what_is_no_device_is_refused(world, request_of_ola, changes, code):
    with pytest.raises(Refusal) as refused:
        register(world, replace(request_of_ola, **changes))
    assert refused.value.code == code
    assert devices(world) == []


def test_the_longest_address_is_taken(world, request_of_ola):
    register(world, replace(request_of_ola, address="x" * ADDRESS_CHARACTERS_MAX))
    assert len(devices(world)) == 1


@pytest.mark.parametrize("is_known", [False, True])
def test_of_many_who_register_one_device_at_once_one_has_it_at_the_end(world, is_known):
    guests = [world.enrol(f"Guest {n}") for n in range(6)]
    requests = [
        DeviceToRegister(member_id=guest.id, address_kind="fid", address="tablet", platform="web")
        for guest in guests
    ]
    if is_known:
        register(world, requests[0])
    answers = at_once(*(lambda each=each: register(world, each) for each in requests))
    (row,) = devices(world)
    assert answers == [row.id] * len(requests)
    assert row.member_id in {guest.id for guest in guests}
