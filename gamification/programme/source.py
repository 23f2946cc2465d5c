"""The text of a programme file: its values, and the line on which each of them stands.

The standard library judges the syntax and gives the values, exactly (decimals are never
floats), but no positions. A second parser, which keeps positions, gives the lines.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

BYTES_MAX = 256 * 1024  # some thousand rules; a file beyond it is no programme
LINE_CHARACTERS_MAX = 2_000  # a key of 100,000 dots fills the memory of the parser
PATH_PARTS_MAX = 8  # nothing of a programme lies deeper, and deep paths cost memory squared

# Where a value stands, e.g. ("tier", 1, "name", "en").
Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PARSER = Parser(Language(tree_sitter_toml.language()))


class SourceFault(ValueError):  # noqa: N818 -- a fault is the word for what a file has
    """A file that is no TOML. Only the first such fault is known."""

    def __init__(self, reason: str, *, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The values of a file, and the line of each path to one."""

    values: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, else of the nearest thing around it, else the first."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_source(data: bytes) -> Source:
    """Read a file. Raises SourceFault with the line of the first fault."""
    if len(data) > BYTES_MAX:
        raise SourceFault(
            f"the file has more than {BYTES_MAX // 1024} KiB, which is the most allowed", line=1
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise SourceFault(
            "the file is not UTF-8 text; save it as UTF-8",
            line=data[: error.start].count(b"\n") + 1,
        ) from error
    for number, written in enumerate(text.split("\n"), start=1):
        if len(written) > LINE_CHARACTERS_MAX:
            reason = f"the line has more than {LINE_CHARACTERS_MAX} characters; break it"
            raise SourceFault(reason, line=number)
    try:
        values = tomllib.loads(text, parse_float=_exact)
    except RecursionError as error:
        raise SourceFault("the file is nested too deeply", line=1) from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_fault(str(error), text) from error
    except ValueError as error:  # an integer of thousands of digits
        raise SourceFault("the file has a number that is too large", line=1) from error
    lines: dict[Path, int] = {}
    for path, line in _lines(_PARSER.parse(data).root_node):
        lines[path] = min(line, lines.get(path, line))  # its first mention
    return Source(values=values, lines=lines)


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all measure; refused later as no number
        return Decimal("NaN")


def _syntax_fault(message: str, text: str) -> SourceFault:
    found = _POSITION.search(message)
    reason = _POSITION.sub("", message)
    reason = f"no valid TOML: {reason[0].lower()}{reason[1:]}"
    if found is None or found[1] is None:
        return SourceFault(f"{reason}, at the end of the file", line=len(text.splitlines()) or 1)
    return SourceFault(f"{reason}, at column {found[2]}", line=int(found[1]))


def _key(node: Node) -> tuple[str, ...]:
    text = (node.text or b"").decode()
    if _PLAIN_KEY.fullmatch(text):
        return tuple(text.split("."))
    parts: list[str] = []
    value: Any = tomllib.loads(f"{text} = 0")  # quoted keys have escapes of their own
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        parts.append(name)
    return tuple(parts)


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _lines(document: Node) -> Iterator[tuple[Path, int]]:
    """Every path of a document that the standard library found sound, with its line."""
    counts: dict[Path, int] = {}

    def resolved(parts: tuple[str, ...]) -> Path:
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in counts:
                path = (*path, counts[path] - 1)
        return path

    for node in document.named_children:
        base: Path = ()
        if node.type in {"table", "table_array_element"}:
            parts = _key(node.named_children[0])
            if len(parts) > PATH_PARTS_MAX:
                continue
            if node.type == "table_array_element":
                array = (*resolved(parts[:-1]), parts[-1])
                counts[array] = counts.get(array, 0) + 1
                yield array, _line(node)
            base = resolved(parts)
            yield base, _line(node)
        pairs = [node] if node.type == "pair" else node.named_children
        yield from _lines_inside([(base, pair) for pair in pairs if pair.type == "pair"])


def _lines_inside(waiting: list[tuple[Path, Node]]) -> Iterator[tuple[Path, int]]:
    # A stack of its own: recursion would let the file choose how deep Python goes.
    while waiting:
        path, node = waiting.pop()
        if len(path) > PATH_PARTS_MAX:
            continue
        if node.type == "pair":
            key, value = (child for child in node.named_children if child.type != "comment")
            parts = _key(key)
            if len(path) + len(parts) > PATH_PARTS_MAX:
                continue
            # The parts of a dotted key are tables of their own, begun by the first mention.
            for length in range(1, len(parts) + 1):
                yield (*path, *parts[:length]), _line(key)
            waiting.append(((*path, *parts), value))
        elif node.type == "inline_table":
            waiting.extend((path, pair) for pair in node.named_children if pair.type == "pair")
        elif node.type == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            for index, item in enumerate(items):
                yield (*path, index), _line(item)
                waiting.append(((*path, index), item))
