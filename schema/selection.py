"""One look at the operation: which fields of a member are asked for, with which arguments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
    value_from_ast_untyped,
)

from gamification.reads.standing import Page, Section
from schema.connections import PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX
from schema.problems import RequestRefused

# What each field of Member is made of.
SECTIONS: dict[str, frozenset[Section]] = {
    "card": frozenset({Section.CARD}),
    "points": frozenset({Section.POINTS, Section.EXPIRIES}),
    "tier": frozenset({Section.COUNTS}),
    "nextReward": frozenset({Section.POINTS, Section.EXPIRIES}),
    "rewards": frozenset({Section.POINTS, Section.EXPIRIES}),
    "badges": frozenset({Section.COUNTS, Section.HELD}),
    "challenges": frozenset({Section.COUNTS, Section.HELD}),
    "stamps": frozenset({Section.COUNTS, Section.HELD}),
    "vouchers": frozenset({Section.VOUCHERS}),
    "timeline": frozenset({Section.TIMELINE}),
}
_NEWEST = 2**62  # above every fact's number
_NEWEST_ID = "g" * 32  # above every id (hexadecimal) in the order of any language
_FACT_CURSOR = re.compile(r"[0-9]{1,19}")  # int() refuses numbers of 4,300 digits
_ID_CURSOR = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What a member must be read for."""

    fields: frozenset[str]
    sections: frozenset[Section]
    timeline: Page | None
    inbox_first: int
    inbox_before: str


def selection_of(asked: strawberry.Info[Any], *path: str) -> Selection:
    """Look at the member's fields, which stand below `path` in what is being resolved.

    Raises RequestRefused for arguments that make no page.
    """
    info = _raw(asked)
    nodes = _below(info, path)
    names = frozenset(node.name.value for node in nodes)
    timeline = _arguments(nodes, "timeline", info)
    inbox = _arguments(nodes, "inbox", info)
    before = _cursor(timeline, "timeline", _FACT_CURSOR)
    is_why_asked = "why" in fields_below(asked, *path, "timeline", "edges", "node")
    return Selection(
        fields=names,
        sections=frozenset[Section]().union(
            *(SECTIONS.get(name, frozenset()) for name in names),
            {Section.ENTRIES} if is_why_asked else (),
        ),
        timeline=Page(
            first=_page_size(timeline, "timeline"),
            before=min(int(before), _NEWEST) if before else _NEWEST,
        )
        if "timeline" in names
        else None,
        inbox_first=_page_size(inbox, "inbox"),
        inbox_before=_cursor(inbox, "inbox", _ID_CURSOR) or _NEWEST_ID,
    )


def _cursor(arguments: dict[str, Any], name: str, form: re.Pattern[str]) -> str | None:
    after = arguments.get("after")
    if after is None:
        return None
    if not isinstance(after, str) or not form.fullmatch(after):
        raise RequestRefused(f"`{name}.after` is no cursor of this list.", code="CURSOR")
    return after


def fact_number(after: str, name: str) -> int:
    """The number of the fact at a cursor. Raises RequestRefused for what is none."""
    return min(int(_cursor({"after": after}, name, _FACT_CURSOR) or 0), _NEWEST)


def page_of_ids(name: str, *, first: int, after: str | None) -> tuple[int, str]:
    """The size of a page of a list whose cursors are ids, and the id below which it begins.

    Raises RequestRefused for arguments that make no page.
    """
    arguments = {"first": first, "after": after}
    return _page_size(arguments, name), _cursor(arguments, name, _ID_CURSOR) or _NEWEST_ID


def fields_below(asked: strawberry.Info[Any], *path: str) -> frozenset[str]:
    """The names of the fields that are asked for below `path` in what is being resolved."""
    return frozenset(node.name.value for node in _below(_raw(asked), path))


def _raw(asked: strawberry.Info[Any]) -> GraphQLResolveInfo[Any]:
    return asked._raw_info  # noqa: SLF001 -- the operation's own nodes; Strawberry's copies cost more


def _below(info: GraphQLResolveInfo[Any], path: tuple[str, ...]) -> list[FieldNode]:
    nodes: list[FieldNode] = list(info.field_nodes)
    for name in (*path, None):
        inside = [node for each in nodes for node in _fields(each.selection_set, info)]
        nodes = [node for node in inside if name in {None, node.name.value}]
    return nodes


def _page_size(arguments: dict[str, Any], name: str) -> int:
    first = arguments.get("first")
    if first is None:
        return PAGE_ITEMS_DEFAULT
    if not isinstance(first, int) or not 1 <= first <= PAGE_ITEMS_MAX:
        raise RequestRefused(
            f"`{name}.first` must be from 1 to {PAGE_ITEMS_MAX}.", code="PAGE_SIZE"
        )
    return first


def _fields(
    selected: SelectionSetNode | None, info: GraphQLResolveInfo[Any]
) -> Iterator[FieldNode]:
    for node in selected.selections if selected else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, info)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info.fragments[node.name.value].selection_set, info)


def _arguments(nodes: list[FieldNode], name: str, info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    # Strawberry's execution gives a plain mapping where graphql-core's own gives VariableValues.
    variables: Any = getattr(info.variable_values, "coerced", info.variable_values)
    for node in nodes:
        if node.name.value == name:
            given = {
                argument.name.value: value_from_ast_untyped(argument.value, variables)
                for argument in node.arguments or ()
            }
            # A variable that was left out leaves the argument out.
            found.append({key: value for key, value in given.items() if value is not Undefined})
    if any(arguments != found[0] for arguments in found):
        raise RequestRefused(f"Ask for one page of `{name}` at a time.", code="PAGES")
    return found[0] if found else {}
