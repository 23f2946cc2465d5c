"""What goes wrong where staff decide, and what the page says to do next."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from gamification.members.rules import MemberRecord
from gamification.staff.rules import Role
from schema.problems import (
    AlreadyCounted,
    AlreadyDecided,
    BalanceTooLarge,
    IdempotencyConflict,
    NotAllowed,
    NotEnoughPoints,
)
from schema.refusals import KINDS
from tests import claiming
from tests.claiming import review
from tests.journeys.decisions import (
    card,
    expect_card_problem,
    expect_result,
    open_decisions,
    press,
    sent,
)
from tests.journeys.server import Server, serving
from tests.journeys.till import expect_problem, type_and_enter
from tests.second_manager import LIMIT, OTHER, decide, propose, two_managers
from tests.world import CLERK, MANAGER, SYSTEM, World


@pytest.fixture
def server(market_world: World) -> Iterator[Server]:
    with serving(two_managers(market_world)) as server:
        yield server


@pytest.fixture(autouse=True)
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def activities(server: Server) -> int:
    return len(server.world.rows("SELECT id FROM activity WHERE kind = 'review'"))


def test_a_key_that_decides_nothing_is_told_so(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff/decisions")
    for key, what in (
        ("rg_" + "x" * 43, "This key is not valid here"),
        (server.token(Role.MEMBER, subject="ola"), "This key belongs to a guest"),
        (server.staff_key(SYSTEM), "This key decides nothing"),
    ):
        type_and_enter(page, key)
        expect_problem(page, what, "key")
        expect(page.locator("#key")).to_be_focused()
    page.reload()
    expect(page.locator("#key")).to_be_focused()


def test_what_somebody_else_decided_meanwhile_is_told(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    claim_id, proposal_id = review(server.world, ola), propose(server.world, ola, LIMIT + 1)
    open_decisions(page, server, OTHER)
    claiming.decide(server.world, claim_id)
    decide(server.world, proposal_id, approve=False)
    for text in ("Gouda", "+101 points"):
        press(card(page, text), "Approve")
        expect_result(card(page, text), "Somebody else decided this before you.")
    assert activities(server) == 1
    assert server.world.rows("SELECT state FROM proposal") == ["refused"]


def test_what_has_waited_too_long_or_is_gone_is_told(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    propose(server.world, ola, LIMIT + 1)
    review(server.world, ola)
    open_decisions(page, server, OTHER)
    server.pass_time(days=30)
    server.world.write(lambda c: c.driver.execute("DELETE FROM claim"))
    press(card(page, "+101 points"), "Decline")
    expect_result(card(page, "+101 points"), "This has waited too long", "propose it anew")
    press(card(page, "Gouda"), "Approve")
    expect_result(card(page, "Gouda"), "This does not wait any more.")


def test_ones_own_proposal_is_refused_by_the_server_too(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    def show_as_of_somebody_else(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"isOwn":true', '"isOwn":false'))

    propose(server.world, ola, LIMIT + 1)
    page.route("**/graphql", show_as_of_somebody_else)
    open_decisions(page, server, MANAGER)
    press(card(page, "+101 points"), "Approve")
    expect_result(card(page, "+101 points"), "You proposed this yourself.", "Another manager")
    assert server.world.rows("SELECT state FROM proposal") == ["waiting"]


def test_who_is_no_manager_any_more_decides_no_points(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    propose(server.world, ola, LIMIT + 1)
    open_decisions(page, server, OTHER)
    server.world.write(
        lambda c: c.driver.execute("UPDATE staff SET role = 'clerk' WHERE id = 'second'")
    )
    press(card(page, "+101 points"), "Approve")
    expect_card_problem(card(page, "+101 points"), "Your key may not decide this.", "a manager")
    assert server.world.rows("SELECT state FROM proposal") == ["waiting"]


def test_points_that_are_not_there_can_be_left_or_declined(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    propose(server.world, ola, -LIMIT - 201)
    open_decisions(page, server, OTHER)
    taken = card(page, "−301 points")
    press(taken, "Approve")
    expect_card_problem(taken, "The guest does not have that many points.", "Decline it, or leave")
    server.world.buy(ola, "500.00")
    press(taken, "Approve")  # what was refused is tried anew, not answered as before
    expect_result(taken, "Approved.")


def test_a_double_click_decides_one_and_once(server: Server, page: Page, ola: MemberRecord) -> None:
    for product in ("Brie", "Gouda", "Feta"):
        review(server.world, ola, product)
    open_decisions(page, server, CLERK)
    inputs = sent(page)
    button = card(page, "Brie").get_by_role("button", name="Approve")
    button.evaluate("(button) => { button.click(); button.click(); }")
    expect_result(card(page, "Brie"), "Approved.")
    button = card(page, "Gouda").get_by_role("button", name="Approve")
    button.scroll_into_view_if_needed()
    place = button.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 20, place["y"] + 20)
    expect_result(card(page, "Gouda"), "Approved.")
    page.mouse.click(place["x"] + 20, place["y"] + 20)  # no other button came under the finger
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    assert len(inputs) == 2
    assert activities(server) == 2


def test_a_lost_answer_is_asked_for_again_and_decides_once(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    review(server.world, ola)
    open_decisions(page, server, CLERK)
    inputs = sent(page)
    gouda = card(page, "Gouda")
    page.route("**/graphql", lose_the_answer)
    press(gouda, "Approve")
    expect_card_problem(gouda, "Not sure it was recorded.", "it counts once")
    expect(gouda.get_by_role("button", name="Decline")).to_be_disabled()
    page.unroute("**/graphql")
    press(gouda, "Approve")
    expect_result(gouda, "Approved.", "The guest earned 10 points.")
    assert len(inputs) == 2
    assert inputs[0] == inputs[1]
    assert activities(server) == 1


def test_without_a_network_or_with_a_busy_server_staff_are_told(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    review(server.world, ola)
    open_decisions(page, server, CLERK)
    page.context.set_offline(True)
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#problem")).to_contain_text("No connection to the server.")
    press(card(page, "Gouda"), "Decline")
    expect_card_problem(card(page, "Gouda"), "Not sure it was recorded.", "same button again")
    page.context.set_offline(False)
    page.route("**/graphql", lambda route: route.fulfill(status=503, body="{}"))
    press(card(page, "Gouda"), "Decline")
    expect_card_problem(card(page, "Gouda"), "Not sure it was recorded.", "same button again")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#problem")).to_contain_text("The server is busy.")
    page.unroute("**/graphql")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#problem")).to_be_empty()
    press(card(page, "Gouda"), "Approve")
    expect_result(card(page, "Gouda"), "Approved.")


def test_a_fault_of_the_server_is_told_with_its_log_id(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    fault = {"errors": [{"message": "-", "extensions": {"logId": "log-7"}}]}
    review(server.world, ola)
    open_decisions(page, server, CLERK)
    page.route("**/graphql", lambda route: route.fulfill(status=400, body=json.dumps(fault)))
    press(card(page, "Gouda"), "Approve")
    expect_card_problem(card(page, "Gouda"), "Something went wrong", "(Log: log-7)")


def test_an_ended_key_leads_back_to_the_sign_in(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    review(server.world, ola)
    open_decisions(page, server, CLERK)
    server.world.write(lambda c: c.driver.execute("UPDATE staff_key SET revoked_at = created_at"))
    server.pass_time(seconds=5)
    press(card(page, "Gouda"), "Approve")
    expect(page.locator("#problem")).to_contain_text("Your sign-in has ended.")
    expect(page.locator("#key")).to_be_focused()
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert activities(server) == 0


# What is asked for by these types has one code each, or each of its codes concerns decisions.
BY_TYPE = {
    AlreadyDecided,
    AlreadyCounted,
    NotEnoughPoints,
    BalanceTooLarge,
    IdempotencyConflict,
    NotAllowed,
}
# Of the types with many codes, those that the two actions raise.
MORE = {
    "CLAIM_UNKNOWN",
    "PROPOSAL_UNKNOWN",
    "POINTS_OUT_OF_RANGE",
    "KIND_UNKNOWN",
    "ATTRIBUTE_UNKNOWN",
    "ATTRIBUTE_MISSING",
    "ATTRIBUTE_WRONG",
    "TEXT_LENGTH",
    "TEXT_UNPRINTABLE",
    "OCCURRED_TOO_EARLY",
}


def test_every_problem_of_a_decision_has_words_and_a_next_step(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff/decisions")
    words = page.evaluate("PROBLEMS")
    assert set(words) == MORE | {code for code, kind in KINDS.items() if kind.type in BY_TYPE}
    assert all(what and following for what, following in words.values())
