"""The page on which a developer tries operations: our own, without foreign scripts."""

from starlette.responses import HTMLResponse

from api.pages import static_page


def explorer_page() -> HTMLResponse:
    """Answer with the page. Its token and operation come from the URL's fragment."""
    return static_page("graphql.html")
