"""What no file says."""

import re

import pytest

from tests.tidy.files import comments, python_files, shown, text_files

HERE = "tests/tidy/test_words.py"  # it has to name what it looks for

FORBIDDEN = {
    "the address of a package registry": (
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|(index|extra)[-](url|index)"
    ),
    "a path of one machine": r"(?<![\w.*])/(work|root|home|Users)/",
    "how it was made": r"(?i)\b(assistant|LLM|chatbot|TODO|FIXME|XXX)\b|\bissue #",
}

WAIVER = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover)")
REASONED = re.compile(
    r"#\s*(noqa:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|type:\s*ignore\[[a-z, -]+\]|pragma:\s*no cover)"
    r"\s+(--|#)\s+\S"
)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{shown(path, number)}: {line.strip()}"
        for path in text_files()
        if shown(path) != HERE
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("the address of a package registry", "https://registry.npmjs.example/left-pad"),
        ("a path of one machine", 'open("/home/ola/cafe.toml")'),
        ("how it was made", "# TODO: expire them"),
    ],
)
def test_a_line_that_must_not_be_is_found(what: str, line: str) -> None:
    assert re.search(FORBIDDEN[what], line)


def test_every_waived_rule_has_a_reason_beside_it() -> None:
    bare = [
        f"{shown(path, number)}: {comment}"
        for path in python_files()
        if shown(path) != HERE
        for number, comment in comments(path)
        if WAIVER.search(comment) and not REASONED.search(comment)
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("comment", "is_reasoned"),
    [
        ("# noqa: S105 -- a kind of address", True),
        ("# type: ignore[no-any-return]  # the driver has no types", True),
        ("# noqa: S105", False),
        ("# noqa -- all of it", False),
        ("# type: ignore", False),
    ],
)
def test_a_reason_is_told_from_none(comment: str, is_reasoned: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert bool(REASONED.search(comment)) is is_reasoned
