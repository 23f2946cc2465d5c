import json
import re
from typing import Any

import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.extensions import SchemaExtension

from api.bodies import GRAPHQL_RESPONSE, JSON
from tests.api.graphql_toy import RECORDED, Query, ask, code, make_endpoint, send


def test_a_query_is_answered_with_the_context_of_its_sender() -> None:
    response = ask("query ($f: Int) { member { name times(factor: $f) } }", variables={"f": 3})
    assert response.status_code == 200
    assert response.json() == {"data": {"member": {"name": "Ola", "times": 21}}}
    assert response.headers["cache-control"] == "no-store"


def test_mutations_run_one_after_the_other() -> None:
    RECORDED.clear()
    response = ask('mutation { a: record(word: "first") b: record(word: "second") }')
    assert response.json() == {"data": {"a": "first", "b": "second"}}
    assert RECORDED == ["first", "second"]


def test_the_operation_named_is_the_one_executed() -> None:
    text = "query A { member { name } } query B { member { points } }"
    assert ask(text, operationName="B").json() == {"data": {"member": {"points": 7}}}


@pytest.mark.parametrize("name", [None, "C", ""])
def test_an_unclear_choice_of_operation_executes_nothing(name: str | None) -> None:
    RECORDED.clear()
    text = 'mutation A { record(word: "a") } mutation B { record(word: "b") }'
    response = ask(text, operationName=name)
    assert (response.status_code, code(response)) == (400, "OPERATION_RESOLUTION_FAILURE")
    assert RECORDED == []


def test_a_subscription_is_not_for_a_plain_post() -> None:
    response = ask("subscription { events }")
    assert (response.status_code, code(response)) == (400, "OPERATION_RESOLUTION_FAILURE")


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ member {", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ("{" + " member" * 1500 + "}", {}, "GRAPHQL_PARSE_FAILED"),
        ("#\n" * 300 + "{ member { name } }", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ member }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("type A { b: Int }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ a" * 13 + "}" * 13, {}, "LIMIT_EXCEEDED"),
        ("{ __schema { types { name } } }", {}, "INTROSPECTION_DISABLED"),
        ("query ($f: Int!) { member { times(factor: $f) } }", {}, "BAD_USER_INPUT"),
        ("query ($f: Int!) { member { times(factor: $f) } }", {"f": "x"}, "BAD_USER_INPUT"),
        ("query ($f: Int!) { member { times(factor: $f) } }", {"f": 10**30}, "BAD_USER_INPUT"),
        (
            "query ($t: Target!) { find(target: $t) }",
            {"t": {"number": "1", "visit": "2"}},
            "BAD_USER_INPUT",
        ),
    ],
)
def test_what_cannot_be_executed_is_400_with_a_code_and_200_for_old_clients(
    query: str, variables: dict[str, Any], expected: str
) -> None:
    response = ask(query, variables=variables)
    assert (response.status_code, code(response)) == (400, expected)
    assert response.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
    old = ask(query, variables=variables, headers={"accept": JSON})
    assert (old.status_code, code(old)) == (200, expected)
    assert old.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405_and_say_what_is_allowed(method: str) -> None:
    response = send(b"", method=method, path="/graphql?query={member{name}}", accept="text/html")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert code(response) == "METHOD_NOT_ALLOWED"


def test_suggestions_and_introspection_are_for_the_explorer_only() -> None:
    open_endpoint = make_endpoint(ide=True)
    find = "query ($t: Target!) { find(target: $t) }"
    for query, variables in (("{ membr { name } }", {}), (find, {"t": {"numbr": "1"}})):
        assert "Did you mean" not in ask(query, variables=variables).text
        suggestion = ask(query, variables=variables, endpoint=open_endpoint)
        assert "Did you mean" in suggestion.text
    response = ask("{ __schema { queryType { name } } }", endpoint=open_endpoint)
    assert response.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


def test_the_explorer_page_is_shown_to_browsers_and_runs_only_its_own_script() -> None:
    open_endpoint = make_endpoint(ide=True)
    page = send(b"", method="GET", accept="text/html,*/*;q=0.8", endpoint=open_endpoint)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy
    assert 'href="/schema.graphql"' in page.text
    assert not re.findall(r"https?://", page.text)
    assert send(b"", method="GET", accept=JSON, endpoint=open_endpoint).status_code == 405


def test_a_schema_with_extensions_is_refused_at_the_start() -> None:
    schema = strawberry.Schema(query=Query, extensions=[SchemaExtension])
    with pytest.raises(ValueError, match="extensions"):
        make_endpoint(schema=schema)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
WORDS = [
    "{",
    "}",
    "(",
    ")",
    ":",
    "$",
    "!",
    "...",
    "@",
    "[",
    "]",
    "query",
    "mutation",
    "fragment",
    "on",
    "member",
    "Member",
    "name",
    "times",
    "factor",
    "find",
    "target",
    "number",
    "F",
    "1",
    "-1.5e3",
    '"x"',
    '"""',
    "null",
    "true",
    "__typename",
    "__schema",
    "first",
    "\x00",
]
QUERIES = st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "query": QUERIES | JSON_VALUES,
        "variables": JSON_VALUES,
        "operationName": JSON_VALUES,
        "extensions": JSON_VALUES,
    },
).map(lambda members: json.dumps(members).encode())
FUZZED = make_endpoint()


@settings(
    max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(body=st.binary(max_size=200) | JSON_VALUES.map(lambda v: json.dumps(v).encode()) | REQUESTS)
def test_no_body_is_answered_5xx(body: bytes) -> None:
    response = send(body, endpoint=FUZZED)
    assert response.status_code < 500
    assert isinstance(response.json(), dict)
