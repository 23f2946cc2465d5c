"""A clerk at the till: a hand scanner or typing, who it is, amount, done."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from playwright.sync_api import Page, expect

from gamification.members.rules import MemberRecord, grouped_number
from gamification.staff.rules import Role
from tests.journeys.server import Server
from tests.journeys.till import POINTS_OF_12_50, expect_problem, fresh_code, scan, type_and_enter

SDL = Path(__file__).parents[2] / "schema/schema.graphql"


@pytest.fixture(autouse=True)
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


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


def test_a_voucher_is_handed_over(server: Server, till: Page, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    server.world.redeem(ola, "coffee")
    scan(till, server)
    till.get_by_role("button", name="Hand over: A coffee of your choice").click()
    expect(till.locator(".given")).to_have_text("A coffee of your choiceHanded over")
    expect(till.get_by_role("button", name="Hand over")).to_have_count(0)
    expect(till.locator("#amount")).to_be_focused()
    assert server.world.rows("SELECT state FROM voucher") == ["captured"]


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
