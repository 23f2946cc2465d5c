"""The load: how many requests it sends, and what it takes for an answer."""

from collections.abc import Generator, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.bench.load import LoadFailed, Round, expect, request_bytes, run_load
from api.loopback import serve_in_thread


@pytest.fixture
def asked() -> list[bytes]:
    return []


@pytest.fixture
def port(asked: list[bytes]) -> Iterator[int]:
    async def echo(request: Request) -> Response:
        body = await request.body()
        asked.append(body)
        status = 503 if body == b"busy" else 200
        return Response(body * 20_000, status_code=status)  # several reads for one answer

    with serve_in_thread(Starlette(routes=[Route("/", echo, methods=["POST"])])) as url:
        yield int(url.rpartition(":")[2])


def saying(words: bytes) -> Generator[bytes, bytes, None]:
    while True:
        expect((yield request_bytes("/", token="t", body=words)), words * 20_000)


def test_as_many_requests_are_sent_as_were_asked_for(port: int, asked: list[bytes]) -> None:
    result = run_load(lambda: saying(b"hello"), port=port, connections=4, requests=30)
    assert len(result.latencies_s) == len(asked) == 30
    assert 0 < result.latencies_s[0] <= result.latencies_s[-1]
    assert result.per_s > 0
    assert len(result.by_client) == 4
    assert sum(result.by_client) == 30


def test_a_load_ends_with_its_time(port: int) -> None:
    result = run_load(lambda: saying(b"hello"), port=port, connections=2, seconds=0.2)
    assert 0.1 < result.seconds < 2


def test_an_answer_that_is_not_200_breaks_off(port: int) -> None:
    with pytest.raises(LoadFailed, match="503"):
        run_load(lambda: saying(b"busy"), port=port, connections=2, requests=10)


@pytest.mark.parametrize("answer", [b'{"data":null}', b'{"data":{"card":{}},"errors":[]}'])
def test_an_answer_without_what_was_asked_for_is_none(answer: bytes) -> None:
    with pytest.raises(LoadFailed):
        expect(answer, b'"card"')


def test_percentiles_are_of_the_answers() -> None:
    found = Round(seconds=1, latencies_s=[n / 1000 for n in range(1, 102)])
    assert found.percentile_ms(50) == pytest.approx(51)
    assert found.percentile_ms(99) == pytest.approx(100)
    assert found.percentile_ms(100) == pytest.approx(101)


@pytest.mark.parametrize(
    ("by_client", "share"), [((10, 10), 1.0), ((5, 15), 0.5), ((0, 20), 0.0), ((6, 9, 15), 0.6)]
)
def test_the_slowest_client_is_measured_by_a_fair_share(
    by_client: tuple[int, ...], share: float
) -> None:
    found = Round(seconds=1, latencies_s=[], by_client=by_client)
    assert found.slowest_share == pytest.approx(share)
