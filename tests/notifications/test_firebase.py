import asyncio
import json
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from api import firebase_stand_in
from api.loopback import serve_in_thread
from notifications import firebase
from notifications.firebase import FirebaseSender
from notifications.sender import OutcomeKind, Push

PUSH = Push(
    nudge_id="n1",
    device_id="d1",
    address_kind="fid",
    address="phone",
    title="Almost there",
    body="3 more points",
    data={"link": "rewards", "nudge_id": "not this one"},
    collapse_key="near_reward",
    ttl_s=3600,
)


@pytest.fixture(scope="module")
def fcm():
    app = firebase_stand_in.stand_in_app()
    with serve_in_thread(app) as url:
        app.state.url = url
        yield app


@pytest.fixture(autouse=True)
def _forget_messages(fcm):
    fcm.state.received.clear()
    fcm.state.refused.clear()


@pytest.fixture(autouse=True)
def _no_waiting_inside_the_client(monkeypatch):
    monkeypatch.setattr("firebase_admin._retry.HttpxRetry.get_backoff_time", lambda _: 0)


def send(app, *pushes):
    async def run():
        sender = FirebaseSender(app)
        try:
            return await sender.send(pushes)
        finally:
            await sender.close()

    return asyncio.run(run())


def send_to(fcm, *addresses):
    pushes = [replace(PUSH, nudge_id=f"n-{a}", address=a) for a in addresses]
    return send(firebase.stand_in_app(fcm.state.url), *pushes)


@pytest.fixture(scope="module")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def app_with_credentials(tmp_path, private_key):
    def make(token_url, fcm_url):
        account = {
            "type": "service_account",
            "project_id": "demo-regulars",
            "private_key_id": "1",
            "private_key": private_key,
            "client_email": "regulars@demo-regulars.iam.gserviceaccount.com",
            "token_uri": token_url,
        }
        path = tmp_path / "account.json"
        path.write_text(json.dumps(account), encoding="utf-8")
        app = firebase.firebase_app(path)
        firebase.send_to_stand_in(app, fcm_url)
        return app

    return make


def test_a_push_arrives_as_fcm_wants_it(fcm):
    (outcome,) = send(firebase.stand_in_app(fcm.state.url), PUSH)
    assert outcome.kind is OutcomeKind.SENT
    assert (outcome.nudge_id, outcome.device_id) == ("n1", "d1")
    assert outcome.message_name.startswith("projects/demo-regulars/messages/")
    assert list(fcm.state.received) == [
        {
            "fid": "phone",
            "notification": {"title": "Almost there", "body": "3 more points"},
            "data": {"link": "rewards", "nudge_id": "n1"},
            "android": {
                "collapse_key": "near_reward",
                "ttl": "3600s",
                "notification": {"tag": "near_reward"},
            },
            "apns": {"headers": {"apns-collapse-id": "near_reward"}},
        }
    ]


def test_apple_learns_when_a_push_is_no_longer_wanted(fcm):
    push = replace(PUSH, expires_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    send(firebase.stand_in_app(fcm.state.url), push)
    headers = fcm.state.received[0]["apns"]["headers"]
    assert headers["apns-expiration"] == "1772481600"


def test_a_registration_token_is_sent_as_a_token_without_a_warning(fcm):
    push = replace(PUSH, address_kind="token", address="old phone")
    (outcome,) = send(firebase.stand_in_app(fcm.state.url), push)
    assert outcome.kind is OutcomeKind.SENT
    assert fcm.state.received[0]["token"] == "old phone"
    assert "fid" not in fcm.state.received[0]


def test_a_long_collapse_key_becomes_one_that_apple_takes(fcm):
    send(firebase.stand_in_app(fcm.state.url), replace(PUSH, collapse_key="ż" * 40))
    message = fcm.state.received[0]
    collapse_id = message["apns"]["headers"]["apns-collapse-id"]
    assert len(collapse_id.encode()) <= 64
    assert message["android"]["collapse_key"] == collapse_id


@pytest.mark.parametrize(
    ("address", "kind", "wait_s", "detail"),
    [
        ("unregistered", OutcomeKind.DEVICE_GONE, None, "UnregisteredError NOT_FOUND"),
        ("mismatch", OutcomeKind.DEVICE_GONE, None, "SenderIdMismatchError PERMISSION_DENIED"),
        ("invalid", OutcomeKind.DEVICE_GONE, None, "InvalidArgumentError INVALID_ARGUMENT"),
        ("badpayload", OutcomeKind.MESSAGE_REFUSED, None, "InvalidArgumentError INVALID_ARGUMENT"),
        ("quota", OutcomeKind.RETRY, 7.0, "QuotaExceededError RESOURCE_EXHAUSTED"),
        ("unavailable", OutcomeKind.RETRY, None, "UnavailableError UNAVAILABLE"),
    ],
)
def test_each_answer_of_fcm_tells_what_to_do_next(fcm, address, kind, wait_s, detail):
    (outcome,) = send_to(fcm, address)
    assert (outcome.kind, outcome.retry_after_s, outcome.detail) == (kind, wait_s, detail)
    assert outcome.message_name is None


def test_one_bad_push_leaves_the_others_alone_and_in_order(fcm):
    addresses = ["a", "unregistered", "", "b", "quota", "c"]
    outcomes = send_to(fcm, *addresses)
    assert [o.nudge_id for o in outcomes] == [f"n-{a}" for a in addresses]
    assert [o.kind for o in outcomes] == [
        OutcomeKind.SENT,
        OutcomeKind.DEVICE_GONE,
        OutcomeKind.MESSAGE_REFUSED,
        OutcomeKind.SENT,
        OutcomeKind.RETRY,
        OutcomeKind.SENT,
    ]
    assert sorted(m["fid"] for m in fcm.state.received) == ["a", "b", "c"]


def test_no_outcome_repeats_an_address_or_a_text(fcm):
    for outcome in send_to(fcm, *(f"secret-{word}" for word in firebase_stand_in.FAULTS), ""):
        assert "secret" not in outcome.detail
        assert PUSH.title not in outcome.detail


def test_a_refused_third_party_key_stops_the_lane(fcm, app_with_credentials):
    app = app_with_credentials(f"{fcm.state.url}/token", fcm.state.url)
    good, bad = send(app, PUSH, replace(PUSH, address="thirdparty"))
    assert good.kind is OutcomeKind.SENT
    assert bad.kind is OutcomeKind.LANE_STOPPED
    assert bad.detail == "ThirdPartyAuthError UNAUTHENTICATED"


def test_a_silent_token_endpoint_means_retry_for_the_whole_batch(fcm, app_with_credentials):
    app = app_with_credentials(f"{unused_url()}/token", fcm.state.url)
    outcomes = send(app, PUSH, replace(PUSH, nudge_id="n2"))
    assert [(o.nudge_id, o.kind, o.retry_after_s) for o in outcomes] == [
        ("n1", OutcomeKind.RETRY, None),
        ("n2", OutcomeKind.RETRY, None),
    ]
    assert outcomes[0].detail == "TransportError"
    assert not fcm.state.received


def test_an_unreachable_service_means_retry():
    (outcome,) = send(firebase.stand_in_app(unused_url()), PUSH)
    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.RETRY, None)
    assert outcome.detail == "UnavailableError UNAVAILABLE ConnectError"


def test_a_quota_answer_without_a_wait_gets_the_advised_one(monkeypatch, fcm):
    fault = replace(firebase_stand_in.FAULTS["quota"], headers={})
    monkeypatch.setitem(firebase_stand_in.FAULTS, "quota", fault)
    (outcome,) = send_to(fcm, "quota")
    assert outcome.retry_after_s == firebase.RETRY_AFTER_S_DEFAULT


def test_requests_in_flight_stay_within_the_limit():
    flying = most = 0

    async def take(_):
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.02)
        flying -= 1
        return JSONResponse({"name": "x"})

    route = Route("/v1/projects/{project}/messages:send", take, methods=["POST"])
    with serve_in_thread(Starlette(routes=[route])) as url:
        outcomes = send(firebase.stand_in_app(url), *[PUSH] * 130)
    assert {o.kind for o in outcomes} == {OutcomeKind.SENT}
    assert 1 < most <= firebase.IN_FLIGHT_MAX


def test_the_token_is_fetched_off_the_event_loop(app_with_credentials, fcm):
    entered = threading.Event()

    def slow_token(_):
        entered.set()
        time.sleep(0.3)
        return JSONResponse({"access_token": "x", "expires_in": 3600, "token_type": "Bearer"})

    async def run(url):
        sender = FirebaseSender(app_with_credentials(f"{url}/token", fcm.state.url))
        sending = asyncio.create_task(sender.send([PUSH]))
        ticks = 0
        while not sending.done():
            await asyncio.sleep(0.01)
            ticks += entered.is_set()
        await sender.close()
        return ticks, await sending

    with serve_in_thread(Starlette(routes=[Route("/token", slow_token, methods=["POST"])])) as url:
        ticks, (outcome,) = asyncio.run(run(url))
    assert outcome.kind is OutcomeKind.SENT
    assert ticks > 5


def test_apps_side_by_side_send_each_to_its_own_place(fcm):
    other = firebase_stand_in.stand_in_app()
    with serve_in_thread(other) as url:
        first, second = firebase.stand_in_app(fcm.state.url), firebase.stand_in_app(url, "demo-two")
        assert first.name != second.name
        (outcome,) = send(second, PUSH)
        send(first, replace(PUSH, address="here"))
    assert outcome.message_name == "projects/demo-two/messages/1"
    assert [m["fid"] for m in other.state.received] == ["phone"]
    assert [m["fid"] for m in fcm.state.received] == ["here"]


def test_a_sender_refuses_a_second_event_loop(fcm):
    sender = FirebaseSender(firebase.stand_in_app(fcm.state.url))
    with asyncio.Runner() as first:
        first.run(sender.send([PUSH]))
        with pytest.raises(RuntimeError, match="event loop"), asyncio.Runner() as second:
            second.run(sender.send([PUSH]))
        first.run(sender.close())


def unused_url():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
