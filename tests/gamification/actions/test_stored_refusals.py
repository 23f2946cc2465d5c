"""A refusal that is stored says whom it was about, by their id, and nothing else that is theirs."""

import ast
import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from api.erasure import erase
from gamification.actions.refund_purchase import Refund, refund_purchase
from gamification.idempotency import store as idempotency
from gamification.members.rules import MemberRecord
from gamification.reads.kept import kept_rows
from tests.tidy.files import python_files, shown, tree
from tests.world import World

KEY = "the till's own words"
REFUSED = "SELECT outcome FROM idempotency WHERE key = 'the till''s own words'"


def claimed_receipt(world: World, member: MemberRecord) -> None:
    world.buy(world.enrol("Jan"), receipt="A 1")
    world.buy(member, receipt="A 1", key=KEY)


def refunded_twice(world: World, member: MemberRecord) -> None:
    world.buy(member, receipt="A 1")
    for key in ("first", KEY):
        request = Refund(purchase_id=None, receipt="A 1", idempotency_key=key)
        world.write(lambda c, request=request: refund_purchase(c, request, world.occasion()))


def refunded_too_much(world: World, member: MemberRecord) -> None:
    world.refund(world.buy(member, "10.00"), amount=Decimal(11), key=KEY)


def too_dear(world: World, member: MemberRecord) -> None:
    world.redeem(member, "coffee", key=KEY)


def captured_twice(world: World, member: MemberRecord) -> None:
    world.buy(member, "99.00")
    voucher = world.redeem(member, "coffee").outcome["voucher_id"]
    for key in ("first", KEY):
        world.capture(world.scan(member).id, voucher, key=key)


def captured_late(world: World, member: MemberRecord) -> None:
    world.buy(member, "99.00")
    voucher = world.redeem(member, "coffee").outcome["voucher_id"]
    world.pass_time(days=31)
    world.capture(world.scan(member).id, voucher, key=KEY)


STORIES: dict[str, Callable[[World, MemberRecord], None]] = {
    "RECEIPT_ALREADY_CLAIMED": claimed_receipt,
    "ALREADY_REFUNDED": refunded_twice,
    "REFUND_TOO_LARGE": refunded_too_much,
    "NOT_ENOUGH_POINTS": too_dear,
    "VOUCHER_CAPTURED": captured_twice,
    "VOUCHER_LAPSED": captured_late,
}


@pytest.mark.parametrize("code", STORIES)
def test_a_stored_refusal_names_its_member_and_is_exported_and_forgotten(
    world: World, code: str
) -> None:
    member = world.enrol("Ola")
    STORIES[code](world, member)
    [outcome] = world.rows(REFUSED)
    refusal = json.loads(outcome)["refusal"]
    assert refusal["code"] == code
    assert refusal["data"].pop("member_id") == member.id
    assert all(isinstance(value, int) for value in refusal["data"].values())

    kept = world.read(
        lambda c: list(
            kept_rows(c, idempotency.KEPT["idempotency"], member_id=member.id, principal=None)
        )
    )
    assert KEY in {row.key for row in kept}
    erase(world.database, member.number, world.programme, now=world.now)
    assert world.rows(REFUSED) == []


def test_every_refusal_that_is_stored_is_given_its_member() -> None:
    made = [
        (shown(path, node.lineno), {keyword.arg for keyword in node.keywords})
        for path in python_files("gamification")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "Refusal"
    ]
    sticky = {where: given for where, given in made if "sticky" in given}
    assert len(sticky) >= len(STORIES)
    assert [where for where, given in sticky.items() if "member_id" not in given] == []
