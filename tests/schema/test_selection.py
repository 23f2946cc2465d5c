"""Which parts of a member a request asks for, and with which pages."""

from typing import Any

import pytest
import strawberry

from gamification.reads.standing import Page, Section
from schema.connections import PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX
from schema.members import After, First
from schema.problems import RequestRefused
from schema.selection import SECTIONS, Selection, selection_of

NEWEST = 2**62
NEWEST_ID = "g" * 32
SOME_ID = "0123456789abcdef" * 2


@strawberry.type
class Member:
    id: str = ""
    card: str = ""
    badges: str = ""

    @strawberry.field
    def timeline(self, first: First = PAGE_ITEMS_DEFAULT, after: After = None) -> str:
        return f"{first} {after}"

    @strawberry.field
    def inbox(self, first: First = PAGE_ITEMS_DEFAULT, after: After = None) -> str:
        return f"{first} {after}"


@strawberry.type
class Done:
    member: Member


@strawberry.type
class Query:
    @strawberry.field
    def member(self, info: strawberry.Info[dict[str, Selection]]) -> Member:
        info.context["seen"] = selection_of(info)
        return Member()

    @strawberry.field
    def done(self, info: strawberry.Info[dict[str, Selection]]) -> Done:
        info.context["seen"] = selection_of(info, "member")
        return Done(member=Member())


SCHEMA = strawberry.Schema(query=Query)


def seen(text: str, variables: dict[str, Any] | None = None) -> Selection:
    context: dict[str, Selection] = {}
    result = SCHEMA.execute_sync(text, variables, context_value=context)
    for error in result.errors or ():
        raise error.original_error or error
    return context["seen"]


def test_only_what_is_asked_for_is_read() -> None:
    selection = seen("{ member { id card } }")
    assert selection.fields == {"id", "card"}
    assert selection.sections == {Section.CARD}
    assert selection.timeline is None


def test_fragments_are_looked_into_however_deep() -> None:
    text = """
      { member { ... on Member { ...A } } }
      fragment A on Member { id ...B }
      fragment B on Member { badges timeline(first: 3, after: "7") }
    """
    selection = seen(text)
    assert selection.fields == {"id", "badges", "timeline"}
    assert selection.sections == SECTIONS["badges"] | SECTIONS["timeline"]
    assert selection.timeline == Page(first=3, before=7)


def test_an_alias_does_not_hide_a_field() -> None:
    assert seen("{ member { mine: card } }").sections == {Section.CARD}


def test_a_member_inside_an_answer_is_found_by_its_path() -> None:
    selection = seen("{ done { __typename member { card } } }")
    assert selection.fields == {"card"}
    assert seen("{ done { __typename } }").fields == frozenset()


def test_pages_have_a_usual_size_and_begin_at_the_newest() -> None:
    selection = seen("{ member { timeline inbox } }")
    assert selection.timeline == Page(first=PAGE_ITEMS_DEFAULT, before=NEWEST)
    assert (selection.inbox_first, selection.inbox_before) == (PAGE_ITEMS_DEFAULT, NEWEST_ID)


@pytest.mark.parametrize("variables", [{}, {"a": None}])
def test_a_variable_that_was_left_out_leaves_the_argument_out(variables: dict[str, None]) -> None:
    text = "query ($f: Int = 10, $a: String) { member { timeline(first: $f, after: $a) } }"
    assert seen(text, variables).timeline == Page(first=10, before=NEWEST)


def test_a_variable_without_a_value_means_the_usual_size() -> None:
    text = "query ($f: Int) { member { timeline(first: $f) inbox(first: $f) } }"
    selection = seen(text)
    assert selection.timeline == Page(first=PAGE_ITEMS_DEFAULT, before=NEWEST)
    assert selection.inbox_first == PAGE_ITEMS_DEFAULT


def test_variables_set_the_pages() -> None:
    text = """query ($f: Int!, $fact: String, $line: String) {
      member { timeline(first: $f, after: $fact) inbox(first: $f, after: $line) }
    }"""
    selection = seen(text, {"f": PAGE_ITEMS_MAX, "fact": "9" * 19, "line": SOME_ID})
    assert selection.timeline == Page(first=PAGE_ITEMS_MAX, before=NEWEST)
    assert (selection.inbox_first, selection.inbox_before) == (PAGE_ITEMS_MAX, SOME_ID)


@pytest.mark.parametrize("name", ["timeline", "inbox"])
@pytest.mark.parametrize("first", [0, -1, PAGE_ITEMS_MAX + 1])
def test_a_page_has_from_one_to_a_hundred_items(name: str, first: int) -> None:
    with pytest.raises(RequestRefused, match=f"`{name}.first`") as caught:
        seen(f"{{ member {{ {name}(first: {first}) }} }}")
    assert caught.value.code == "PAGE_SIZE"


@pytest.mark.parametrize("name", ["timeline", "inbox"])
@pytest.mark.parametrize("after", ["", "x", "-1", "²", "٣", "1\n", "9" * 5_000, f"{SOME_ID}\n"])
def test_what_is_no_cursor_is_refused(name: str, after: str) -> None:
    with pytest.raises(RequestRefused, match=f"`{name}.after`") as caught:
        seen(f"query ($a: String) {{ member {{ {name}(after: $a) }} }}", {"a": after})
    assert caught.value.code == "CURSOR"


@pytest.mark.parametrize("other", ["timeline(first: 2)", "timeline", 'timeline(after: "3")'])
def test_one_request_reads_one_page_of_a_list(other: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        seen(f"{{ member {{ timeline(first: 1) other: {other} }} }}")
    assert caught.value.code == "PAGES"


def test_the_same_page_may_be_asked_for_twice() -> None:
    selection = seen("{ member { timeline(first: 2) again: timeline(first: 2) } }")
    assert selection.timeline == Page(first=2, before=NEWEST)
