"""Every way to write a document is answered by a plan as by graphql-core."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from graphql.execution import VariableValues

from api.documents import Documents
from api.execution.operation import Operation
from api.execution.plan import Plan
from tests.api.execution.compared import both, by_graphql_core, by_plan
from tests.api.execution.odd_schema import SCHEMA
from tests.api.execution.odd_values import branch, leaf


def context() -> dict[str, Any]:
    return {"branch": branch()}


def broken() -> dict[str, Any]:
    return {"branch": branch(leaf=leaf(text=None), maybe_leaf=leaf(number="x"))}


PART = {"name": "a", "amount": "1.50", "colours": ["RED", "BLUE"], "at": "2026-03-02T11:00:00Z"}
WHOLE = {"which": {"id": "1"}, "parts": [PART, {"name": "b"}], "note": None}


@pytest.mark.parametrize(
    "text",
    [
        "{ __typename now { __typename a: id b: id id } }",
        """{ now { leaf { text } leaf { number text } ...A ... on Branch { leaf { flag } } } }
           fragment A on Branch { leaf { at text } id }""",
        """{ now { ...A ...A id } ...B }
           fragment A on Branch { name }
           fragment B on Query { now { id } q: __typename }""",
        "{ now { any { ... on Named { id } ... on Leaf { id text } ... { __typename } } } }",
        "{ now { ... @include(if: true) { id } name @skip(if: true) } }",
        "{ now { name @skip(if: true) leaf @skip(if: false) { id } } }",
        "{ now { id @skip(if: true) @include(if: true) name } }",
        "{ now { leaf { id @skip(if: true) } } }",
        "{ now { product(by: 2) more: product(by: 2, plus: 3) same: product(plus: 1, by: 2) } }",
        "{ now { raises } }",
        "{ maybeNow { id raises } now { id } }",
        "{ now { maybeRaises id givesError } }",
        '{ now { told again: told(text: null) third: told(text: "\\u00e9") leaf { id } } }',
        "{ holder { plain branch { leaf { text } } } holder { branch { id } } }",
        "{ a: maybeHolder { b: branch { id } } }",
        "{ holder { strict { id } strictRaises } }",
        "{ maybeHolder { strict { id } strictRaises } now { id } }",
        "{ maybeHolder { strictRaises strict { id } } }",
        "{ maybeHolder { strict { raises } } now { id maybeRaises } }",
        "{ holder { strict { raises } } now { id maybeRaises } }",
        "{ holder { branch { raises } } now { id maybeRaises } }",
        "{ later { id maybeLeaf { number } } now { maybeRaises } }",
        "{ now { maybeRaises } refuses(number: 4) }",
        "{ refuses }",
        '{ shown(whole: {which: {number: 3}, parts: {name: "x"}, note: "n"}) }',
        '{ shown(whole: {which: {part: {name: "x", colours: RED}}, parts: [], left: null}) }',
        "{ listed a: listed(numbers: 1) b: listed(numbers: [1, null]) c: listed(numbers: []) }",
        '{ coloured b: coloured(colour: BLUE, price: 3) c: coloured(price: "4.50") }',
        "{ coloured(price: null) listed(numbers: null, which: null) }",
        "mutation { count }",
        'mutation { a: fail(word: "a") count b: fail(word: "b") again: count }',
        'mutation { a: fail(word: "a") failStrictly b: fail(word: "b") }',
    ],
)
@pytest.mark.parametrize("make", [context, broken])
def test_a_document_is_answered_alike(text: str, make: Any) -> None:
    data, errors, _ = both(SCHEMA, text, context=make)
    assert data != b"null" or errors


DECIDED = """
query ($yes: Boolean!, $no: Boolean = false) {
  now {
    name @include(if: $no)
    leaf { id @skip(if: $yes) number }
    ... on Branch @include(if: $yes) { id ...A @skip(if: $no) }
  }
}
fragment A on Branch { name }
"""


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("no", [True, False])
def test_variables_decide_what_is_in_the_answer(yes: bool, no: bool) -> None:  # noqa: FBT001 -- columns of a table
    data, errors, _ = both(SCHEMA, DECIDED, {"yes": yes, "no": no}, context=context)
    assert errors == []
    assert (b'"name"' in data) is (no or yes)


TAKES = """
query ($whole: Whole!, $numbers: [Int], $which: Which, $colour: Colour = BLUE, $price: Decimal) {
  shown(whole: $whole)
  listed(numbers: $numbers, which: $which)
  coloured(colour: $colour, price: $price)
  mixed: listed(numbers: [1, $price_], which: { part: { name: "x", amount: $price } })
}
""".replace("$price_", "2")


@pytest.mark.parametrize(
    "given",
    [
        {"whole": WHOLE},
        {"whole": WHOLE, "unknown": 1},
        {"whole": WHOLE | {"some": [1, None], "left": "x", "colour": "BLUE"}},
        {"whole": WHOLE | {"some": 1, "parts": PART}},
        {"whole": WHOLE, "numbers": [1, None], "which": {"number": 2}, "price": "3.20"},
        {"whole": WHOLE, "numbers": 5, "price": 3},
        {"whole": WHOLE, "numbers": None, "which": None, "price": None},
        {"whole": WHOLE, "colour": "RED", "price": 3.5},
        {"whole": WHOLE, "colour": None},
        {"whole": WHOLE, "colour": "GREEN"},
        {"whole": WHOLE, "colour": "red"},
        {"whole": WHOLE, "colour": 3},
        {"whole": WHOLE, "price": "x"},
        {"whole": WHOLE, "price": [1]},
        {"whole": WHOLE, "numbers": ["x", 2.5, 2**40, True]},
        {"whole": WHOLE, "numbers": "1"},
        {"whole": WHOLE, "which": {}},
        {"whole": WHOLE, "which": {"id": "1", "number": 2}},
        {"whole": WHOLE, "which": {"id": None}},
        {"whole": WHOLE, "which": {"id": 7}},
        {"whole": WHOLE, "which": {"id": "1", "other": 2}},
        {"whole": WHOLE | {"which": {"number": None}}},
        {"whole": WHOLE | {"unknown": 1}},
        {"whole": WHOLE | {"parts": [PART | {"at": "yesterday"}]}},
        {"whole": WHOLE | {"parts": [PART | {"at": None, "colours": None}]}},
        {"whole": WHOLE | {"parts": [PART | {"amount": None}]}},
        {"whole": WHOLE | {"parts": [{"amount": "1"}, 3, None]}},
        {"whole": WHOLE | {"colour": None}},
        {"whole": {"which": {"id": "1"}, "note": "x"}},
        {"whole": []},
        {"whole": "x"},
        {"whole": None},
        {},
        {"whole": WHOLE | {"parts": [{"name": 3}] * 20}},
    ],
)
def test_variables_are_taken_or_refused_alike(given: dict[str, Any]) -> None:
    data, errors, _ = both(SCHEMA, TAKES, given, context=context)
    assert (data == b"null") == bool(errors) or errors


def test_a_default_that_a_null_takes_the_place_of_is_an_error_of_its_field() -> None:
    text = "query ($by: Int = 2) { now { id product(by: $by) } }"
    assert both(SCHEMA, text, {}, context=context)[1] == []
    _, errors, _ = both(SCHEMA, text, {"by": None}, context=context)
    assert errors[0]["path"] == ["now", "product"]


def test_a_mutation_gets_its_input_as_strawberry_makes_it() -> None:
    text = "mutation ($w: Whole!) { write(whole: $w) { __typename ... on Named { id } } }"
    contexts: list[dict[str, Any]] = []

    def kept() -> dict[str, Any]:
        contexts.append(context())
        return contexts[-1]

    both(SCHEMA, text, {"w": WHOLE}, context=kept)
    by_core, planned = contexts
    assert by_core["written"] == planned["written"]
    assert "Decimal('1.50')" in planned["written"][0]


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { queryType { name } } }",
        "{ later { id } refuses }",
        "{ holders { branch { id } } }",
        "{ guarded }",
        "query ($if: Boolean = true) { now { id @skip(if: $if) } }",
    ],
)
def test_what_no_plan_knows_is_left_to_graphql_core(text: str) -> None:
    documents = Documents(SCHEMA, introspection=True)
    given = {"if": None} if "$if" in text else {}
    assert by_plan(documents, text, given, context()) is None
    assert by_graphql_core(documents, SCHEMA, text, given, context())


def test_a_document_that_would_make_a_plan_too_large_has_none() -> None:
    fields = " ".join(f"a{number}: id" for number in range(100))
    inside = " ".join(f"n{number}: named {{ {fields} }}" for number in range(6))
    assert plan_of(f"{{ now {{ {inside} }} }}") is None
    assert plan_of(f"{{ now {{ named {{ {fields} }} }} }}") is not None


def plan_of(text: str) -> Plan | None:
    """The plan of a document that the guards would refuse."""
    document = parse(text)
    (node,) = document.definitions
    assert isinstance(node, OperationDefinitionNode)
    operation = Operation(
        schema=SCHEMA, document=document, node=node, errors_max=1, hide_suggestions=True
    )
    return operation.plan(VariableValues({}, {}))
