import base64
import hashlib
import re

import pytest

from api.pages import static_page

PARTS = {"till.html": (9, 2), "decisions.html": (8, 2), "graphql.html": (1, 1)}
"""How many scripts and style sheets each page has."""


@pytest.mark.parametrize("name", PARTS)
def test_a_page_is_one_answer_that_needs_nothing_from_elsewhere(name: str) -> None:
    text = bytes(static_page(name).body).decode()
    assert not re.findall(r'\bsrc="|<link[^>]*href="(?!data:)|<!--', text)
    assert not re.findall(r"@import|url\(|\bimport\b", text)
    assert (text.count("<script>"), text.count("<style>")) == PARTS[name]


@pytest.mark.parametrize("name", PARTS)
def test_the_policy_names_every_part_of_a_page_and_nothing_else(name: str) -> None:
    page = static_page(name)
    policy = page.headers["content-security-policy"]
    for tag in ("script", "style"):
        parts = re.findall(rf"<{tag}>(.*?)</{tag}>", bytes(page.body).decode(), flags=re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(p.encode()).digest()).decode() for p in parts]
        assert f"{tag}-src " + " ".join(f"'sha256-{value}'" for value in hashes) + ";" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", PARTS)
def test_no_markup_is_made_of_text_in_any_page(name: str) -> None:
    page = static_page(name)
    text = bytes(page.body).decode()
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.findall(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", text)
    assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]


def test_a_page_is_neither_stored_nor_sniffed_nor_told_of_elsewhere() -> None:
    headers = static_page("till.html").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] == "text/html; charset=utf-8"
