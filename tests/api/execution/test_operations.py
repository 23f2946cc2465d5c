"""The operations of apps and tills: each has a plan, which answers as graphql-core does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.documents import Documents, core_schema
from gamification.programme.values import Programme
from gamification.staff.rules import Role
from schema.build import SDL_FILE, build_schema
from tests.api.execution.compared import by_graphql_core, by_plan
from tests.api.execution.generated import Arguments, documents, values

OPERATIONS = sorted(
    path
    for path in (SDL_FILE.parent / "operations").glob("*.graphql")
    if "\nsubscription " not in path.read_text("utf-8")  # which are answered by a stream
)
SCHEMA = build_schema()
CORE = core_schema(SCHEMA)
KNOWN = Documents(SCHEMA, introspection=False)
EXAMPLES_EACH = 12
EXAMPLES_MADE_UP = 60
HURRIED = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))

PURCHASE = {
    "target": {"memberNumber": "1234567890"},
    "total": "4.50",
    "idempotencyKey": "k",
    "lines": [{"name": "Latte", "category": "coffee", "quantity": 1, "amount": "4.50"}],
    "occurredAt": "2026-03-02T11:00:00+01:00",
}
VARIABLES: dict[str, dict[str, Any]] = {
    "Activity": {
        "input": {
            "activities": [
                {
                    "target": {"memberNumber": "1234567890"},
                    "kind": "survey",
                    "attributes": [{"name": "score", "value": {"whole": 9}}],
                    "idempotencyKey": "k",
                }
            ]
        }
    },
    "Adjust": {
        "input": {
            "target": {"memberNumber": "1234567890"},
            "points": -10,
            "reason": "recorded twice",
            "idempotencyKey": "k",
        }
    },
    "Capture": {"visitId": "vis_1", "voucher": "ABCD-EFGH", "key": "k"},
    "Claim": {
        "input": {
            "kind": "review",
            "attributes": [{"name": "rating", "value": {"whole": 5}}],
            "idempotencyKey": "k",
        }
    },
    "DecideAdjustment": {
        "input": {"adjustmentId": "adj_1", "approve": True, "idempotencyKey": "k"}
    },
    "Device": {
        "device": {"addressKind": "FID", "address": "a", "platform": "IOS"},
        "consent": {
            "category": "MARKETING",
            "channel": "PUSH",
            "granted": True,
            "textVersion": "1",
        },
    },
    "Enrol": {
        "input": {
            "displayName": "Ola",
            "locale": "pl",
            "timeZone": "Europe/Warsaw",
            "birthday": "1990-01-01",
        }
    },
    "Home": {"facts": 3},
    "InboxArchive": {"input": {"lineId": "0f"}},
    "InboxRead": {"input": {"through": "0f"}},
    "Join": {"challengeId": "pastry_month"},
    "NudgeReport": {},
    "LookUp": {"number": "1234567890", "reason": "phone is empty"},
    "Profile": {"input": {"displayName": "Ola", "birthday": "1990-01-01"}},
    "Purchase": {"input": PURCHASE},
    "Redeem": {"rewardId": "coffee", "key": "k"},
    "Refund": {"input": {"purchaseId": "pur_1", "idempotencyKey": "k"}},
    "DecideClaim": {"input": {"claimId": "clm_1", "approve": False, "idempotencyKey": "k"}},
    "Reviews": {"product": "Gouda", "first": 2},
    "Scan": {"code": "LC1:X"},
    "Tag": {"input": {"target": {"memberNumber": "1234567890"}, "tag": "vip"}},
    "Waiting": {},
    "Why": {"facts": 2},
}
INPUTS: Arguments = {
    ("Query", "node"): ('(id: "mbr_1")', '(id: "")'),
    ("Member", "timeline"): ("", "(first: 2)", "(first: 0)", '(after: "x")'),
    ("Member", "inbox"): ("", "(first: 3)"),
    ("Mutation", "scanCard"): ('(input: {code: "x"})',),
    ("Mutation", "joinChallenge"): ('(input: {challengeId: "x"})',),
    ("Mutation", "redeemReward"): ('(input: {rewardId: "x", idempotencyKey: "k"})',),
    ("Mutation", "lookUpMember"): ('(input: {number: "1", reason: "x"})',),
}


class Found:
    """A context in which whatever is read or written comes to what was made up before."""

    role = Role.MEMBER
    subject = "subject"

    def __init__(self, found: list[Any], programme: Programme | None = None) -> None:
        self.programme = programme
        self._found = iter(found)

    async def read(self, _function: Callable[..., Any]) -> Any:
        return next(self._found, None)

    write = read


def root_fields(text: str) -> Iterator[Any]:
    node = KNOWN.operation(text, None).node
    root = CORE.get_root_type(node.operation)
    assert root is not None
    for selection in node.selection_set.selections:
        assert isinstance(selection, FieldNode)
        field = root.fields[selection.name.value]
        if selection.name.value == "viewer":  # which finds nothing itself, but what is in it does
            assert selection.selection_set is not None
            (inside,) = selection.selection_set.selections
            assert isinstance(inside, FieldNode)
            yield CORE.type_map[inside.name.value.capitalize()]
        else:
            yield field.type


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_operation_is_answered_alike_whatever_is_found(path: Path) -> None:
    text, variables = path.read_text("utf-8"), VARIABLES[path.stem]
    types = list(root_fields(text))

    @settings(HURRIED, max_examples=EXAMPLES_EACH)
    @given(found=st.tuples(*(values(CORE, each, 8) for each in types)).map(list))
    def answers_are_alike(found: list[Any]) -> None:
        expected = by_graphql_core(KNOWN, SCHEMA, text, variables, Found(found))
        assert by_plan(KNOWN, text, variables, Found(found)) == expected

    answers_are_alike()


ROOTS = dict.fromkeys(["viewer", "node", "programme"], "query") | dict.fromkeys(
    ["scanCard", "joinChallenge", "redeemReward", "lookUpMember"], "mutation"
)


@settings(HURRIED, max_examples=EXAMPLES_MADE_UP)
@given(text=documents(CORE, ROOTS, INPUTS), data=st.data())
def test_any_document_over_the_contract_is_answered_alike(
    programme: Programme, text: str, data: st.DataObject
) -> None:
    assume(KNOWN.check(text).errors == ())
    types = [
        CORE.type_map["Member"] if name == "viewer" else field.type
        for root in (CORE.query_type, CORE.mutation_type)
        for name, field in (root.fields.items() if root else ())
        if f" {name}" in text
    ]
    found = [data.draw(values(CORE, each, 5)) for each in types[:2] * 2]
    expected = by_graphql_core(KNOWN, SCHEMA, text, {}, Found(found, programme))
    planned = by_plan(KNOWN, text, {}, Found(found, programme))
    assume(planned is not None)  # several fields to wait for
    assert planned == expected
