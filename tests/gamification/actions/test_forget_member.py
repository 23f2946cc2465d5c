from decimal import Decimal
from typing import Any

import pytest

from api.erasure import erase
from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.actions.forget_member import forget_member
from gamification.actions.record_purchase import PurchaseLine
from gamification.cards.rules import CodeFlag
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.members.rules import NO_LOCALE, NO_TIME_ZONE, MemberRecord
from tests.world import CLERK, World

FIVE = Decimal(5)
LEDGER = ("account", "award", "bucket", "entry", "fact", "lot", "lot_use", "participation")


def forget(world: World, member: MemberRecord) -> int:
    return erase(world.database, member.number, world.programme, now=world.now).vouchers


def record_of(world: World, member: MemberRecord) -> MemberRecord:
    found = world.read(lambda c: members.by_id(c, member.id))
    assert found is not None
    return found


def of_member(world: World, member: MemberRecord) -> dict[str, list[Any]]:
    """The rows of every table that name a member's id."""
    return {
        table: [row for row in rows if any(member.id in str(value) for value in row)]
        for table, rows in world.contents().items()
    }


def test_nobody_finds_a_forgotten_member(world: World) -> None:
    member = world.enrol()
    code = world.card_code(member)
    visit = world.scan(member)
    purchase = world.buy(member, receipt="A 1")
    forget(world, member)
    with world.refuses("MEMBER_UNKNOWN"):
        world.look_up(member.number)
    with world.refuses("MEMBER_UNKNOWN"):
        world.buy(member)
    with world.refuses("CODE_UNKNOWN"):
        world.scan_code(code)
    with world.refuses("VISIT_UNKNOWN"):
        world.capture(visit.id, "ABCDEFGH")
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase)
    assert world.read(lambda c: members.by_subject(c, "subject-Ola")) is None


def test_a_refunded_purchase_of_a_forgotten_member_is_unknown_too(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member)
    world.refund(purchase)
    forget(world, member)
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase)


def test_the_ledger_of_a_forgotten_member_stays_whole(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00", receipt="A 1")
    world.refund(world.buy(member, "30.00"))
    before = world.contents()
    balances = world.balances(member)
    assert forget(world, member) == 0
    after = world.contents()
    assert [table for table in LEDGER if after[table] != before[table]] == []
    assert world.balances(member) == balances
    assert world.violations() == []


def test_what_a_forgotten_member_left_runs_out_in_its_time(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    forget(world, member)
    world.pass_time(days=400)
    world.expire()
    assert set(world.balances(member).values()) == {0}
    assert world.violations() == []


def test_open_vouchers_are_withdrawn_and_their_points_given_back(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    before = world.balances(member)
    world.redeem(member, "coffee")
    assert world.balances(member)["pending"] == 900
    assert forget(world, member) == 1
    assert world.balances(member) == before
    assert world.kinds(member)[-1] == "VOUCHER_WITHDRAWN"
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    assert world.violations() == []


def test_a_voucher_that_has_lapsed_unseen_is_withdrawn_too(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    world.redeem(member, "coffee")
    world.pass_time(days=400)
    assert forget(world, member) == 1
    world.expire()
    assert world.rows("SELECT state FROM voucher") == ["withdrawn"]
    assert world.balances(member)["pending"] == 0
    assert world.violations() == []


def test_a_voucher_that_was_handed_over_stays_so(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    voucher = world.redeem(member, "coffee").outcome["voucher_id"]
    world.capture(world.scan(member).id, voucher)
    assert forget(world, member) == 0
    assert world.rows("SELECT state FROM voucher") == ["captured"]
    assert world.violations() == []


def test_a_receipt_of_a_forgotten_member_still_counts_once(world: World) -> None:
    member, other = world.enrol(), world.enrol("Jan")
    purchase = world.buy(member, receipt="A 1")
    forget(world, member)
    with world.refuses("RECEIPT_ALREADY_CLAIMED", sticky=True):
        world.buy(other, receipt=" A  1 ").result()
    assert "A 1" not in str(world.rows("SELECT receipt_key FROM activity"))
    assert purchase.outcome["activity_id"] in world.rows("SELECT id FROM activity")


def test_who_enrols_again_is_a_new_member(world: World) -> None:
    member = world.enrol()
    world.buy(member, "100.00")
    forget(world, member)
    again = world.enrol()
    assert (again.id == member.id, again.number == member.number) == (False, False)
    assert world.balances(again)["available"] == 0
    assert world.violations() == []


def test_an_imported_member_is_forgotten_with_the_shops_own_id(world: World) -> None:
    request = Enrolment(
        subject=None,
        external_id="customer-7",
        display_name="Member",
        locale="pl",
        time_zone="Europe/Warsaw",
    )
    member, _ = world.write(
        lambda c: enrol_member(
            c,
            request,
            world.occasion(),
            new_number=world.new_number,
            new_handle=lambda: world.chance.randbytes(8),
        )
    )
    forget(world, member)
    assert world.read(lambda c: members.by_external_id(c, "customer-7")) is None


def test_language_and_time_zone_are_erased_with_the_rest(world: World) -> None:
    member = world.enrol(locale="en-Zebrowsk", time_zone="Pacific/Chatham")
    forget(world, member)
    record = record_of(world, member)
    assert (record.locale, record.time_zone) == (NO_LOCALE, NO_TIME_ZONE)
    assert record.is_forgotten
    assert not member.is_forgotten


def test_what_was_typed_at_the_till_goes_and_what_was_counted_stays(world: World) -> None:
    member = world.enrol()
    lines = (
        PurchaseLine(name="Cake for Ola", category="pastry", quantity=2, amount=FIVE, sku="OLA-1"),
        PurchaseLine(name="Wish", category="Ola's wishes", quantity=1, amount=FIVE),
    )
    world.buy(member, "10.00", lines=lines, receipt="Ola 7")
    world.look_up(member.number, reason="Ola forgot her phone")
    effects = world.rows("SELECT effects FROM activity")
    forget(world, member)
    left = str(of_member(world, member))
    assert "Ola" not in left
    assert "OLA" not in left
    assert "pastry" in left
    assert world.rows("SELECT effects FROM activity") == effects
    assert world.violations() == []


def test_keys_that_were_used_for_a_forgotten_member_are_erased_refused_or_not(
    world: World,
) -> None:
    member, other = world.enrol(), world.enrol("Jan")
    world.buy(member, "100.00", key="Ola buys", receipt="A 1")
    world.redeem(member, "coffee", key="Ola redeems")
    with pytest.raises(Refusal, match="RECEIPT_ALREADY_CLAIMED"):
        world.buy(member, receipt="A 1", key="Ola again").result()
    purchase = world.buy(member, "5.00", key="Ola too")
    world.refund(purchase, key="Ola returns")
    with pytest.raises(Refusal, match="ALREADY_REFUNDED"):
        world.refund(purchase, key="Ola returns twice").result()
    voucher = world.rows("SELECT id FROM voucher")[0]
    visit = world.scan(member, flags=CodeFlag.REDEEM)
    world.capture(visit.id, voucher, key="Ola eats")
    with pytest.raises(Refusal, match="VOUCHER_CAPTURED"):
        world.capture(visit.id, voucher, key="Ola eats twice").result()
    world.buy(other, key="Jan buys")
    forget(world, member)
    assert world.rows("SELECT key FROM idempotency") == ["Jan buys"]


def test_a_late_retry_does_nothing_a_second_time(world: World) -> None:
    member = world.enrol()
    purchase = world.buy(member, "100.00", key="one")
    world.refund(purchase, key="two")
    forget(world, member)
    with world.refuses("MEMBER_UNKNOWN"):
        world.buy(member, "100.00", key="one")
    with world.refuses("PURCHASE_UNKNOWN"):
        world.refund(purchase, key="two")


def test_nobody_else_is_touched(world: World) -> None:
    member, other = world.enrol(), world.enrol("Jan")
    for each in (member, other):
        world.buy(each, "100.00", receipt=f"A {each.number}")
        world.redeem(each, "coffee")
        world.look_up(each.number)
        world.scan(each)
    before = of_member(world, other)
    forget(world, member)
    assert of_member(world, other) == before
    assert world.violations() == []


@pytest.mark.parametrize(
    ("number", "code"), [("123", "NUMBER_MISTYPED"), ("1234567890", "NUMBER_MISTYPED")]
)
def test_a_number_that_is_none_is_refused(world: World, number: str, code: str) -> None:
    with world.refuses(code):
        erase(world.database, number, world.programme, now=world.now)


def test_a_member_is_forgotten_once(world: World) -> None:
    member = world.enrol()
    forget(world, member)
    with world.refuses("MEMBER_UNKNOWN"):
        forget(world, member)


def test_activities_stay_guarded_before_and_after(world: World) -> None:
    member, other = world.enrol(), world.enrol("Jan")
    for each in (member, other):
        world.buy(each, receipt=f"A {each.number}")
    with pytest.raises(Exception, match="append-only"):
        world.write(
            lambda c: forget_member(c, member.number, world.occasion(CLERK), importer="import")
        )
    assert not record_of(world, member).is_forgotten
    forget(world, member)
    with pytest.raises(Exception, match="append-only"):
        world.write(lambda c: c.driver.execute("UPDATE activity SET receipt_key = 'x'"))
    with pytest.raises(Exception, match="append-only"):
        world.write(lambda c: c.driver.execute("DELETE FROM activity"))
