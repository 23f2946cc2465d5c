"""Plans are made once, and kept with their documents within a bound."""

import pytest
from graphql.execution import VariableValues

import api.documents
from api.documents import Documents
from api.execution.operation import PLANS_MAX
from tests.api.execution.odd_schema import SCHEMA

NONE = VariableValues({}, {})


def test_a_plan_is_made_once() -> None:
    documents = Documents(SCHEMA, introspection=False)
    operation = documents.operation("{ now { id } }", None)
    plan = documents.plan(operation, NONE)
    assert plan is not None
    again = documents.operation("{ now { id } }", None)
    assert documents.plan(again, NONE) is plan


def test_each_set_of_conditions_has_a_plan_and_there_are_few() -> None:
    documents = Documents(SCHEMA, introspection=False)
    names = "abc"
    asked = " ".join(f"{name}: id @skip(if: ${name})" for name in names)
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    operation = documents.operation(f"query ({declared}) {{ now {{ {asked} id }} }}", None)
    sizes = []
    for number in range(2 ** len(names)):
        given = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        plan = documents.plan(operation, VariableValues({}, given))
        sizes.append(plan.size if plan else None)
    assert sizes == [5, 4, 4, 3, None, None, None, None]
    assert len([size for size in sizes if size]) == PLANS_MAX


def test_documents_are_dropped_when_their_plans_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.documents, "PLANNED_FIELDS_MAX", 20)
    documents = Documents(SCHEMA, introspection=False)
    for number in range(30):
        operation = documents.operation(f"{{ now {{ a{number}: id b: id }} }}", None)
        assert documents.plan(operation, NONE) is not None
        assert len(documents) <= 6
    fields = " ".join(f"a{number}: id" for number in range(25))
    assert documents.plan(documents.operation(f"{{ now {{ {fields} }} }}", None), NONE) is not None
    assert len(documents) == 0
