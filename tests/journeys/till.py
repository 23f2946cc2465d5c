"""What a hand scanner and a clerk do on the staff page, in a real browser."""

from playwright.sync_api import Page, expect

from gamification.staff.rules import Role
from tests.journeys.server import Server

POINTS_OF_12_50 = 125 + 10  # a point for each 10 cents, and ten for coming by


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
