"""Whatever is asked and whatever is found, a plan answers as graphql-core does."""

from typing import Any

import strawberry
from hypothesis import HealthCheck, assume, given, settings

from api.documents import Documents, core_schema
from tests.api.execution.compared import by_graphql_core, by_plan
from tests.api.execution.generated import Arguments, documents, objects
from tests.api.execution.odd_schema import SCHEMA

EXAMPLES = 60
CORE = core_schema(SCHEMA)
GIVEN: Arguments = {
    ("Branch", "product"): ("(by: 2)", "(by: 3, plus: 10)"),
    ("Branch", "told"): ("", '(text: "x")', "(text: null)"),
    ("Query", "later"): ("", "(whole: null)"),
    ("Query", "refuses"): ("", "(number: 4)"),
}
ROOTS = {
    "now": "query",
    "maybeNow": "query",
    "later": "query",
    "holder": "query",
    "maybeHolder": "query",
    "refuses": "query",
    "failStrictly": "mutation",
}
BRANCH: Any = CORE.type_map["Branch"]


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=documents(CORE, ROOTS, GIVEN), branch=objects(CORE, BRANCH, 3))
def test_any_document_over_any_objects_is_answered_alike(text: str, branch: Any) -> None:
    answers_are_alike(SCHEMA, text, {"branch": branch})


def answers_are_alike(schema: strawberry.Schema, text: str, context: dict[str, Any]) -> None:
    known = Documents(schema, introspection=True)
    assume(known.check(text).errors == ())
    expected = by_graphql_core(known, schema, text, {}, context)
    planned = by_plan(known, text, {}, context)
    assume(planned is not None)  # several fields to wait for
    assert planned == expected
