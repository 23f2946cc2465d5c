"""What goes wrong at the till, and what the page says to do next."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gamification.members.rules import MemberRecord, grouped_number, with_check_digit
from gamification.staff.rules import Role
from schema.refusals import KINDS
from tests.journeys.server import Server
from tests.journeys.till import POINTS_OF_12_50, expect_problem, fresh_code, scan, type_and_enter


@pytest.fixture(autouse=True)
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def test_an_old_code_is_refused_with_what_to_do(server: Server, till: Page) -> None:
    code = fresh_code(server)
    server.pass_time(minutes=2)
    type_and_enter(till, code)
    expect_problem(till, "This code is too old.", "Ask the guest to refresh the card")
    type_and_enter(till, "https://example.org/menu")
    expect_problem(till, "This is not a member card.", "Scan the code in the guest’s app.")


def test_what_is_no_amount_is_not_recorded(server: Server, till: Page) -> None:
    scan(till, server)
    for amount in ("12,505", "1.234", "0", "-5", "twelve", ""):
        till.locator("#amount").fill(amount)
        till.keyboard.press("Enter")
        what = "This is not an amount." if amount else "The amount is missing."
        expect_problem(till, what, "Type it like 12,50.")
        till.evaluate("tell()")
    assert server.world.rows("SELECT id FROM activity") == []
    till.locator("#amount").fill("1 234,5")
    expect(till.locator("#record")).to_have_text("Record 1234,50\u00a0€")
    till.locator("#amount").fill("600")
    till.keyboard.press("Enter")
    expect_problem(till, "This amount is more, or less", "Check it for a slip.")


def test_a_wrong_number_can_be_corrected(till: Page, ola: MemberRecord) -> None:
    type_and_enter(till, "12345")
    expect_problem(till, "A member number has 10 digits; this has 5.", "Check it")
    wrong_digit = str((int(ola.number[-1]) + 1) % 10)
    for number, what in (
        (ola.number[:-1] + wrong_digit, "This is not a member number: a digit is wrong."),
        (with_check_digit("000000001"), "Nobody has this number."),
    ):
        till.locator("#code").fill(number)
        till.keyboard.press("Enter")
        till.keyboard.press("Enter")
        expect_problem(till, what, "Check the number with the guest")
        expect(till.locator("#code")).to_have_value(grouped_number(number))


def test_a_scanner_presses_no_button(server: Server, till: Page, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    server.world.redeem(ola, "coffee")
    scan(till, server)
    code = next(text for text in iter(lambda: fresh_code(server), "") if " " in text)
    till.get_by_role("button", name="Hand over: A coffee of your choice").focus()
    visits_before = len(server.world.rows("SELECT id FROM visit"))
    with till.expect_response("**/graphql") as answer:
        type_and_enter(till, code)
    answer.value.finished()
    # The page has drawn the next guest when it has drawn another frame.
    till.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    expect(till.locator("#amount")).to_be_focused()
    expect(till.locator("#amount")).to_have_value("")
    type_and_enter(till, code)  # the scanner was pressed twice
    expect(till.locator("#amount")).to_have_value("")
    expect(till.get_by_role("alert")).to_be_empty()
    assert len(server.world.rows("SELECT id FROM visit")) == visits_before + 1
    assert server.world.rows("SELECT state FROM voucher") == ["open"]


def test_a_lost_answer_is_asked_for_again_and_counts_once(server: Server, till: Page) -> None:
    lost: list[Any] = []

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        lost.append(json.loads(route.request.post_data or "")["variables"])
        route.abort()

    scan(till, server)
    till.route("**/graphql", lose_the_answer)
    type_and_enter(till, "12,50")
    expect_problem(till, "Not sure it was recorded.", "it counts once")
    till.keyboard.type("9")  # what may be on record cannot be changed
    expect(till.locator("#amount")).to_have_value("12,50")
    till.get_by_role("button", name="Try again").click()
    expect(till.locator("body")).not_to_have_attribute("aria-busy", "true")
    till.unroute("**/graphql")
    till.keyboard.press("Enter")
    expect(till.locator("#done-title")).to_have_text(f"+{POINTS_OF_12_50} points")
    assert lost[0] == lost[-1]
    assert server.world.rows("SELECT amount_minor FROM activity") == [1250]


def test_two_enters_record_once(server: Server, till: Page) -> None:
    scan(till, server)
    till.locator("#amount").fill("12,50")
    till.evaluate(
        "() => { const form = at('purchase'); form.requestSubmit(); form.requestSubmit(); }"
    )
    expect(till.locator("#done-title")).to_have_text(f"+{POINTS_OF_12_50} points")
    till.keyboard.press("Enter")
    expect(till.get_by_role("alert")).to_be_empty()
    assert server.world.rows("SELECT amount_minor FROM activity") == [1250]


def test_without_a_network_or_with_a_busy_server_the_clerk_is_told(
    server: Server, till: Page
) -> None:
    till.context.set_offline(True)
    type_and_enter(till, "LC1:ANY")
    expect_problem(till, "No connection to the server.", "Check the network")
    till.context.set_offline(False)
    till.route("**/graphql", lambda route: route.fulfill(status=503, body="{}"))
    type_and_enter(till, "LC1:ANY")
    expect_problem(till, "The server is busy.", "Try again in a few seconds.")
    till.unroute("**/graphql")
    scan(till, server)


def test_an_ended_sign_in_leads_back_to_the_sign_in(server: Server, till: Page) -> None:
    scan(till, server)
    server.world.write(lambda c: c.driver.execute("UPDATE staff_key SET revoked_at = created_at"))
    server.pass_time(seconds=5)
    type_and_enter(till, "12,50")
    expect_problem(till, "Your sign-in has ended.", "Sign in again")
    expect(till.locator("#key")).to_be_focused()
    till.reload()
    expect(till.locator("#key")).to_be_focused()


def test_a_visit_ends_after_five_minutes(server: Server, page: Page) -> None:
    page.clock.install()
    page.goto(f"{server.url}/staff#token={server.token(Role.CLERK)}")
    expect(page.locator("#code")).to_be_focused()
    scan(page, server)
    page.clock.fast_forward("04:30")
    expect(page.get_by_role("timer")).to_have_text(re.compile("^0:(30|2.)$"))
    page.clock.fast_forward("00:31")
    expect(page.get_by_role("timer")).to_have_text("Time is up")
    server.pass_time(minutes=5)
    type_and_enter(page, "12,50")
    expect_problem(page, "The five minutes of this visit are over.", "Scan the card again.")
    scan(page, server)


# What a till cannot run into: it is for members, their apps, or other kinds of input.
NOT_AT_THE_TILL = {
    "BALANCE_TOO_LARGE",  # the page adjusts nothing
    "PROPOSAL_UNKNOWN",
    "PROPOSAL_DECIDED",
    "PROPOSAL_LAPSED",
    "OWN_PROPOSAL",
    "CLAIM_UNKNOWN",  # nor does it decide what members claim, or record other activities
    "CLAIM_DECIDED",
    "TOO_MANY_CLAIMS",
    "ALREADY_COUNTED",
    "KIND_UNKNOWN",
    "ATTRIBUTE_UNKNOWN",
    "ATTRIBUTE_MISSING",
    "ATTRIBUTE_WRONG",
    "ATTRIBUTE_TWICE",
    "LIST_LENGTH",
    "OCCURRED_BEFORE_JOINING",
    "POINTS_OUT_OF_RANGE",
    "QUANTITY_OUT_OF_RANGE",
    "TOO_MANY_LINES",
    "LINES_DO_NOT_ADD_UP",
    "OCCURRED_IN_FUTURE",
    "OCCURRED_TOO_EARLY",
    "CURRENCY_MISMATCH",
    "LOCALE_UNKNOWN",
    "TIME_ZONE_UNKNOWN",
    "EMAIL",
    "BIRTHDAY",
    "IDEMPOTENCY_KEY_REQUIRED",
    "CONSENT_UNKNOWN",
    "DEVICE_ADDRESS",
    "TARGET_AMBIGUOUS",
    "BIRTHDAY_STANDS",
    "REFERRER_UNKNOWN",
    "LINE_TWICE",
    "LINE_UNKNOWN",
    "REFUND_AMBIGUOUS",
    "REFUND_TOO_LARGE",
    "TAG",
    "TOO_MANY_TAGS",
    "REWARD_UNKNOWN",
    "INBOX_LINE_UNKNOWN",
    "CURSOR_UNKNOWN",
    "CHALLENGE_UNKNOWN",
    "NOT_ENROLLED",
    "NOT_ENOUGH_POINTS",
}


def test_every_problem_of_the_till_has_words_and_a_next_step(till: Page) -> None:
    words = till.evaluate("PROBLEMS")
    assert set(words) == set(KINDS) - NOT_AT_THE_TILL
    assert all(what and following for what, following in words.values())
