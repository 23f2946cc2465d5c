import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.loopback import serve_in_thread
from gamification.programme.nudges import LINK_CHARACTERS_MAX
from notifications import firebase
from notifications.fcm_faults import FAULTS
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender
from notifications.payload import MESSAGE_BYTES_MAX
from notifications.sender import OutcomeKind
from tests.notifications.sending import PUSH, send, unused_url


@pytest.fixture(scope="module")
def fcm():
    fcm = FcmStandIn()
    with serve_in_thread(fcm) as url:
        fcm.url = url
        yield fcm


@pytest.fixture(autouse=True)
def _forget_messages(fcm):
    fcm.received.clear()
    fcm.refused.clear()


def send_to(fcm, *addresses):
    pushes = [replace(PUSH, nudge_id=f"n-{a}", address=a) for a in addresses]
    return send(firebase.stand_in_app(fcm.url), *pushes)


def test_a_push_arrives_as_fcm_wants_it(fcm):
    (outcome,) = send(firebase.stand_in_app(fcm.url), PUSH)
    assert outcome.kind is OutcomeKind.SENT
    assert (outcome.nudge_id, outcome.device_id) == ("n1", "d1")
    assert outcome.message_name.startswith("projects/demo-regulars/messages/")
    assert list(fcm.received) == [
        {
            "fid": "phone",
            "notification": {"title": "Almost there", "body": "3 more points"},
            "data": {"link": "rewards", "nudge_id": "n1"},
            "android": {
                "collapse_key": "near_reward",
                "ttl": "3600s",
                "notification": {"tag": "near_reward", "notification_count": 3},
            },
            "apns": {
                "headers": {"apns-collapse-id": "near_reward"},
                "payload": {"aps": {"badge": 3, "category": "reward"}},
            },
            "webpush": {"headers": {"TTL": "3600", "Topic": "near_reward"}},
        }
    ]


def test_apple_learns_when_a_push_is_no_longer_wanted(fcm):
    push = replace(PUSH, expires_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    send(firebase.stand_in_app(fcm.url), push)
    headers = fcm.received[0]["apns"]["headers"]
    assert headers["apns-expiration"] == "1772481600"


def test_a_picture_and_a_link_go_where_each_platform_takes_them(fcm):
    link, image = "https://cafe.example/rewards", "https://cafe.example/cup.png"
    push = replace(PUSH, image=image, data={"link": link})
    send(firebase.stand_in_app(fcm.url), push)
    (message,) = fcm.received
    assert message["notification"]["image"] == image
    assert message["apns"]["payload"]["aps"]["mutable-content"] == 1
    assert message["webpush"]["fcm_options"] == {"link": link}
    assert message["data"]["link"] == link
    assert "click_action" not in message["android"]["notification"]


def test_a_text_that_is_too_long_is_cut_and_the_whole_message_fits(fcm):
    push = replace(PUSH, title="Zażółć " * 500, body="\N{COLLISION SYMBOL}" * 2_000)
    (outcome,) = send(firebase.stand_in_app(fcm.url), push)
    assert outcome.kind is OutcomeKind.SENT
    message = dict(fcm.received[0])
    del message["fid"]
    assert len(json.dumps(message, ensure_ascii=False).encode()) <= MESSAGE_BYTES_MAX
    assert message["notification"]["title"].endswith("…")


def test_the_longest_of_everything_beside_the_texts_still_fits(fcm):
    address = "https://cafe.example/" + "x" * (LINK_CHARACTERS_MAX - 21)
    push = replace(
        PUSH,
        title="t" * 4_000,
        body="b" * 4_000,
        nudge_id="f" * 32,
        data={"kind": "k" * 64, "target": "t" * 64, "link": address},
        image=address,
        collapse_key="c" * 64,
        category="tier_at_risk",
        badge=2**31,
        expires_at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC),
    )
    (outcome,) = send(firebase.stand_in_app(fcm.url), push)
    assert outcome.kind is OutcomeKind.SENT
    message = dict(fcm.received[0])
    del message["fid"]
    assert len(json.dumps(message, ensure_ascii=False).encode()) <= MESSAGE_BYTES_MAX


def test_data_that_is_too_large_refuses_the_message_and_nothing_is_sent(fcm):
    push = replace(PUSH, data={"link": "x" * 4_000})
    (outcome,) = send(firebase.stand_in_app(fcm.url), push)
    assert (outcome.kind, outcome.detail) == (OutcomeKind.MESSAGE_REFUSED, "TooLarge")
    assert not fcm.received


def test_a_registration_token_is_sent_as_a_token_without_a_warning(fcm):
    push = replace(PUSH, address_kind="token", address="old phone")
    (outcome,) = send(firebase.stand_in_app(fcm.url), push)
    assert outcome.kind is OutcomeKind.SENT
    assert fcm.received[0]["token"] == "old phone"
    assert "fid" not in fcm.received[0]


def test_a_long_collapse_key_becomes_one_that_apple_takes(fcm):
    send(firebase.stand_in_app(fcm.url), replace(PUSH, collapse_key="ż" * 40))
    message = fcm.received[0]
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
        ("internal", OutcomeKind.RETRY, None, "InternalError INTERNAL"),
        ("unavailable", OutcomeKind.RETRY, None, "UnavailableError UNAVAILABLE"),
        ("cutoff", OutcomeKind.RETRY, None, "UnknownError UNKNOWN RemoteProtocolError"),
        ("unanswered", OutcomeKind.RETRY, None, "UnknownError UNKNOWN RemoteProtocolError"),
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
    assert sorted(m["fid"] for m in fcm.received) == ["a", "b", "c"]


def test_a_sender_still_sends_after_an_outage_of_hundreds_of_messages(fcm):
    async def run():
        sender = FirebaseSender(firebase.stand_in_app(fcm.url))
        fcm.is_out = True
        failed = await sender.send([PUSH] * 150)
        fcm.is_out = False
        sent = await asyncio.wait_for(sender.send([PUSH] * 10), 10)
        await sender.close()
        return {each.kind for each in failed}, {each.kind for each in sent}

    assert asyncio.run(run()) == ({OutcomeKind.RETRY}, {OutcomeKind.SENT})
    assert len(fcm.refused) == 150  # each was asked once: the courier waits, and not the client


def test_no_outcome_repeats_an_address_or_a_text(fcm):
    for outcome in send_to(fcm, *(f"secret-{word}" for word in FAULTS), ""):
        assert "secret" not in outcome.detail
        assert PUSH.title not in outcome.detail


def test_an_unreachable_service_means_retry():
    (outcome,) = send(firebase.stand_in_app(unused_url()), PUSH)
    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.RETRY, None)
    assert outcome.detail == "UnavailableError UNAVAILABLE ConnectError"


def test_a_quota_answer_without_a_wait_gets_the_advised_one(monkeypatch, fcm):
    fault = replace(FAULTS["quota"], headers={})
    monkeypatch.setitem(FAULTS, "quota", fault)
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


def test_apps_side_by_side_send_each_to_its_own_place(fcm):
    other = FcmStandIn()
    with serve_in_thread(other) as url:
        first, second = firebase.stand_in_app(fcm.url), firebase.stand_in_app(url, "demo-two")
        assert first.name != second.name
        (outcome,) = send(second, PUSH)
        send(first, replace(PUSH, address="here"))
    assert outcome.message_name == "projects/demo-two/messages/1"
    assert [m["fid"] for m in other.received] == ["phone"]
    assert [m["fid"] for m in fcm.received] == ["here"]


def test_a_sender_refuses_a_second_event_loop(fcm):
    sender = FirebaseSender(firebase.stand_in_app(fcm.url))
    with asyncio.Runner() as first:
        first.run(sender.send([PUSH]))
        with pytest.raises(RuntimeError, match="event loop"), asyncio.Runner() as second:
            second.run(sender.send([PUSH]))
        first.run(sender.close())
