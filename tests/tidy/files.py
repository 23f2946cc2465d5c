"""The project's own files, for tests that read them."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("api", "schema", "gamification", "notifications")
FOLDERS = (*PACKAGES, "tests")
TEXT_ENDINGS = {".py", ".toml", ".md", ".graphql", ".html", ".js", ".css", ".mako", ".txt", ".ini"}


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Every Python file under some folders of the top level; under all when none is named."""
    return tuple(
        sorted(path for folder in folders or FOLDERS for path in (ROOT / folder).rglob("*.py"))
    )


@cache
def text_files() -> tuple[Path, ...]:
    """Every file that people write: code, texts, pages, and how it is built and checked."""
    written = (
        path
        for folder in (*FOLDERS, ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and (path.suffix in TEXT_ENDINGS or folder == ".ci")
    )
    at_the_top = (ROOT / name for name in ("pyproject.toml", "README.md", ".gitignore"))
    return tuple(sorted((*at_the_top, *written)))


def shown(path: Path, line: int | None = None) -> str:
    """`path` as people name it, from the top level on."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """The line and text of each comment of a Python file."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
