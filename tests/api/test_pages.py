import base64
import hashlib
import re

from api.pages import static_page


def test_the_staff_page_is_one_answer_that_needs_nothing_from_elsewhere() -> None:
    text = bytes(static_page("staff.html").body).decode()
    assert not re.findall(r'\b(?:src|href)="(?!data:)', text)
    assert not re.findall(r"@import|url\(|\bimport\b", text)
    assert len(re.findall("<script>", text)) == 5
    assert len(re.findall("<style>", text)) == 1


def test_the_policy_names_every_part_of_the_page_and_nothing_else() -> None:
    page = static_page("staff.html")
    policy = page.headers["content-security-policy"]
    for tag in ("script", "style"):
        parts = re.findall(rf"<{tag}>(.*?)</{tag}>", bytes(page.body).decode(), flags=re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(p.encode()).digest()).decode() for p in parts]
        assert f"{tag}-src " + " ".join(f"'sha256-{value}'" for value in hashes) + ";" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_no_markup_is_made_of_text_in_any_page() -> None:
    for name in ("staff.html", "graphql.html"):
        page = static_page(name)
        text = bytes(page.body).decode()
        assert not re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text
        )
        assert not re.findall(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", text)
        assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]


def test_a_page_is_neither_stored_nor_sniffed_nor_told_of_elsewhere() -> None:
    headers = static_page("staff.html").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] == "text/html; charset=utf-8"
