"""Input that cannot be right: each gets its answer in a sentence, and changes no row."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import OPERATIONS, Server, serving
from tests.journeys.story import (
    ENROLMENT,
    LONG,
    NUL,
    expect_problem,
    home,
    nothing_changes,
    post,
)
from tests.world import World


@pytest.fixture(scope="module")
def server(shared_world: World) -> Iterator[Server]:
    with serving(shared_world) as server:
        shared_world.enrol("Ola", subject="ola")
        shared_world.enrol("Ela", subject="ela")
        yield server


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"displayName": ""}, "TEXT_LENGTH"),
        ({"displayName": " \t\n"}, "TEXT_LENGTH"),
        ({"displayName": "x" * 300}, "TEXT_LENGTH"),
        ({"displayName": LONG}, "TEXT_LENGTH"),
        ({"displayName": NUL}, "TEXT_UNPRINTABLE"),
        ({"displayName": "\x1b[2J"}, "TEXT_UNPRINTABLE"),
        ({"email": LONG}, "TEXT_LENGTH"),
        ({"email": ""}, "TEXT_LENGTH"),
        ({"email": "a\0@b"}, "TEXT_UNPRINTABLE"),
        ({"locale": ""}, "LOCALE_UNKNOWN"),
        ({"locale": "Polish, please"}, "LOCALE_UNKNOWN"),
        ({"locale": "x" * 36}, "LOCALE_UNKNOWN"),
        ({"locale": "pl\n"}, "LOCALE_UNKNOWN"),
        ({"timeZone": ""}, "TIME_ZONE_UNKNOWN"),
        ({"timeZone": "Mars/Base"}, "TIME_ZONE_UNKNOWN"),
        ({"timeZone": "../etc/passwd"}, "TIME_ZONE_UNKNOWN"),
        ({"timeZone": "Europe/Warsaw\0"}, "TIME_ZONE_UNKNOWN"),
        ({"timeZone": LONG}, "TIME_ZONE_UNKNOWN"),
    ],
)
def test_nobody_enrols_with_what_no_person_has(
    server: Server, changes: dict[str, str], code: str
) -> None:
    token = server.token(Role.MEMBER, subject="somebody-new")
    with nothing_changes(server):
        given = {"input": {**ENROLMENT, **changes}}
        response = post(
            server, (OPERATIONS / "Enrol.graphql").read_text(encoding="utf-8"), given, token=token
        )
    expect_problem(response.json()["data"]["enrolMember"], "InvalidInput", code)


CONSENT = {"category": "MARKETING", "channel": "PUSH", "granted": True, "textVersion": "1"}
PHONE = {"addressKind": "TOKEN", "address": "phone", "platform": "WEB"}
NOWHERE = "0" * 32
ADJUSTMENT = {"target": {"visitId": f"vis_{NOWHERE}"}, "points": 10, "reason": "goodwill"}
Asked = tuple[str, str, dict[str, Any], str, str]
OTHERS: list[Asked] = [
    ("member", "registerDevice", {**PHONE, "address": ""}, "InvalidInput", "TEXT_LENGTH"),
    ("member", "registerDevice", {**PHONE, "address": LONG}, "InvalidInput", "TEXT_LENGTH"),
    ("member", "registerDevice", {**PHONE, "address": NUL}, "InvalidInput", "DEVICE_ADDRESS"),
    ("member", "registerDevice", {**PHONE, "address": "a b"}, "InvalidInput", "DEVICE_ADDRESS"),
    ("member", "setConsent", {**CONSENT, "textVersion": ""}, "InvalidInput", "TEXT_LENGTH"),
    ("member", "setConsent", {**CONSENT, "textVersion": NUL}, "InvalidInput", "TEXT_UNPRINTABLE"),
    ("member", "redeemReward", {"rewardId": "yacht"}, "NotFound", "REWARD_UNKNOWN"),
    ("member", "redeemReward", {"rewardId": LONG}, "NotFound", "REWARD_UNKNOWN"),
    ("member", "joinChallenge", {"challengeId": NUL}, "NotFound", "CHALLENGE_UNKNOWN"),
    ("clerk", "scanCard", {"code": LONG}, "CodeUnreadable", "CODE_UNREADABLE"),
    ("clerk", "scanCard", {"code": "", "storeId": "moon"}, "NotFound", "STORE_UNKNOWN"),
    ("clerk", "lookUpMember", {"number": NUL, "reason": "x"}, "InvalidInput", "NUMBER_MISTYPED"),
    ("clerk", "lookUpMember", {"number": "0", "reason": NUL}, "InvalidInput", "TEXT_UNPRINTABLE"),
    ("manager", "adjustPoints", {**ADJUSTMENT, "points": 0}, "InvalidInput", "POINTS_OUT_OF_RANGE"),
    ("manager", "adjustPoints", {**ADJUSTMENT, "reason": ""}, "InvalidInput", "TEXT_LENGTH"),
    ("manager", "adjustPoints", {**ADJUSTMENT, "reason": LONG}, "InvalidInput", "TEXT_LENGTH"),
    ("manager", "adjustPoints", {**ADJUSTMENT, "reason": NUL}, "InvalidInput", "TEXT_UNPRINTABLE"),
    ("manager", "adjustPoints", ADJUSTMENT, "NotFound", "VISIT_UNKNOWN"),
    ("clerk", "adjustPoints", ADJUSTMENT, "NotAllowed", "FORBIDDEN"),
    ("clerk", "refundPurchase", {"purchase": {"receipt": ""}}, "NotFound", "PURCHASE_UNKNOWN"),
    ("clerk", "refundPurchase", {"purchase": {"receipt": NUL}}, "NotFound", "PURCHASE_UNKNOWN"),
    (
        "clerk",
        "refundPurchase",
        {"purchase": {"purchaseId": f"pur_{NOWHERE}"}},
        "NotFound",
        "PURCHASE_UNKNOWN",
    ),
    (
        "clerk",
        "captureVoucher",
        {"visitId": f"vis_{NOWHERE}", "voucher": LONG},
        "NotFound",
        "VISIT_UNKNOWN",
    ),
    (
        "clerk",
        "recordVisit",
        {"target": {"visitId": NUL}, "occurredAt": "0001-01-01T00:00:00Z"},
        "NotFound",
        "VISIT_UNKNOWN",
    ),
]
KEYED = {"redeemReward", "refundPurchase", "captureVoucher", "recordVisit", "adjustPoints"}


@pytest.mark.parametrize(("who", "name", "given", "kind", "code"), OTHERS)
def test_every_mutation_refuses_what_is_not_there(
    server: Server, who: str, name: str, given: dict[str, Any], kind: str, code: str
) -> None:
    title = name[0].upper() + name[1:]
    key = {"idempotencyKey": server.world.key()} if name in KEYED else {}
    text = (
        f"mutation ($input: {title}Input!) {{ {name}(input: $input) "
        "{ __typename ... on Problem { code message } } }"
    )
    token = server.token(Role(who), subject="ola" if who == "member" else None)
    with nothing_changes(server):
        response = post(server, text, {"input": {**given, **key}}, token=token)
    expect_problem(response.json()["data"][name], kind, code)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_visit_happens_in_this_age(server: Server, moment: str) -> None:
    text = (
        "mutation ($input: RecordVisitInput!) { recordVisit(input: $input) "
        "{ __typename ... on Problem { code message } } }"
    )
    given = {
        "target": {"memberNumber": server.world.enrol("Ola", subject="ola").number},
        "occurredAt": moment,
        "idempotencyKey": "visit-1",
    }
    with nothing_changes(server):
        response = post(server, text, {"input": given}, token=server.token(Role.SYSTEM))
    answer = response.json()["data"]["recordVisit"]
    assert answer["code"].startswith("OCCURRED_")


PAGES: list[tuple[str, str]] = [
    *((f"{field}(first: {first})", "PAGE_SIZE")
      for field in ("timeline", "inbox") for first in (0, -1, 101)),
    *((f"{field}(after: {after})", "CURSOR")
      for field in ("timeline", "inbox")
      for after in ('"x"', '""', '"\\u0000"', '"²"', '"-1"', f'"{"9" * 5_000}"', f'"{LONG}"')),
    ("timeline(first: 1) { edges { cursor } } other: timeline(first: 2)", "PAGES"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "code"), PAGES, ids=lambda part: part[:40])
def test_a_page_that_cannot_be_is_refused(server: Server, field: str, code: str) -> None:
    text = f"{{ viewer {{ member {{ {field} {{ edges {{ cursor }} }} }} }} }}"
    response = post(server, text, token=server.token(Role.MEMBER, subject="ola"))
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == code
    assert error["message"].endswith(".")


@pytest.mark.parametrize("global_id", ["", "mbr_", "vch_\0", "mbr", "xyz_1", LONG, 5])
def test_an_id_of_nothing_finds_nothing(server: Server, global_id: object) -> None:
    text = "query ($id: ID!) { node(id: $id) { id } }"
    token = server.token(Role.MEMBER, subject="ola")
    assert home(server, "ola")["id"].startswith("mbr_")
    assert post(server, text, {"id": global_id}, token=token).json() == {"data": {"node": None}}
