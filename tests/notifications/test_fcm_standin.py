import httpx
import pytest

from api.loopback import serve_in_thread
from notifications.fcm_faults import ERROR_TYPE, FAULTS, Mix
from notifications.fcm_standin import PAYLOAD_BYTES_MAX, SLOW_S, FcmStandIn

PATH = "/v1/projects/demo/messages:send"
MESSAGE = {"token": "phone", "notification": {"title": "Hello", "body": "You"}, "data": {"a": "b"}}


@pytest.fixture(scope="module")
def fcm():
    app = FcmStandIn()
    with serve_in_thread(app) as url, httpx.Client(base_url=url) as client:
        yield app, client


@pytest.fixture(autouse=True)
def _forget_messages(fcm):
    fcm[0].received.clear()
    fcm[0].refused.clear()


def test_a_message_is_taken_named_and_remembered(fcm):
    app, client = fcm
    names = [client.post(PATH, json={"message": MESSAGE}).json()["name"] for _ in range(2)]
    assert len(set(names)) == 2
    assert all(name.startswith("projects/demo/messages/") for name in names)
    assert list(app.received) == [MESSAGE, MESSAGE]


def test_the_listener_hears_each_message_that_is_taken():
    heard = []
    with serve_in_thread(FcmStandIn(heard.append)) as url:
        httpx.post(url + PATH, json={"message": MESSAGE})
        httpx.post(url + PATH, json={"message": {**MESSAGE, "token": "unregistered"}})
    assert heard == [MESSAGE]


@pytest.mark.parametrize("word", FAULTS)
def test_an_address_asks_for_its_fault(fcm, word):
    app, client = fcm
    answer = client.post(PATH, json={"message": {**MESSAGE, "token": f"my-{word}-1"}})
    error = answer.json()["error"]
    assert answer.status_code == error["code"] == FAULTS[word].http_status
    assert error["status"] == FAULTS[word].status
    assert error["details"] == [{"@type": ERROR_TYPE, "errorCode": FAULTS[word].code}]
    assert not app.received
    assert list(app.refused) == [FAULTS[word].code]


def test_a_quota_fault_names_its_wait(fcm):
    answer = fcm[1].post(PATH, json={"message": {**MESSAGE, "token": "quota"}})
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"1",
        b"[]",
        b"{}",
        b'{"message": null}',
        b'{"message": {}}',
        b'{"message": {"token": ""}}',
        b'{"message": {"token": 1}}',
        b'{"message": {"token": "a", "fid": "b"}}',
        b'{"message": {"token": "a", "notification": "x"}}',
        b'{"message": {"token": "a", "notification": {"title": 1}}}',
        b'{"message": {"token": "a", "data": {"n": 1}}}',
    ],
)
def test_a_malformed_request_is_refused_as_an_invalid_argument(fcm, body):
    app, client = fcm
    answer = client.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert not app.received


def test_a_connection_is_cut_before_a_message_is_taken_or_after_it(fcm):
    app, client = fcm
    for address, taken in (("cutoff-phone", 0), ("unanswered-phone", 1)):
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(PATH, json={"message": {**MESSAGE, "token": address}})
        assert len(app.received) == taken


def test_a_slow_answer_comes_after_all(fcm):
    answer = fcm[1].post(PATH, json={"message": {**MESSAGE, "token": "slow"}}, timeout=10)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= SLOW_S


def test_a_payload_above_four_kilobytes_is_refused(fcm):
    app, client = fcm
    fits = {**MESSAGE, "notification": {}, "data": {"a": "x" * (PAYLOAD_BYTES_MAX - 40)}}
    over = {**fits, "data": {"a": "x" * PAYLOAD_BYTES_MAX}}
    assert client.post(PATH, json={"message": fits}).status_code == 200
    assert client.post(PATH, json={"message": over}).status_code == 400
    assert len(app.received) == 1


def test_an_outage_answers_503_to_everybody_until_it_is_over(fcm):
    app, client = fcm
    app.is_out = True
    try:
        assert client.post(PATH, json={"message": MESSAGE}).status_code == 503
    finally:
        app.is_out = False
    assert client.post(PATH, json={"message": MESSAGE}).status_code == 200


def test_another_project_is_denied():
    with serve_in_thread(FcmStandIn(project="cafe")) as url:
        answer = httpx.post(url + PATH, json={"message": MESSAGE})
    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_anything_but_its_two_addresses_is_not_found(fcm):
    assert [fcm[1].get(PATH).status_code, fcm[1].post("/v1/other").status_code] == [404, 404]


def test_faults_at_random_follow_from_the_seed_and_have_their_share():
    shares = {"unavailable": 0.2, "slow": 0.3}
    first, second = Mix(shares, seed=7), Mix(shares, seed=7)
    words = [first.word() for _ in range(2_000)]
    assert words == [second.word() for _ in range(2_000)]
    assert 300 < words.count("unavailable") < 500
    assert 500 < words.count("slow") < 700
    assert words.count(None) == 2_000 - words.count("unavailable") - words.count("slow")


@pytest.mark.parametrize("shares", [{"gremlins": 0.1}, {"slow": 0.6, "quota": 0.5}])
def test_a_mix_of_unknown_faults_or_of_more_than_all_is_refused(shares):
    with pytest.raises(ValueError, match="fault"):
        Mix(shares, seed=1)
