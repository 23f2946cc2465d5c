"""The page on which a developer tries operations: our own, without foreign scripts."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse

_PAGE = Path(__file__).parent / "static" / "graphql.html"


@cache
def _page_and_policy() -> tuple[str, str]:
    """Give the page and a policy that runs its own script and style, and no others."""
    page = _PAGE.read_text(encoding="utf-8")

    def hashes(tag: str) -> str:
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
        return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)

    policy = (
        f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy


def explorer_page() -> HTMLResponse:
    """Answer with the page. Its token and operation come from the URL's fragment.

    A fragment is not sent to the server, so no log holds the token.
    """
    page, policy = _page_and_policy()
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
