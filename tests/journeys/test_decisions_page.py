"""Staff look at what waits: what guests say they did, and what a manager proposes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from playwright.sync_api import Page, expect

from gamification.claims import store as claims
from gamification.claims.rules import Claim
from gamification.members.rules import MemberRecord, grouped_number
from tests.claiming import claimed, review
from tests.journeys.decisions import card, expect_result, open_decisions, press
from tests.journeys.server import Server, serving
from tests.second_manager import LIMIT, OTHER, propose, two_managers
from tests.world import CLERK, MANAGER, World

SDL = Path(__file__).parents[2] / "schema/schema.graphql"
PICTURE = "https://pictures.example/gouda.jpg"
WELCOME = 200  # points for joining
HOSTILE = '<img src="/x" onerror="throw 1"><script>throw 2</script> & Söhne'


@pytest.fixture
def server(market_world: World) -> Iterator[Server]:
    with serving(two_managers(market_world)) as server:
        yield server


@pytest.fixture(autouse=True)
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def points(server: Server, member: MemberRecord) -> int:
    return int(server.world.balances(member)["available"])


def states(server: Server, table: str) -> list[str]:
    return sorted(server.world.rows(f"SELECT state FROM {table}"))  # noqa: S608 -- a table's name


def test_a_clerk_approves_a_review(server: Server, page: Page, ola: MemberRecord) -> None:
    review(server.world, ola, "Old Gouda", rating=4, text="Crumbly\nand salty", picture=PICTURE)
    review(server.world, ola, "Brie")
    open_decisions(page, server, CLERK)
    expect(page.get_by_role("status")).to_have_text("To decide: 2.")
    gouda = card(page, "Old Gouda")
    expect(gouda.get_by_role("heading")).to_have_text("Your review")
    expect(gouda).to_contain_text("4 of 5 stars")
    expect(gouda.locator("blockquote")).to_have_text("Crumbly\nand salty")
    expect(gouda.get_by_role("link")).to_have_attribute("href", PICTURE)
    expect(gouda).to_contain_text("everybody can read it, without a name")
    expect(gouda).to_contain_text("2 mar 2026")
    press(gouda, "Approve: Your review, Old Gouda")
    expect_result(gouda, "Approved.", "The guest earned 30 points.")
    assert points(server, ola) == WELCOME + 30
    assert states(server, "claim") == ["approved", "waiting"]
    page.get_by_role("button", name="Look again").click()
    expect(card(page, "Old Gouda")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("To decide: 1.")
    expect(card(page, "Brie").get_by_role("button")).to_have_count(2)


def test_a_clerk_declines_a_claim(server: Server, page: Page, ola: MemberRecord) -> None:
    claimed(server.world, ola, "shared_on_social", network="tiktok", link="tiktok.example/v/1")
    open_decisions(page, server, CLERK)
    shared = card(page, "You told your friends about us")
    expect(shared.locator("dt")).to_have_text(["network", "link"])
    expect(shared.locator("dd")).to_have_text(["tiktok", "tiktok.example/v/1"])
    press(shared, "Decline")
    expect_result(shared, "Declined.", "it was not accepted")
    assert points(server, ola) == WELCOME
    assert states(server, "claim") == ["refused"]


def test_a_second_manager_looks_at_points(server: Server, page: Page, ola: MemberRecord) -> None:
    propose(server.world, ola, LIMIT + 1150)
    server.world.buy(ola, "50.00")
    before = points(server, ola)
    propose(server.world, ola, -LIMIT - 1)
    open_decisions(page, server, OTHER)
    given, taken = card(page, "+1250 points"), card(page, "−101 points")
    expect(given).to_contain_text(f"for Ola {grouped_number(ola.number)}")
    expect(given.locator("blockquote")).to_have_text(
        server.world.rows("SELECT reason FROM proposal")[0]
    )
    expect(given).to_contain_text("Proposed by manager, 2 mar 2026")
    press(taken, "Decline: −101 points for Ola")
    expect_result(taken, "Declined.", "No points moved.")
    assert points(server, ola) == before
    press(given, "Approve: +1250 points for Ola")
    expect_result(given, "Approved.", f"Ola has {before + 1250} points now.")
    assert points(server, ola) == before + 1250


def test_what_a_manager_proposed_somebody_else_decides(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    propose(server.world, ola, LIMIT + 1)
    open_decisions(page, server, MANAGER)
    own = card(page, "+101 points")
    expect(own).to_contain_text("You proposed this: another manager has to decide.")
    expect(own.get_by_role("button")).to_have_count(0)


def test_a_clerk_sees_no_proposals(server: Server, page: Page, ola: MemberRecord) -> None:
    propose(server.world, ola, LIMIT + 1)
    open_decisions(page, server, CLERK)
    expect(page.locator("#nothing")).to_have_text("Nothing waits. Claims of guests come up here.")
    expect(page.get_by_role("listitem")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    open_decisions(page, server, OTHER)
    expect(page.locator("#nothing")).to_be_hidden()
    press(card(page, "+101 points"), "Decline")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#nothing")).to_contain_text("large adjustments of other managers")


def test_it_is_done_without_a_mouse(server: Server, page: Page, ola: MemberRecord) -> None:
    for product in ("Brie", "Gouda"):
        review(server.world, ola, product)
    open_decisions(page, server, CLERK)
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect_result(card(page, "Brie"), "Approved.")
    page.keyboard.press("Enter")  # the cursor is on no button
    for key in ("Tab", "Tab", "Space"):
        page.keyboard.press(key)
    expect_result(card(page, "Gouda"), "Declined.")
    assert states(server, "claim") == ["approved", "refused"]


def test_the_till_leads_there_and_back(server: Server, till: Page, ola: MemberRecord) -> None:
    review(server.world, ola)
    till.get_by_role("link", name="What waits for a decision").click()
    expect(card(till, "Gouda")).to_be_visible()
    assert till.url == f"{server.url}/staff/decisions"
    till.get_by_role("link", name="To the till").click()
    expect(till.locator("#code")).to_be_focused()
    assert till.url == f"{server.url}/staff"


def test_more_than_a_list_holds_is_told_and_comes_up(
    server: Server, page: Page, ola: MemberRecord
) -> None:
    many = [
        Claim(
            id=server.world.new_id(),
            member_id=ola.id,
            kind="review",
            attributes={"product": f"Cheese {number:03}", "rating": 3},
            claimed_at=server.world.now + timedelta(seconds=number),
        )
        for number in range(101)
    ]
    server.world.write(lambda c: [claims.add(c, each) for each in many])
    for more in range(1, 102):
        propose(server.world, ola, LIMIT + more)
    server.pass_time(minutes=5)
    open_decisions(page, server, OTHER)
    expect(page.locator("#claims-more")).to_contain_text("The oldest 100 of 101.")
    expect(page.locator("#adjustments-more")).to_contain_text("The newest 100 of 101.")
    expect(card(page, "Cheese 100")).to_have_count(0)
    press(card(page, "Cheese 000"), "Decline")
    expect_result(card(page, "Cheese 000"), "Declined.")
    page.get_by_role("button", name="Look again").click()
    expect(card(page, "Cheese 100")).to_have_count(1)
    expect(page.locator("#claims-more")).to_be_hidden()


def test_what_people_write_is_shown_as_text(server: Server, page: Page) -> None:
    bobby = server.world.enrol(HOSTILE[:100], subject="bobby")
    review(server.world, bobby, HOSTILE[:60], text=HOSTILE, picture=PICTURE)
    for subject, address in (
        ("one", "javascript:throw 3"),
        ("two", "https://instagram.com@evil.example/"),
        ("three", "https://xn--80ak6aa92e.example/ and more"),
        ("four", "https://аррӏе.example/"),
    ):
        member = server.world.enrol("Ewa", subject=subject)
        claimed(server.world, member, "shared_on_social", network="tiktok", link=address)
    propose(server.world, bobby, LIMIT + 1)
    open_decisions(page, server, OTHER)
    expect(page.locator("blockquote").filter(has_text=HOSTILE)).to_have_count(1)
    expect(page.locator(".whom b")).to_have_text(HOSTILE[:100])
    expect(page.locator("main img, main script")).to_have_count(0)
    for shown in ("javascript:throw 3", "https://instagram.com@evil.example/", "and more"):
        expect(card(page, shown)).to_have_count(1)
        expect(card(page, shown).get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("link", name="https://xn--80ak6aa92e.example/")).to_have_count(1)
    assert {link.get_attribute("rel") for link in page.locator(".cards a").all()} == {
        "noopener noreferrer"
    }


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_of_what_waits_is_wider_than_the_screen(
    server: Server, page: Page, ola: MemberRecord, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    review(server.world, ola, "x" * 60, text="y" * 900, picture=PICTURE + "?" + "z" * 400)
    claimed(server.world, ola, "shared_on_social", network="tiktok", link="https://a.example/" * 9)
    propose(server.world, ola, LIMIT + 4900)
    open_decisions(page, server, OTHER)
    expect(page.get_by_role("listitem")).to_have_count(3)
    for approve in (False, True):
        if approve:
            press(card(page, "points"), "Approve")
            expect_result(card(page, "for Ola"), "Approved.")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        sizes = page.evaluate(
            "[...document.querySelectorAll('button, .elsewhere a')].filter((b) => b.offsetParent)"
            ".map((b) => b.offsetHeight)"
        )
        assert min(sizes) >= 48


def test_every_operation_of_decisions_is_valid(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/staff/decisions")
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    operations = page.evaluate("OPERATIONS")
    assert set(operations) == {"who", "waiting", "decideClaim", "decideAdjustment"}
    for text in operations.values():
        assert validate(schema, parse(text)) == []
