"""The service account's key: signed, exchanged for a token, refused, revoked, expired."""

import asyncio
import threading
import time
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.loopback import serve_in_thread
from api.server import StartRefused, production_sender
from api.settings import load_settings
from notifications import firebase
from notifications.fcm_standin import FcmStandIn
from notifications.firebase import FirebaseSender
from notifications.oauth_standin import GRANT_TYPE, OauthStandIn
from notifications.sender import OutcomeKind
from tests.notifications.sending import (
    EMAIL,
    PROJECT,
    PUSH,
    account_file,
    new_key,
    public_pem,
    send,
    unused_url,
)


@pytest.fixture(scope="module")
def key():
    return new_key()


class Moments:
    """A clock in seconds that tests set."""

    now_s = 0.0


@pytest.fixture
def moments():
    return Moments()


@pytest.fixture
def oauth(key, moments):
    return OauthStandIn({EMAIL: public_pem(key)}, now_s=lambda: moments.now_s)


@pytest.fixture
def fcm(oauth):
    """Only who has a token of ours may send, and only to our project."""
    fcm = FcmStandIn(oauth=oauth, project=PROJECT)
    with serve_in_thread(fcm) as url:
        fcm.url = url
        yield fcm


@pytest.fixture
def app_with_credentials(tmp_path, key):
    def make(token_url, fcm_url, *, signed_by=key, **changes):
        app = firebase.firebase_app(account_file(tmp_path, signed_by, token_url, **changes))
        firebase.send_to_stand_in(app, fcm_url)
        return app

    return make


def test_a_signed_key_is_exchanged_for_a_token_that_opens_the_way(fcm, app_with_credentials):
    (outcome,) = send(app_with_credentials(f"{fcm.url}/token", fcm.url), PUSH)
    assert outcome.kind is OutcomeKind.SENT
    assert len(fcm.received) == 1


def test_without_a_token_nothing_is_taken_and_the_lane_stops(fcm):
    (outcome,) = send(firebase.stand_in_app(fcm.url, PROJECT), PUSH)
    assert outcome.kind is OutcomeKind.LANE_STOPPED
    assert list(fcm.refused) == ["UNAUTHENTICATED"]
    assert not fcm.received


def test_a_token_lives_as_long_as_it_was_granted_for(moments, oauth, app_with_credentials):
    with serve_in_thread(FcmStandIn(oauth=oauth)) as url:
        credential = app_with_credentials(f"{url}/token", url).credential.get_credential()
        credential.refresh(firebase.Request())
    told = f"Bearer {credential.token}"
    moments.now_s = 3599
    assert oauth.is_good(told)
    moments.now_s = 3600
    assert not oauth.is_good(told)
    assert not oauth.is_good("Bearer another")
    assert not oauth.is_good("")


def test_a_token_that_the_service_ended_is_replaced_by_itself(fcm, oauth, app_with_credentials):
    async def run():
        sender = FirebaseSender(app_with_credentials(f"{fcm.url}/token", fcm.url))
        first = await sender.send([PUSH])
        oauth.end_tokens()
        second = await sender.send([PUSH])
        await sender.close()
        return [*first, *second]

    assert [each.kind for each in asyncio.run(run())] == [OutcomeKind.SENT] * 2


def test_a_revoked_key_stops_the_lane_for_the_whole_batch(fcm, oauth, app_with_credentials):
    oauth.revoke(EMAIL)
    app = app_with_credentials(f"{fcm.url}/token", fcm.url)
    outcomes = send(app, PUSH, replace(PUSH, nudge_id="n2"))
    assert [(each.nudge_id, each.kind, each.detail) for each in outcomes] == [
        ("n1", OutcomeKind.LANE_STOPPED, "RefreshError"),
        ("n2", OutcomeKind.LANE_STOPPED, "RefreshError"),
    ]


def test_a_key_of_somebody_else_is_refused(fcm, app_with_credentials):
    app = app_with_credentials(f"{fcm.url}/token", fcm.url, signed_by=new_key())
    (outcome,) = send(app, PUSH)
    assert outcome.kind is OutcomeKind.LANE_STOPPED
    assert not fcm.received


def test_a_key_that_is_revoked_between_two_batches_stops_the_lane(fcm, oauth, app_with_credentials):
    async def run():
        sender = FirebaseSender(app_with_credentials(f"{fcm.url}/token", fcm.url))
        first = await sender.send([PUSH])
        oauth.revoke(EMAIL)
        second = await sender.send([PUSH])
        await sender.close()
        return [*first, *second]

    kinds = [each.kind for each in asyncio.run(run())]
    assert kinds == [OutcomeKind.SENT, OutcomeKind.LANE_STOPPED]


def test_a_wrong_project_stops_the_lane(fcm, app_with_credentials):
    app = app_with_credentials(f"{fcm.url}/token", fcm.url, project_id="another-cafe")
    (outcome,) = send(app, PUSH)
    assert (outcome.kind, outcome.detail) == (
        OutcomeKind.LANE_STOPPED,
        "PermissionDeniedError PERMISSION_DENIED",
    )


@pytest.mark.parametrize(
    "body", [b"", b"grant_type=password", b"\xff", f"grant_type={GRANT_TYPE}".encode()]
)
def test_a_request_for_a_token_without_an_assertion_is_refused(oauth, body):
    status, document = oauth.grant(body)
    assert status == 400
    assert "access_token" not in document


@pytest.mark.parametrize(
    "changes",
    [{"private_key": "no key"}, {"project_id": ""}, {"type": "authorized_user"}],
)
def test_a_damaged_file_is_told_in_a_line_when_the_program_starts(tmp_path, key, changes):
    path = account_file(tmp_path, key, "http://127.0.0.1:9/token", **changes)
    settings = load_settings(env="test", data_dir=tmp_path, firebase_credentials=path)
    with pytest.raises(StartRefused, match="is no service account's file") as refused:
        production_sender(settings)
    assert str(refused.value).startswith(f"REGULARS_FIREBASE_CREDENTIALS: {path}")
    assert len(str(refused.value).splitlines()) == 1


def test_a_refused_third_party_key_stops_the_lane(fcm, app_with_credentials):
    app = app_with_credentials(f"{fcm.url}/token", fcm.url)
    good, bad = send(app, PUSH, replace(PUSH, address="thirdparty"))
    assert good.kind is OutcomeKind.SENT
    assert bad.kind is OutcomeKind.LANE_STOPPED
    assert bad.detail == "ThirdPartyAuthError UNAUTHENTICATED"


def test_a_silent_token_endpoint_means_retry_for_the_whole_batch(fcm, app_with_credentials):
    app = app_with_credentials(f"{unused_url()}/token", fcm.url)
    outcomes = send(app, PUSH, replace(PUSH, nudge_id="n2"))
    assert [(o.nudge_id, o.kind, o.retry_after_s) for o in outcomes] == [
        ("n1", OutcomeKind.RETRY, None),
        ("n2", OutcomeKind.RETRY, None),
    ]
    assert outcomes[0].detail == "TransportError"
    assert not fcm.received


def test_the_token_is_fetched_off_the_event_loop(app_with_credentials):
    entered = threading.Event()

    def slow_token(_):
        entered.set()
        time.sleep(0.3)
        return JSONResponse({"access_token": "x", "expires_in": 3600, "token_type": "Bearer"})

    async def run(url, fcm_url):
        sender = FirebaseSender(app_with_credentials(f"{url}/token", fcm_url))
        sending = asyncio.create_task(sender.send([PUSH]))
        ticks = 0
        while not sending.done():
            await asyncio.sleep(0.01)
            ticks += entered.is_set()
        await sender.close()
        return ticks, await sending

    token_app = Starlette(routes=[Route("/token", slow_token, methods=["POST"])])
    with serve_in_thread(token_app) as url, serve_in_thread(FcmStandIn()) as fcm_url:
        ticks, (outcome,) = asyncio.run(run(url, fcm_url))
    assert outcome.kind is OutcomeKind.SENT
    assert ticks > 5
