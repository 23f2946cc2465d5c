import pytest

from gamification.cards.rules import CodeFlag
from gamification.members.rules import MemberRecord
from tests.world import World


@pytest.fixture
def ola(world: World) -> MemberRecord:
    member = world.enrol("Ola")
    world.buy(member, "200.00")
    return member


def voucher_of(world: World, member: MemberRecord) -> str:
    return str(world.redeem(member, "coffee").result()["voucher_id"])


def test_a_captured_voucher_spends_what_was_set_aside(world: World, ola: MemberRecord) -> None:
    voucher = voucher_of(world, ola)
    visit = world.scan(ola)
    outcome = world.capture(visit.id, voucher).result()
    assert outcome == {"voucher_id": voucher, "member_id": ola.id, "reward_id": "coffee"}
    assert world.balances(ola)["pending"] == 0
    assert world.rows("SELECT sum(balance) FROM account WHERE kind = 'redeemed'") == [900]
    assert world.rows("SELECT state, visit_id FROM voucher") == [("captured", visit.id)]
    assert world.facts(ola)[-1] == ("VOUCHER_CAPTURED", {"reward": "coffee"})


def test_a_voucher_may_be_named_by_its_code_as_it_is_read_out(
    world: World, ola: MemberRecord
) -> None:
    voucher = voucher_of(world, ola)
    (code,) = world.rows("SELECT code FROM voucher")
    spoken = f" {code[:4].lower()}-{code[4:]} "
    assert world.capture(world.scan(ola).id, spoken).result()["voucher_id"] == voucher


def test_the_voucher_of_another_member_is_unknown(world: World, ola: MemberRecord) -> None:
    voucher = voucher_of(world, ola)
    visit = world.scan(world.enrol("Jan"))
    with world.refuses("VOUCHER_UNKNOWN"):
        world.capture(visit.id, voucher)


@pytest.mark.parametrize("voucher", ["AAAAAAAA", "", "\0", "AAAA\0AAAA"])
def test_a_voucher_that_does_not_exist_is_unknown(
    world: World, ola: MemberRecord, voucher: str
) -> None:
    visit = world.scan(ola)
    with world.refuses("VOUCHER_UNKNOWN"):
        world.capture(visit.id, voucher)


def test_a_voucher_is_captured_once(world: World, ola: MemberRecord) -> None:
    voucher = voucher_of(world, ola)
    visit = world.scan(ola)
    first = world.capture(visit.id, voucher, key="k")
    assert world.capture(visit.id, voucher, key="k").outcome == first.outcome
    with world.refuses("VOUCHER_CAPTURED", sticky=True):
        world.capture(visit.id, voucher).result()


def test_a_voucher_whose_time_is_over_is_refused_before_and_after_the_sweep(
    world: World, ola: MemberRecord
) -> None:
    voucher = voucher_of(world, ola)
    world.pass_time(days=30)
    visit = world.scan(ola)
    with world.refuses("VOUCHER_LAPSED", sticky=True):
        world.capture(visit.id, voucher).result()
    world.expire()
    with world.refuses("VOUCHER_LAPSED", sticky=True):
        world.capture(visit.id, voucher).result()


def test_a_voucher_can_be_captured_until_the_last_moment(world: World, ola: MemberRecord) -> None:
    voucher = voucher_of(world, ola)
    world.pass_time(days=30, microseconds=-1)
    world.capture(world.scan(ola).id, voucher).result()


def test_a_looked_up_visit_captures_nothing(world: World, ola: MemberRecord) -> None:
    voucher = voucher_of(world, ola)
    visit = world.look_up(ola.number)
    with world.refuses("CODE_NOT_MEANT_FOR_THIS"):
        world.capture(visit.id, voucher)


def test_a_code_that_was_not_meant_for_redeeming_captures_nothing(
    world: World, ola: MemberRecord
) -> None:
    voucher = voucher_of(world, ola)
    visit = world.scan(ola, flags=CodeFlag.EARN)
    with world.refuses("CODE_NOT_MEANT_FOR_THIS"):
        world.capture(visit.id, voucher)


def test_a_prize_is_captured_without_points(world: World) -> None:
    member = world.enrol()
    world.join(member, "three_a_week")
    world.join(member, "pastry_month")
    world.eat_pastries(member, 5)
    (voucher,) = world.rows("SELECT id FROM voucher")
    before = world.rows("SELECT count(*) FROM entry")
    world.capture(world.scan(member).id, voucher).result()
    assert world.rows("SELECT count(*) FROM entry") == before
    assert world.violations() == []
