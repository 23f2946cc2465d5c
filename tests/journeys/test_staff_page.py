"""A clerk at the till, in a real browser: a hand scanner or typing, who it is, amount, done."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from playwright.sync_api import Browser, Page, Route, expect

from gamification.members.rules import MemberRecord, grouped_number, with_check_digit
from gamification.staff.rules import Role
from schema.problems import KINDS
from tests.journeys.server import Server

WAIT_MS_MAX = 8_000
POINTS_OF_12_50 = 125 + 10  # a point for each 10 cents, and ten for coming by
SDL = Path(__file__).parents[2] / "schema/schema.graphql"


@pytest.fixture(autouse=True)
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A phone in Poland. Whatever the page asks for, it asks our server."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="pl-PL")
    context.set_default_timeout(WAIT_MS_MAX)
    expect.set_options(timeout=WAIT_MS_MAX)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
    yield page
    context.close()
    assert complaints == []
    assert all(url.startswith((f"{server.url}/", "data:")) for url in asked)


@pytest.fixture
def till(server: Server, page: Page) -> Page:
    """The page with a clerk signed in."""
    page.goto(f"{server.url}/staff")
    type_and_enter(page, server.staff_key())
    expect(page.locator("#code")).to_be_focused()
    return page


def type_and_enter(page: Page, text: str) -> None:
    """As a hand scanner does: key after key, wherever the focus is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def fresh_code(server: Server, subject: str = "ola") -> str:
    home = server.ask("Home", token=server.token(Role.MEMBER, subject=subject))
    text = home["viewer"]["member"]["card"]["code"]["text"]
    assert text.startswith("LC1:")
    return str(text)


def scan(till: Page, server: Server) -> str:
    code = fresh_code(server)
    type_and_enter(till, code)
    expect(till.locator("#amount")).to_be_focused()
    return code


def expect_problem(page: Page, what: str, following: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(what)
    expect(page.get_by_role("alert")).to_contain_text(following)


def test_a_clerk_signs_in_and_sees_role_and_store(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff")
    type_and_enter(page, "rg_" + "x" * 43)
    expect_problem(page, "This key is not valid here", "ask your manager")
    type_and_enter(page, server.staff_key())
    expect(page.get_by_text("Centre clerk")).to_be_visible()
    expect(page.get_by_text("Café Octave Regulars")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_guests_token_is_told_from_a_staff_key(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff")
    type_and_enter(page, server.token(Role.MEMBER, subject="ola"))
    expect_problem(page, "This key belongs to a guest", "Ask your manager")
    type_and_enter(page, "zażółć")
    expect_problem(page, "This is not a staff key.", "rg_")


def test_a_key_in_the_fragment_signs_in_and_leaves_the_address(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff#token={server.token(Role.MANAGER)}")
    expect(page.get_by_text("Centre manager")).to_be_visible()
    assert page.url == f"{server.url}/staff"
    page.reload()
    expect(page.get_by_text("Centre manager")).to_be_visible()


@pytest.mark.parametrize("remember", [False, True])
def test_the_key_outlives_the_tab_only_where_asked(
    server: Server, page: Page, *, remember: bool
) -> None:
    page.goto(f"{server.url}/staff")
    page.locator("#remember").set_checked(remember)
    page.locator("#key").fill(server.staff_key())
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    other_tab = page.context.new_page()
    other_tab.goto(f"{server.url}/staff")
    expect(other_tab.locator("#code" if remember else "#key")).to_be_focused()
    page.get_by_role("button", name="Sign out").click()
    page.reload()
    expect(page.locator("#key")).to_be_focused()


def test_scan_amount_done(server: Server, till: Page, ola: MemberRecord) -> None:
    code = scan(till, server)
    expect(till.get_by_role("heading", name="Ola")).to_be_visible()
    expect(till.locator("#card")).to_contain_text("Prelude")
    expect(till.locator("#card")).to_contain_text(grouped_number(ola.number))
    expect(till.get_by_role("timer")).to_have_text(re.compile("^(5:00|4:5.)$"))
    till.keyboard.type("12,50")
    expect(till.locator("#record")).to_have_text("Record 12,50\u00a0€")
    till.keyboard.press("Tab")
    type_and_enter(till, "R-1001")
    expect(till.get_by_role("heading", name=f"+{POINTS_OF_12_50} points")).to_be_visible()
    expect(till.locator("#done-balance")).to_have_text(f"Ola has {POINTS_OF_12_50} points now.")
    expect(till.get_by_role("status")).to_contain_text(f"+{POINTS_OF_12_50} points")
    assert server.world.rows("SELECT amount_minor FROM activity") == [1250]

    type_and_enter(till, code)
    expect_problem(till, "This code was used before.", "Ask the guest to refresh the card")
    scan(till, server)
    till.keyboard.type("12.50")
    till.locator("#receipt").fill("R-1001")
    till.keyboard.press("Enter")
    expect_problem(till, "This receipt was recorded before.", "Check the receipt number")
    assert server.world.balances(ola)["available"] == POINTS_OF_12_50


def test_what_a_purchase_reached_is_told(server: Server, till: Page) -> None:
    scan(till, server)
    type_and_enter(till, "260")
    expect(till.locator("#reached")).to_contain_text("You reached Serenade. Congratulations!")
    expect(till.locator("#reached")).to_contain_text("You earned the badge “The Big Table”")
    expect(till.locator("#reached")).not_to_contain_text("You spent")


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


def test_a_typed_number_needs_a_reason(server: Server, till: Page, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    server.world.redeem(ola, "coffee")
    type_and_enter(till, grouped_number(ola.number))
    expect(till.get_by_role("button", name="Phone left at home")).to_be_focused()
    till.get_by_role("button", name="Battery empty").click()
    expect(till.locator("#amount")).to_be_focused()
    assert server.world.rows("SELECT reason FROM visit") == ["Battery empty"]
    expect(till.get_by_text("A coffee of your choice")).to_be_visible()
    expect(till.get_by_role("button", name="Hand over")).to_have_count(0)
    expect(till.get_by_text("the card itself is needed")).to_be_visible()
    type_and_enter(till, "12,50")
    expect(till.locator("#done-title")).to_have_text(f"+{POINTS_OF_12_50} points")


def test_a_reason_can_be_typed(server: Server, till: Page, ola: MemberRecord) -> None:
    type_and_enter(till, ola.number)
    expect(till.locator("#first-reason")).to_be_focused()
    type_and_enter(till, "Broken screen")
    expect(till.locator("#amount")).to_be_focused()
    assert server.world.rows("SELECT reason FROM visit") == ["Broken screen"]


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


def test_a_voucher_is_handed_over(server: Server, till: Page, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    server.world.redeem(ola, "coffee")
    scan(till, server)
    till.get_by_role("button", name="Hand over: A coffee of your choice").click()
    expect(till.locator(".given")).to_have_text("A coffee of your choiceHanded over")
    expect(till.get_by_role("button", name="Hand over")).to_have_count(0)
    expect(till.locator("#amount")).to_be_focused()
    assert server.world.rows("SELECT state FROM voucher") == ["captured"]


def test_a_scanner_presses_no_button(server: Server, till: Page, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    server.world.redeem(ola, "coffee")
    scan(till, server)
    code = next(text for text in iter(lambda: fresh_code(server), "") if " " in text)
    till.get_by_role("button", name="Hand over: A coffee of your choice").focus()
    visits_before = len(server.world.rows("SELECT id FROM visit"))
    type_and_enter(till, code)
    expect(till.locator("#amount")).to_be_focused()
    expect(till.locator("#amount")).to_have_value("")
    type_and_enter(till, code)  # the scanner was pressed twice
    expect(till.locator("#amount")).to_have_value("")
    expect(till.get_by_role("alert")).to_be_empty()
    assert len(server.world.rows("SELECT id FROM visit")) == visits_before + 1
    assert server.world.rows("SELECT state FROM voucher") == ["open"]


def test_a_purchase_is_undone_after_a_question(
    server: Server, till: Page, ola: MemberRecord
) -> None:
    scan(till, server)
    type_and_enter(till, "12,50")
    till.get_by_role("button", name="Undo").click()
    expect(till.get_by_text("Undo the purchase of 12,50\u00a0€?")).to_be_visible()
    till.get_by_role("button", name="Keep it").click()
    expect(till.locator("#code")).to_be_focused()
    till.get_by_role("button", name="Undo").click()
    till.get_by_role("button", name="Yes, undo it").click()
    expect(till.locator("#done-title")).to_have_text(f"−{POINTS_OF_12_50} points")
    expect(till.get_by_role("button", name="Undo")).to_have_count(0)
    assert server.world.balances(ola)["available"] == 0
    till.get_by_role("button", name="Next guest").click()
    expect(till.locator("#code")).to_be_focused()
    expect(till.locator("#done-title")).to_be_hidden()


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


def test_a_name_is_shown_as_text(server: Server, till: Page) -> None:
    name = '<img src="/x" onerror="throw 1"> & Söhne'
    server.world.enrol(name, subject="bobby")
    type_and_enter(till, fresh_code(server, subject="bobby"))
    expect(till.locator("#guest-name")).to_have_text(name)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(server: Server, till: Page, width: int) -> None:
    till.set_viewport_size({"width": width, "height": 640})
    for view in ("start", "visit", "done"):
        if view == "visit":
            scan(till, server)
        if view == "done":
            type_and_enter(till, "260")
            expect(till.locator("#done-title")).to_be_visible()
        assert till.evaluate("document.documentElement.scrollWidth") == width
        sizes = till.evaluate(
            "[...document.querySelectorAll('button')].filter((b) => b.offsetParent)"
            ".map((b) => b.offsetHeight)"
        )
        assert min(sizes) >= 48


def test_every_operation_of_the_page_is_valid(till: Page) -> None:
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    operations = till.evaluate("OPERATIONS")
    assert set(operations) == {"who", "scan", "lookUp", "purchase", "refund", "capture"}
    for text in operations.values():
        assert validate(schema, parse(text)) == []


# What a till cannot run into: it is for members, their apps, or other kinds of input.
NOT_AT_THE_TILL = {
    "QUANTITY_OUT_OF_RANGE", "TOO_MANY_LINES", "LINES_DO_NOT_ADD_UP", "OCCURRED_IN_FUTURE",
    "OCCURRED_TOO_EARLY", "CURRENCY_MISMATCH", "LOCALE_UNKNOWN", "TIME_ZONE_UNKNOWN", "IDEMPOTENCY_KEY_REQUIRED",
    "CONSENT_UNKNOWN", "DEVICE_ADDRESS", "TARGET_AMBIGUOUS", "REWARD_UNKNOWN",
    "CHALLENGE_UNKNOWN", "NOT_ENROLLED", "NOT_ENOUGH_POINTS",
}  # fmt: skip


def test_every_problem_of_the_till_has_words_and_a_next_step(till: Page) -> None:
    words = till.evaluate("PROBLEMS")
    assert set(words) == set(KINDS) - NOT_AT_THE_TILL
    assert all(what and following for what, following in words.values())
