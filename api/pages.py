"""Pages for browsers: our own, each answered whole, under a policy that runs its own parts only."""

import base64
import hashlib
import re
from functools import cache, partial
from pathlib import Path

from starlette.responses import HTMLResponse

_STATIC = Path(__file__).parent / "static"
_PIECE = re.compile(r"<!-- ([a-z_]+\.html) -->\n")
_PLACES = {
    "style": re.compile(r'<link rel="stylesheet" href="([a-z_]+\.css)">'),
    "script": re.compile(r'<script src="([a-z_]+\.js)"></script>'),
}


def static_page(name: str) -> HTMLResponse:
    """Answer with the page `static/NAME`, its pieces, style sheets and scripts in their places.

    One answer holds everything, so that no cache can mix the parts of two versions. The policy
    names each part by its hash (CSP level 3); text can become neither script nor markup, as
    `require-trusted-types-for` has no policy to pass. A page keeps secrets in the fragment of
    its URL, which is not sent to the server: no log holds them.
    """
    page, policy = _page_and_policy(name)
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@cache
def _page_and_policy(name: str) -> tuple[str, str]:
    page = _PIECE.sub(lambda place: _text(place[1]), _text(name))
    for tag, place in _PLACES.items():
        page = place.sub(partial(_part, tag), page)

    def hashes(tag: str) -> str:
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
        return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)

    policy = (
        f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return page, policy


def _part(tag: str, place: re.Match[str]) -> str:
    return f"<{tag}>{_text(place[1])}</{tag}>"


def _text(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
