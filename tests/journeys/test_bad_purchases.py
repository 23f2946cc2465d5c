"""Purchases that cannot be: each is told in a sentence what is wrong, and changes no row."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gamification.staff.rules import Role
from tests.journeys.server import OPERATIONS, Server, serving
from tests.journeys.story import (
    LONG,
    NUL,
    expect_problem,
    nothing_changes,
    post,
    purchase,
)
from tests.world import World

LONE_SURROGATE = "\ud800"
LINE = {"name": "Espresso", "category": "coffee", "quantity": 1, "amount": "10.00"}


@pytest.fixture(scope="module")
def server(shared_world: World) -> Iterator[Server]:
    with serving(shared_world) as server:
        shared_world.enrol("Ola", subject="ola")
        shared_world.enrol("Ela", subject="ela")
        yield server


def target(server: Server, name: str = "Ola") -> dict[str, str]:
    return {"memberNumber": server.world.enrol(name, subject=name.lower()).number}


def refused_in_a_sentence(response: httpx.Response) -> str:
    """The code of the errors of a request that is refused as a whole."""
    assert response.status_code == 400, response.text
    answer = response.json()
    assert "data" not in answer
    assert not any("\n" in error["message"] for error in answer["errors"])
    (code,) = {error["extensions"]["code"] for error in answer["errors"]}
    return str(code)


def try_purchase(server: Server, changes: dict[str, Any]) -> httpx.Response:
    given = {
        "target": target(server),
        "total": "10.00",
        "idempotencyKey": server.world.key(),
        **changes,
    }
    return post(
        server,
        (OPERATIONS / "Purchase.graphql").read_text(encoding="utf-8"),
        {"input": given},
        token=server.token(Role.MANAGER),
    )


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{**LINE, **changes}]}


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"total": "-0.01"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "500.01"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "1e400"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "-1e400"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "1e9999999"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": 1e300}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "9" * 5_000}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "NaN"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "sNaN"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "-Infinity"}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "10.001"}, "TOO_MANY_DECIMALS"),
    ({"total": "10." + "0" * 40 + "1"}, "TOO_MANY_DECIMALS"),
    ({"total": "1e-9999999"}, "TOO_MANY_DECIMALS"),
    ({"currency": "USD"}, "CURRENCY_MISMATCH"),
    ({"currency": "eur"}, "CURRENCY_MISMATCH"),
    ({"currency": ""}, "CURRENCY_MISMATCH"),
    ({"occurredAt": "2026-03-02T11:02:01Z"}, "OCCURRED_IN_FUTURE"),
    ({"occurredAt": "9999-12-31T23:59:59-12:00"}, "OCCURRED_IN_FUTURE"),
    ({"occurredAt": "1969-12-31T23:59:59Z"}, "OCCURRED_TOO_EARLY"),
    ({"occurredAt": "0001-01-01T00:00:00+14:00"}, "OCCURRED_TOO_EARLY"),
    ({"receipt": ""}, "TEXT_LENGTH"),
    ({"receipt": " \t"}, "TEXT_LENGTH"),
    ({"receipt": LONG}, "TEXT_LENGTH"),
    ({"receipt": NUL}, "TEXT_UNPRINTABLE"),
    ({"idempotencyKey": ""}, "IDEMPOTENCY_KEY_REQUIRED"),
    ({"idempotencyKey": None}, "IDEMPOTENCY_KEY_REQUIRED"),
    ({"idempotencyKey": "k" * 129}, "TEXT_LENGTH"),
    ({"idempotencyKey": NUL}, "TEXT_UNPRINTABLE"),
    ({"target": {"memberNumber": "12345"}}, "NUMBER_MISTYPED"),
    ({"target": {"memberNumber": LONG}}, "NUMBER_MISTYPED"),
    ({"target": {"memberNumber": "١٢٣٤٥٦٧٨٩٠"}}, "NUMBER_MISTYPED"),
    (line(quantity=0), "QUANTITY_OUT_OF_RANGE"),
    (line(quantity=-1), "QUANTITY_OUT_OF_RANGE"),
    (line(quantity=10_001), "QUANTITY_OUT_OF_RANGE"),
    (line(amount="9.99"), "LINES_DO_NOT_ADD_UP"),
    (line(amount="sNaN"), "AMOUNT_OUT_OF_RANGE"),
    (line(amount="9.999"), "TOO_MANY_DECIMALS"),
    (line(name=""), "TEXT_LENGTH"),
    (line(name=NUL), "TEXT_UNPRINTABLE"),
    (line(category="x" * 121), "TEXT_LENGTH"),
    (line(sku="x" * 121), "TEXT_LENGTH"),
    ({"lines": [{**LINE, "amount": "-1"}, {**LINE, "amount": "11"}]}, "AMOUNT_OUT_OF_RANGE"),
    ({"total": "10.10", "lines": [{**LINE, "amount": "0.10"}] * 101}, "TOO_MANY_LINES"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), IMPOSSIBLE)
def test_an_impossible_purchase_is_told_what_is_wrong_with_it(
    server: Server, changes: dict[str, Any], code: str
) -> None:
    with nothing_changes(server):
        response = try_purchase(server, changes)
    assert response.status_code == 200
    expect_problem(response.json()["data"]["recordPurchase"], "InvalidInput", code)


MALFORMED: list[dict[str, Any]] = [
    {"total": ""}, {"total": None}, {"total": True}, {"total": []}, {"total": "ten"},
    {"total": "1e99999999999999999999"}, {"idempotencyKey": 5}, {"receipt": 5},
    {"occurredAt": "yesterday"}, {"occurredAt": 0}, {"occurredAt": "2026-02-30T00:00:00Z"},
    {"lines": 5}, {"lines": [None]}, {"lines": [{}]}, {"unknown": 1},
    line(quantity="1"), line(quantity=1.5), line(quantity=2**31), line(amount=None),
    {"target": None}, {"target": {}}, {"target": {"memberNumber": None}}, {"target": "ola"},
    {"target": {"memberNumber": "1", "visitId": "2"}},
]  # fmt: skip


@pytest.mark.parametrize("changes", MALFORMED, ids=str)
def test_values_of_another_type_are_refused_before_anything_runs(
    server: Server, changes: dict[str, Any]
) -> None:
    with nothing_changes(server):
        assert refused_in_a_sentence(try_purchase(server, changes)) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "changes", [{"receipt": LONE_SURROGATE}, line(name=LONE_SURROGATE), {"receipt": LONG * 5}]
)
def test_half_a_character_and_an_endless_body_are_no_request(
    server: Server, changes: dict[str, Any]
) -> None:
    with nothing_changes(server):
        response = try_purchase(server, changes)
    assert response.status_code in {400, 413}
    assert response.json()["errors"][0]["extensions"]["code"] in {"BAD_REQUEST", "BODY_TOO_LARGE"}


@pytest.mark.parametrize("whose", ["Ola", "Ela"])
def test_a_receipt_counts_once_whosever_it_is(server: Server, whose: str) -> None:
    token, receipt = server.token(Role.MANAGER), server.world.key()
    bought = purchase(server, target(server), token=token, receipt=receipt)
    assert bought["__typename"] == "PurchaseRecorded"
    before = server.world.contents()
    for spelling in (receipt, f" {receipt} "):
        answer = purchase(server, target(server, whose), token=token, receipt=spelling)
        expect_problem(answer, "ReceiptAlreadyClaimed", "RECEIPT_ALREADY_CLAIMED")
    after = server.world.contents()
    # The refusal is kept under its key, so that a late retry is answered alike; nothing else is.
    assert len(after.pop("idempotency")) == len(before.pop("idempotency")) + 2
    assert after == before


def test_a_key_means_one_purchase(server: Server) -> None:
    token, key = server.token(Role.MANAGER), server.world.key()
    purchase(server, target(server), token=token, idempotencyKey=key)
    others = [
        purchase(server, target(server), token=token, idempotencyKey=key, total="10.01"),
        purchase(server, target(server), token=token, idempotencyKey=key, receipt="R"),
        purchase(server, target(server, "Ela"), token=token, idempotencyKey=key),
    ]
    for answer in others:
        expect_problem(answer, "IdempotencyConflict", "IDEMPOTENCY_CONFLICT")
    with nothing_changes(server):
        same = purchase(server, target(server), token=token, idempotencyKey=key, total="10.0")
    assert same["replayed"] is True
