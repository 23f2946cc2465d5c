"""What staff do on the page of what waits for a decision, in a real browser."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from gamification.staff.rules import Actor
from tests.journeys.server import Server
from tests.journeys.till import type_and_enter


def open_decisions(page: Page, server: Server, actor: Actor) -> None:
    """Sign in, and see what waits."""
    page.goto(f"{server.url}/staff/decisions")
    type_and_enter(page, server.staff_key(actor))
    expect(page.get_by_role("heading", name="What waits for a decision")).to_be_focused()


def card(page: Page, text: str) -> Locator:
    """The one card that holds a text."""
    return page.get_by_role("listitem").filter(has_text=text)


def press(shown: Locator, button: str) -> None:
    shown.get_by_role("button", name=button).click()


def expect_result(shown: Locator, *texts: str) -> None:
    """What came of it stands in the place of the buttons."""
    for text in texts:
        expect(shown.locator(".result")).to_contain_text(text)
    expect(shown.get_by_role("button")).to_have_count(0)
    expect(shown.locator(".result")).to_be_focused()


def expect_card_problem(shown: Locator, what: str, following: str) -> None:
    expect(shown.get_by_role("alert")).to_contain_text(what)
    expect(shown.get_by_role("alert")).to_contain_text(following)


def sent(page: Page) -> list[Any]:
    """The inputs of decisions that the page sends from now on."""
    inputs: list[Any] = []

    def look(request: Any) -> None:
        variables = request.post_data_json.get("variables") if request.post_data else None
        if variables:
            inputs.append(variables["input"])

    page.on("request", look)
    return inputs
