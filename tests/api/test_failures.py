import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from tests.api.graphql_toy import ask, code, make_endpoint, send


def test_a_null_for_a_variable_with_a_default_is_the_callers_mistake() -> None:
    text = "query ($f: Int = 5) { member { times(factor: $f) } }"
    with capture_logs() as logs:
        response = ask(text, variables={"f": None})
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert logs == []


def test_a_wrong_token_is_401_and_names_the_scheme() -> None:
    response = ask("{ member { name } }", headers={"authorization": "Bearer wrong"})
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_unexpected_failure_is_masked_and_logged_under_the_id_told() -> None:
    with capture_logs() as logs:
        response = ask("{ member { name fails } }")
    assert response.status_code == 200
    assert response.json() == {
        "data": {"member": {"name": "Ola", "fails": None}},
        "errors": [
            {
                "message": "Internal error",
                "locations": [{"line": 1, "column": 17}],
                "path": ["member", "fails"],
                "extensions": {"code": "INTERNAL", "logId": "log-1"},
            }
        ],
    }
    assert [entry["log_id"] for entry in logs] == ["log-1"]
    assert str(logs[0]["exc_info"]) == "password=hunter2"
    assert logs[0]["exc_info"].__traceback__ is not None


def test_data_that_is_null_after_execution_is_still_200() -> None:
    with capture_logs():
        response = ask("{ broken }")
    assert response.status_code == 200
    assert response.json()["data"] is None


def test_a_result_of_ours_that_does_not_fit_is_masked() -> None:
    with capture_logs() as logs:
        response = ask("{ member { unserializable } }")
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert len(logs) == 1


def test_many_failures_of_one_answer_share_an_id_and_few_tracebacks() -> None:
    fields = " ".join(f"a{n}: fails" for n in range(20))
    with capture_logs() as logs:
        response = ask(f"{{ member {{ {fields} }} }}")
    assert len(response.json()["errors"]) == 20
    assert len(logs) == 5


@pytest.mark.parametrize(
    ("field", "message", "expected"),
    [
        ("refuses", "The reward is gone.", "REWARD_GONE"),
        ("tooFew", "12 points are missing.", "TOO_FEW_POINTS"),
    ],
)
def test_a_mistake_of_the_caller_is_told_as_it_is(field: str, message: str, expected: str) -> None:
    with capture_logs() as logs:
        error = ask(f"{{ member {{ {field} }} }}").json()["errors"][0]
    assert (error["message"], error["extensions"]) == (message, {"code": expected})
    assert error["path"] == ["member", field]
    assert logs == []


def test_a_failure_before_execution_is_a_masked_500() -> None:
    with capture_logs() as logs:
        response = ask("{ member { name } }", headers={"authorization": "Bearer crash"})
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Internal error",
                "extensions": {"code": "INTERNAL", "logId": "log-1"},
            }
        ]
    }
    assert [entry["log_id"] for entry in logs] == ["log-1"]


@pytest.mark.parametrize(
    ("query", "token", "retry_after"),
    [
        ("{ member { name } busy }", "", "3"),
        ("{ locked }", "", "1"),
        ("{ member { name } }", "Bearer busy", "2"),
    ],
)
def test_a_busy_server_is_503_with_the_time_to_wait(
    query: str, token: str, retry_after: str
) -> None:
    response = ask(query, headers={"authorization": token})
    assert (response.status_code, code(response)) == (503, "UNAVAILABLE")
    assert response.headers["retry-after"] == retry_after


def test_a_request_beyond_its_deadline_is_503() -> None:
    with capture_logs() as logs:
        response = ask("{ slow }", endpoint=make_endpoint(deadline_s=0.05))
    assert (response.status_code, code(response)) == (503, "DEADLINE_EXCEEDED")
    assert response.headers["retry-after"] == "1"
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_a_body_that_never_ends_is_given_up_at_the_deadline() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    with capture_logs():
        response = send(body(), endpoint=make_endpoint(deadline_s=0.05))
    assert response.status_code == 503
