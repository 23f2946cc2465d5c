"""A clerk's story: visits by card and by number, what they allow and how long; and refunds."""

import pytest

from gamification.members.rules import MemberRecord, grouped_number, with_check_digit
from gamification.staff.rules import Role
from tests.journeys.server import Server
from tests.journeys.story import (
    capture,
    expect_problem,
    home,
    look_up,
    nothing_changes,
    open_visit,
    purchase,
    redeem,
    refund,
    run,
)
from tests.world import ELSEWHERE, MANAGER

VISIT = "vis_" + "0" * 32
PURCHASE = "pur_" + "0" * 32


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def test_a_member_without_a_phone_is_found_by_number_for_a_reason(
    server: Server, ola: MemberRecord
) -> None:
    spellings = (ola.number, grouped_number(ola.number), f" {ola.number[:4]}-{ola.number[4:]} ")
    visits = [look_up(server, one, reason="  Battery \t empty ")["visit"] for one in spellings]
    for visit in visits:
        assert (visit["guest"]["displayName"], visit["canRedeem"]) == ("Ola", False)
    rows = server.world.rows("SELECT staff_id, store_id, reason FROM visit")
    assert rows == [("clerk", "centre", "Battery empty")] * 3
    assert purchase(server, {"visitId": visits[0]["id"]})["pointsEarned"] == 110


def test_a_slip_in_a_number_is_told_from_an_unknown_number(
    server: Server, ola: MemberRecord
) -> None:
    wrong = ola.number[:-1] + str((int(ola.number[-1]) + 1) % 10)
    with nothing_changes(server):
        expect_problem(look_up(server, wrong), "InvalidInput", "NUMBER_MISTYPED")
        unknown = look_up(server, with_check_digit("000000001"))
        expect_problem(unknown, "NotFound", "MEMBER_UNKNOWN")
        for reason in ("", "   ", "x" * 201):
            expect_problem(
                look_up(server, ola.number, reason=reason), "InvalidInput", "TEXT_LENGTH"
            )


def test_a_visit_by_number_earns_but_hands_nothing_over(server: Server, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    voucher = redeem(server, "ola", "coffee", key="app-1")["voucher"]["id"]
    visit = look_up(server, ola.number)["visit"]["id"]
    with nothing_changes(server):
        refused = capture(server, visit, voucher)
        expect_problem(refused, "VisitNotMeantForThis", "CODE_NOT_MEANT_FOR_THIS")
    by_card = open_visit(server, "ola")
    assert capture(server, by_card, voucher)["__typename"] == "VoucherCaptured"


def test_a_bare_number_is_for_managers_and_systems(server: Server, ola: MemberRecord) -> None:
    target = {"memberNumber": grouped_number(ola.number)}
    tokens = (server.token(Role.CLERK), server.staff_key())
    with nothing_changes(server):
        for token in tokens:
            expect_problem(purchase(server, target, token=token), "NotAllowed", "FORBIDDEN")
    for token in (server.token(Role.MANAGER), server.token(Role.SYSTEM), server.staff_key(MANAGER)):
        assert purchase(server, target, token=token)["pointsEarned"] == 110


def test_another_stores_visit_does_not_exist_here(server: Server, ola: MemberRecord) -> None:
    visit = open_visit(server, "ola")
    elsewhere = server.staff_key(ELSEWHERE)
    with nothing_changes(server):
        of_another_store = purchase(server, {"visitId": visit}, token=elsewhere)
        expect_problem(of_another_store, "NotFound", "VISIT_UNKNOWN")
        for unknown in (VISIT, "vis_", "", ola.id, PURCHASE):
            assert purchase(server, {"visitId": unknown}, token=elsewhere) == of_another_store
    assert purchase(server, {"visitId": visit})["__typename"] == "PurchaseRecorded"


def test_a_visit_is_over_after_five_minutes(server: Server, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    voucher = redeem(server, "ola", "coffee", key="app-1")["voucher"]["id"]
    visit = open_visit(server, "ola")
    server.pass_time(minutes=4, seconds=59)
    first = purchase(server, {"visitId": visit}, idempotencyKey="till-1")
    assert first["__typename"] == "PurchaseRecorded"
    server.pass_time(seconds=1)
    with nothing_changes(server):
        expect_problem(purchase(server, {"visitId": visit}), "VisitClosed", "VISIT_CLOSED")
        expect_problem(capture(server, visit, voucher), "VisitClosed", "VISIT_CLOSED")
        # A late retry of what was recorded is answered as it was.
        again = purchase(server, {"visitId": visit}, idempotencyKey="till-1")
    assert (again["purchaseId"], again["replayed"]) == (first["purchaseId"], True)


@pytest.mark.usefixtures("ola")
@pytest.mark.parametrize("by", ["purchaseId", "receipt"])
def test_a_purchase_is_given_back_once(server: Server, by: str) -> None:
    before = home(server, "ola")
    visit = open_visit(server, "ola")
    bought = purchase(server, {"visitId": visit}, total="30.00", receipt="R-7")
    which = {by: {"purchaseId": bought["purchaseId"], "receipt": "R-7"}[by]}
    undone = refund(server, key="till-2", **which)
    earned = 300 + 10 + 100  # the prize of the badge with the rest
    assert (undone["pointsTakenBack"], undone["replayed"]) == (earned, False)
    assert undone["guest"]["points"] == 0
    assert [fact["kind"] for fact in undone["facts"]] == [
        "PURCHASE_REFUNDED", "BADGE_WITHDRAWN", "POINTS_TAKEN_BACK",
    ]  # fmt: skip
    with nothing_changes(server):
        assert refund(server, key="till-2", **which) == {**undone, "replayed": True}
    for other in ({"purchaseId": bought["purchaseId"]}, {"receipt": "R-7"}):
        expect_problem(refund(server, **other), "AlreadyRefunded", "ALREADY_REFUNDED")
    after = home(server, "ola")
    for part in ("points", "tier", "badges", "challenges", "rewards", "nextReward"):
        assert after[part] == before[part]


@pytest.mark.usefixtures("ola")
def test_one_line_of_two_is_given_back_and_then_some_money(server: Server) -> None:
    lines = [
        {"name": "Szarlotka", "category": "pastry", "quantity": 2, "amount": "8.00"},
        {"name": "Espresso", "category": "coffee", "quantity": 1, "amount": "2.50"},
    ]
    visit = open_visit(server, "ola")
    bought = purchase(server, {"visitId": visit}, total="10.50", lines=lines)
    which = {"purchaseId": bought["purchaseId"]}
    undone = refund(server, part={"lines": [{"line": 1, "quantity": 2}]}, key="till-3", **which)
    assert (undone["refunded"], undone["left"], undone["pointsTakenBack"]) == ("8.00", "2.50", 110)
    assert undone["guest"]["points"] == 25
    told = home(server, "ola", facts=2)["timeline"]["edges"]
    assert [edge["node"]["text"] for edge in told] == [
        "Po zwrocie zakupów odjęliśmy 110 punktów.",
        "Zwróciliśmy Ci 8,00\N{NO-BREAK SPACE}€ z zakupów za 10,50\N{NO-BREAK SPACE}€.",
    ]
    with nothing_changes(server):
        again = refund(server, part={"lines": [{"line": 1, "quantity": 2}]}, key="till-3", **which)
        assert again == {**undone, "replayed": True}
        both = {"lines": [{"line": 2, "quantity": 1}], "amount": "1.00"}
        expect_problem(refund(server, part=both, **which), "InvalidInput", "REFUND_AMBIGUOUS")
    for part, pieces_left in (
        ({"amount": "2.51"}, None),
        ({"lines": [{"line": 1, "quantity": 1}]}, 0),
    ):
        refused = refund(server, part=part, **which)
        expect_problem(refused, "RefundTooLarge", "REFUND_TOO_LARGE")
        assert (refused["left"], refused["quantityLeft"]) == ("2.50", pieces_left)
    undone = refund(server, part={"amount": "2.50"}, **which)
    assert (undone["refunded"], undone["left"]) == ("2.50", "0.00")
    assert undone["guest"]["points"] == 0
    expect_problem(refund(server, **which), "AlreadyRefunded", "ALREADY_REFUNDED")


@pytest.mark.usefixtures("ola")
def test_what_was_bought_elsewhere_a_clerk_cannot_give_back(server: Server) -> None:
    visit = open_visit(server, "ola")
    bought = purchase(server, {"visitId": visit}, receipt="R-8")["purchaseId"]
    elsewhere = server.staff_key(ELSEWHERE)
    with nothing_changes(server):
        for which in ({"purchaseId": bought}, {"receipt": "R-8"}, {"purchaseId": PURCHASE}):
            given = {"purchase": which, "idempotencyKey": server.world.key()}
            answer = run(server, "Refund", {"input": given}, token=elsewhere)
            expect_problem(answer, "NotFound", "PURCHASE_UNKNOWN")
    assert refund(server, purchaseId=bought)["__typename"] == "PurchaseRefunded"


def test_a_key_that_was_taken_back_opens_nothing(server: Server, ola: MemberRecord) -> None:
    key = server.staff_key(MANAGER)
    target = {"memberNumber": ola.number}
    assert purchase(server, target, token=key)["__typename"] == "PurchaseRecorded"
    server.world.write(lambda c: c.driver.execute("UPDATE staff_key SET revoked_at = created_at"))
    server.pass_time(seconds=5)
    with nothing_changes(server), pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        purchase(server, target, token=key)
