import re
from collections.abc import AsyncIterator

import pytest

from api.bodies import BODY_BYTES_MAX, GRAPHQL_RESPONSE, JSON, response_media_type
from tests.api.graphql_toy import RECORDED, ask, code, first_error, send

MALFORMED = {
    "a number": b"1",
    "null": b"null",
    "a string": b'"x"',
    "a list": b"[]",
    "a batch": b'[{"query": "{ member { name } }"}]',
    "nothing": b"",
    "no query": b"{}",
    "no UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ member { name } }"}'.encode("utf-16"),
    "a lone surrogate": b'{"query": "\\ud800"}',
    "brackets": b"[" * 20_000,
    "closed brackets": b'{"query": "", "variables": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    "a huge integer": b'{"query": "", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    "infinity": b'{"query": "", "variables": {"a": 1e999}}',
    "NaN": b'{"query": "", "variables": {"a": NaN}}',
    "query a number": b'{"query": 1}',
    "query null": b'{"query": null}',
    "variables a list": b'{"query": "{ member { name } }", "variables": []}',
    "operationName a number": b'{"query": "{ member { name } }", "operationName": 1}',
    "extensions a string": b'{"query": "{ member { name } }", "extensions": "x"}',
}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_400_with_one_sentence(body: bytes, accept: str) -> None:
    response = send(body, accept=accept)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"
    assert len(response.json()["errors"]) == 1
    assert re.fullmatch(r"[^\n]+\.", first_error(response)["message"])


@pytest.mark.parametrize("levels", [500, 950, 1_000, 1_020])
def test_nesting_near_the_limits_of_the_parsers_is_no_failure_of_ours(levels: int) -> None:
    deep = b'{"query": "{ member { name } }", "variables": {"a": %s%s}}'
    assert send(deep % (b"[" * levels, b"]" * levels)).status_code in {200, 400}


def test_null_members_and_unknown_members_are_passed_over() -> None:
    response = ask(
        "{ member { name } }", variables=None, operationName=None, extensions=None, other=[1]
    )
    assert response.json() == {"data": {"member": {"name": "Ola"}}}


def test_a_body_beyond_the_limit_is_413_and_one_at_the_limit_is_read() -> None:
    query = b'{"query": "{ member { name } }"}'
    assert send(query.ljust(BODY_BYTES_MAX)).status_code == 200
    response = send(query.ljust(BODY_BYTES_MAX + 1))
    assert (response.status_code, code(response)) == (413, "BODY_TOO_LARGE")


CHUNK_BYTES = 10_000


def test_a_body_without_an_announced_length_is_read_no_further_than_the_limit() -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += CHUNK_BYTES
            yield b" " * CHUNK_BYTES

    response = send(chunks())
    assert response.status_code == 413
    assert sent == (BODY_BYTES_MAX // CHUNK_BYTES + 1) * CHUNK_BYTES


def test_an_announced_length_beyond_the_limit_is_refused_unread() -> None:
    for length in (str(BODY_BYTES_MAX + 1), "9" * 5000):
        assert send(b"{}", content_length=length).status_code == 413


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        ";;;",
    ],
)
def test_only_json_in_utf8_is_read(content_type: str | None) -> None:
    response = send(b'{"query": "{ member { name } }"}', content_type=content_type)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_charset_of_utf8_is_read_however_it_is_written() -> None:
    for content_type in ('Application/JSON; Charset="UTF-8"', "application/json;charset=utf8"):
        body = b'{"query": "{ member { name } }"}'
        assert send(body, content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, {JSON};q=0.9", JSON),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9, */*;q=0.1", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0, */*", JSON),
        (f"{JSON};q=0, application/*;q=0.5", GRAPHQL_RESPONSE),
        ("text/html, */*;q=0.8", JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        (f"{JSON};q=nan", None),
        (f"{JSON};q=much", None),
    ],
)
def test_the_media_type_of_the_answer_follows_accept(
    accept: str | None, chosen: str | None
) -> None:
    assert response_media_type(accept) == chosen


def test_no_acceptable_media_type_is_406_before_anything_is_executed() -> None:
    RECORDED.clear()
    response = ask('mutation { record(word: "a") }', headers={"accept": "text/html"})
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")
    assert RECORDED == []
