"""Both sides of a referral are rewarded, on the second purchase; nobody is for themselves."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gamification.actions.forget_member import forget_member
from gamification.actions.settle_referrals import referrals_to_settle, settle_referral
from gamification.members.rules import MemberRecord
from gamification.referrals.rules import Reason, State, refused_for
from gamification.verify.rebuild.run import rebuild
from notifications.actions.register_device import DeviceToRegister, register_device
from tests.world import World

WELCOME, REFERRER, REFERRED = 200, 300, 100


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


@pytest.fixture
def ola(world: World) -> MemberRecord:
    return world.enrol("Ola")


@pytest.fixture
def ewa(world: World, ola: MemberRecord) -> MemberRecord:
    """Whom Ola brought."""
    return world.enrol("Ewa", referred_by=ola.number)


def settle(world: World) -> list[State | None]:
    """What the worker does."""
    return [
        world.write(lambda c, each=each: settle_referral(c, each, world.occasion()))
        for each in world.read(
            lambda c: referrals_to_settle(c, programme=world.programme, now=world.now, after="")
        )
    ]


def rewards(world: World, member: MemberRecord) -> int:
    """What a member has of referrals."""
    causes = "cause LIKE 'earn:%:referral' AND to_account ="
    rows = world.rows(f"SELECT amount FROM entry WHERE {causes} '{member.id}:available'")  # noqa: S608 -- ours
    return sum(rows)


def referral(world: World) -> list[Any]:
    return world.rows("SELECT state, reason, times FROM referral")


def use_phone(world: World, member: MemberRecord, address: str = "one") -> None:
    request = DeviceToRegister(
        member_id=member.id, address_kind="fid", address=address, platform="ios"
    )
    world.write(lambda c: register_device(c, request, world.occasion()))


def test_both_are_rewarded_once_on_the_second_purchase(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    assert settle(world) == []
    world.buy(ewa, "5.00")
    assert settle(world) == []
    world.buy(ewa, "5.00")
    assert settle(world) == [State.REWARDED]
    assert settle(world) == []
    world.buy(ewa, "5.00")
    assert settle(world) == []
    assert (rewards(world, ola), rewards(world, ewa)) == (REFERRER, REFERRED)
    assert ("ACTIVITY_RECORDED", {"activity": "brought_a_friend"}) in world.facts(ola)
    assert world.violations() == []


def test_what_was_returned_or_cost_nothing_is_no_purchase(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    world.buy(ewa, "5.00")
    world.buy(ewa, "0.00")
    world.refund(world.buy(ewa, "5.00"))
    assert settle(world) == []
    assert rewards(world, ola) == 0


def test_what_the_friend_returns_is_taken_back_from_both_and_won_again(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    world.buy(ewa, "5.00")
    second = world.buy(ewa, "5.00")
    settle(world)
    before = [world.balances(member)["available"] for member in (ola, ewa)]
    world.refund(second)
    assert settle(world) == [State.WAITING]
    after = [world.balances(member)["available"] for member in (ola, ewa)]
    bought = 50  # points for the purchase itself
    assert [was - now for was, now in zip(before, after, strict=True)] == [
        REFERRER,
        REFERRED + bought,
    ]
    assert ("ACTIVITY_WITHDRAWN", {"activity": "brought_a_friend"}) in world.facts(ola)
    assert settle(world) == []
    world.buy(ewa, "5.00")
    assert settle(world) == [State.REWARDED]
    assert [world.balances(member)["available"] for member in (ola, ewa)] == before
    assert referral(world) == [("rewarded", None, 2)]
    assert world.violations() == []
    assert world.read(lambda c: list(rebuild(c, world.programme, seen=Counter()))) == []


def test_what_is_returned_beyond_the_purchases_that_count_changes_nothing(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    third = [world.buy(ewa, "5.00") for _ in range(3)][-1]
    settle(world)
    world.refund(third)
    assert referral(world) == [("doubted", None, 1)]
    assert settle(world) == [State.REWARDED]
    assert (rewards(world, ola), rewards(world, ewa)) == (REFERRER, REFERRED)


def test_points_of_a_friend_that_are_spent_become_a_debt(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    second = [world.buy(ewa, "5.00") for _ in range(2)][-1]
    settle(world)
    world.adjust(ola, 600 - world.balances(ola)["available"])
    world.redeem(ola, "bread")
    world.refund(second)
    settle(world)
    assert world.balances(ola)["available"] >= 0
    assert world.violations() == []


def test_who_takes_too_long_brings_nothing(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    world.pass_time(days=60)
    assert settle(world) == [State.LAPSED]
    world.buy(ewa)
    world.buy(ewa)
    assert settle(world) == []
    assert rewards(world, ola) == 0


@pytest.mark.parametrize("first", ["referrer", "friend"])
def test_a_phone_that_both_have_used_brings_nothing(
    world: World, ola: MemberRecord, ewa: MemberRecord, first: str
) -> None:
    for member in (ola, ewa) if first == "referrer" else (ewa, ola):
        use_phone(world, member)
    world.buy(ewa)
    world.buy(ewa)
    assert settle(world) == [State.REFUSED]
    assert referral(world) == [("refused", "shared_device", 0)]
    assert rewards(world, ola) == rewards(world, ewa) == 0


def test_a_phone_of_the_referrers_referrer_brings_nothing(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    jan = world.enrol("Jan", referred_by=ewa.number)
    use_phone(world, ola)
    use_phone(world, jan)
    for _ in range(2):
        world.buy(jan)
    assert settle(world) == [State.REFUSED]


def test_one_phone_for_many_friends_brings_nothing(world: World, ola: MemberRecord) -> None:
    friends = [world.enrol(f"Friend {n}", referred_by=ola.number) for n in range(4)]
    use_phone(world, ola)
    for friend in friends:
        use_phone(world, friend)
        for _ in range(2):
            world.buy(friend, "5.00")
    assert settle(world) == [State.REFUSED] * 4
    assert rewards(world, ola) == 0


def test_friends_who_share_a_phone_with_each_other_bring_nothing(
    world: World, ola: MemberRecord
) -> None:
    for n in range(3):
        friend = world.enrol(f"Friend {n}", referred_by=ola.number)
        use_phone(world, friend, "theirs")
        for _ in range(2):
            world.buy(friend, "5.00")
    assert settle(world) == [State.REFUSED] * 3
    assert rewards(world, ola) == 0


def test_purchases_that_are_too_small_or_were_all_but_returned_do_not_count(
    world: World, ewa: MemberRecord
) -> None:
    world.buy(ewa, "4.99")
    world.refund(world.buy(ewa, "50.00"), amount=Decimal("45.01"))
    world.refund(world.buy(ewa, "50.00"), amount=Decimal("45.00"))
    assert settle(world) == []
    world.buy(ewa, "5.00")
    assert settle(world) == [State.REWARDED]


@pytest.mark.parametrize(("days", "state"), [(59, State.REWARDED), (60, State.LAPSED)])
def test_a_worker_that_comes_late_decides_as_one_that_was_there(
    world: World, ewa: MemberRecord, days: int, state: State
) -> None:
    world.buy(ewa, "5.00")
    world.pass_time(days=days)
    world.buy(ewa, "5.00")
    world.pass_time(days=20)
    assert settle(world) == [state]


def test_what_was_given_under_another_name_is_taken_back_too(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    second = [world.buy(ewa, "5.00") for _ in range(2)][-1]
    settle(world)
    kinds = {
        f"new_{kind.id}" if "brought" in kind.id else kind.id: kind
        for kind in world.programme.kinds.values()
    }
    renamed = {name: replace(kind, id=name) for name, kind in kinds.items()}
    world.refund(second)
    world.programme = replace(world.programme, kinds=renamed, version="renamed")
    assert settle(world) == [State.WAITING]
    assert world.balances(ola)["available"] == WELCOME


def test_phones_of_their_own_are_no_reason(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    use_phone(world, ola, "one")
    use_phone(world, ewa, "two")
    use_phone(world, ewa, "two")
    world.buy(ewa)
    world.buy(ewa)
    assert settle(world) == [State.REWARDED]


@pytest.mark.parametrize(
    ("chain", "shared", "reason"),
    [
        (["a", "b"], set(), None),
        (["a", "friend"], set(), Reason.RING),
        (["a", "b"], {"b"}, Reason.SHARED_DEVICE),
        (["a", "b"], {"c"}, None),
    ],
)
def test_a_circle_is_refused(chain: list[str], shared: set[str], reason: Reason | None) -> None:
    assert refused_for("friend", chain=chain, shared=shared) == reason


def test_nobody_is_rewarded_with_a_forgotten_member(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    world.buy(ewa)
    world.buy(ewa)
    world.write(lambda c: forget_member(c, ola.number, world.occasion(), importer="import"))
    assert settle(world) == [State.REFUSED]
    assert referral(world) == [("refused", "forgotten", 0)]
    assert rewards(world, ewa) == 0


@pytest.mark.parametrize("number", ["", "1234567890", "none at all"])
def test_a_number_of_nobody_is_told_and_nobody_joins(world: World, number: str) -> None:
    with world.refuses("REFERRER_UNKNOWN", field="referredBy"):
        world.enrol("Ewa", referred_by=number)


def test_a_programme_without_referrals_settles_none(
    world: World, ola: MemberRecord, ewa: MemberRecord
) -> None:
    world.buy(ewa)
    world.buy(ewa)
    world.programme = replace(world.programme, referral=None)
    assert settle(world) == []
    assert rewards(world, ola) == 0
