"""Who may do what: every mutation as every role, over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema

from api.identity import issue_demo_token
from gamification.database import insert_into
from gamification.programme.values import Programme
from gamification.staff.rules import Role
from notifications.tables import Nudge
from tests.claiming import review
from tests.journeys.server import TOKEN_KEY, Server, serving
from tests.journeys.story import (
    ENROLMENT,
    card_text,
    nothing_changes,
    open_visit,
    post,
)
from tests.second_manager import LIMIT, OTHER, two_managers
from tests.world import CLERK, World

SDL = Path(__file__).parents[2] / "schema/schema.graphql"
SUBJECT = "ola"
EVERYBODY = ("member", "stranger", "clerk", "manager", "system", "unknown staff")


@pytest.fixture(scope="module")
def server(shared_world: World, market: Programme) -> Iterator[Server]:
    kinds = {**shared_world.programme.kinds, "review": market.kinds["review"]}
    shared_world.programme = replace(shared_world.programme, kinds=kinds)
    with serving(two_managers(shared_world)) as server:
        shared_world.enrol("Ola", subject=SUBJECT)
        yield server


def number_of(world: World) -> str:
    return str(world.rows("SELECT number FROM member ORDER BY id")[0])


def voucher_and_visit(server: Server) -> dict[str, str]:
    """What a capture takes: an open voucher, and a visit of its owner."""
    world = server.world
    owner = world.enrol(f"Guest {world.key()}", subject=(subject := world.key()))
    world.buy(owner, "100.00")
    voucher = world.redeem(owner, "coffee").outcome["voucher_id"]
    return {"visitId": open_visit(server, subject), "voucher": f"vch_{voucher}"}


def a_purchase(server: Server) -> dict[str, Any]:
    world = server.world
    guest = world.enrol(f"Guest {world.key()}", subject=world.key())
    return {"purchase": {"purchaseId": f"pur_{world.buy(guest).outcome['activity_id']}"}}


def enough_points(server: Server) -> dict[str, str]:
    world = server.world
    world.buy(world.enrol(subject=SUBJECT), "100.00")
    return {"rewardId": "coffee"}


def by_number(server: Server) -> dict[str, Any]:
    return {"target": {"memberNumber": number_of(server.world)}}


def by_visit(server: Server) -> dict[str, Any]:
    return {"target": {"visitId": open_visit(server, SUBJECT)}}


def a_survey(target: dict[str, Any], key: str) -> dict[str, Any]:
    score = {"name": "score", "value": {"whole": 9}}
    activity = {"kind": "survey", "attributes": [score], "idempotencyKey": key}
    return {"activities": [{**target, **activity}]}


def a_survey_by_number(server: Server) -> dict[str, Any]:
    return a_survey(by_number(server), server.world.key())


def a_survey_by_visit(server: Server) -> dict[str, Any]:
    return a_survey(by_visit(server), server.world.key())


def ten_points_by_number(server: Server) -> dict[str, Any]:
    return {**by_number(server), "points": 10, "reason": "the machine broke down"}


def ten_points_by_visit(server: Server) -> dict[str, Any]:
    return {**by_visit(server), "points": 10, "reason": "the machine broke down"}


def a_proposal(server: Server) -> dict[str, Any]:
    """What the other manager proposed."""
    member = server.world.enrol(f"Guest {server.world.key()}", subject=server.world.key())
    answer = server.world.adjust(member, LIMIT + 1, actor=OTHER)
    return {"adjustmentId": f"adj_{answer.outcome['proposal_id']}", "approve": True}


def a_review(_server: Server) -> dict[str, Any]:
    told = [
        {"name": "product", "value": {"text": "Latte"}},
        {"name": "rating", "value": {"whole": 5}},
    ]
    return {"kind": "review", "attributes": told}


def a_claim(server: Server) -> dict[str, Any]:
    """What somebody claims to have said."""
    member = server.world.enrol(f"Guest {server.world.key()}", subject=server.world.key())
    return {"claimId": f"clm_{review(server.world, member)}", "approve": True}


def a_tag_by_number(server: Server) -> dict[str, Any]:
    return {**by_number(server), "tag": "vip"}


def a_tag_by_visit(server: Server) -> dict[str, Any]:
    return {**by_visit(server), "tag": "vip"}


def a_line(server: Server) -> dict[str, str]:
    """What the member was told, without a push."""
    world, now = server.world, server.world.now
    told = Nudge(
        id=world.new_id(),
        member_id=world.enrol("Ola", subject=SUBJECT).id,
        key=world.key(),
        rule="near_reward",
        target_kind="reward",
        target_id="coffee",
        params={"remaining": 50},
        state="sent",
        attempts=0,
        not_before=now,
        planned_at=now,
        sent_at=now,
        programme_version=world.programme.version,
        category="marketing",
    )
    world.write(lambda c: c.run(insert_into(Nudge), **told.model_dump()))
    return {"lineId": told.id}


Input = Callable[[Server], dict[str, Any]]
CONSENT = {"category": "MARKETING", "channel": "PUSH", "granted": True, "textVersion": "1"}
PHONE = {"addressKind": "FID", "address": "phone", "platform": "IOS"}
# For members; and for those of them who have not enrolled.
OF_MEMBERS: list[tuple[str, Input, str, str]] = [
    ("enrolMember", lambda _: dict(ENROLMENT), "MemberEnrolled", "MemberEnrolled"),
    (
        "joinChallenge",
        lambda _: {"challengeId": "three_a_week"},
        "ChallengeJoined",
        "NotEnrolled",
    ),
    ("redeemReward", enough_points, "RewardRedeemed", "NotEnrolled"),
    ("registerDevice", lambda _: dict(PHONE), "DeviceRegistered", "NotEnrolled"),
    ("setConsent", lambda _: dict(CONSENT), "ConsentSet", "NotEnrolled"),
    ("claimActivity", a_review, "ActivityClaimed", "NotEnrolled"),
    ("updateProfile", lambda _: {"locale": "ru"}, "ProfileUpdated", "NotEnrolled"),
    ("markInboxRead", lambda _: {"through": "f" * 32}, "InboxMarkedRead", "NotEnrolled"),
    ("archiveInboxLine", a_line, "InboxLineArchived", "NotEnrolled"),
]
# For staff; and for clerks among them.
OF_STAFF: list[tuple[str, Input, str, str]] = [
    ("scanCard", lambda s: {"code": card_text(s, SUBJECT)}, "CardScanned", "CardScanned"),
    (
        "lookUpMember",
        lambda s: {"number": number_of(s.world), "reason": "no phone"},
        "MemberLookedUp",
        "MemberLookedUp",
    ),
    ("recordPurchase", by_number, "PurchaseRecorded", "NotAllowed"),
    ("recordPurchase", by_visit, "PurchaseRecorded", "PurchaseRecorded"),
    ("recordVisit", by_number, "VisitRecorded", "NotAllowed"),
    ("recordVisit", by_visit, "VisitRecorded", "VisitRecorded"),
    ("recordActivity", a_survey_by_number, "ActivitiesAnswered", "ActivitiesAnswered"),
    ("recordActivity", a_survey_by_visit, "ActivitiesAnswered", "ActivitiesAnswered"),
    ("refundPurchase", a_purchase, "PurchaseRefunded", "PurchaseRefunded"),
    ("captureVoucher", voucher_and_visit, "VoucherCaptured", "VoucherCaptured"),
]
# For managers.
OF_MANAGERS: list[tuple[str, Input, str]] = [
    ("adjustPoints", ten_points_by_number, "PointsAdjusted"),
    ("adjustPoints", ten_points_by_visit, "PointsAdjusted"),
    ("decideAdjustment", a_proposal, "AdjustmentDecided"),
]
# For whoever serves, but not for systems.
OF_PEOPLE: list[tuple[str, Input, str]] = [("decideClaim", a_claim, "ClaimDecided")]
# For managers, and for systems of the shop.
OF_THE_OFFICE: list[tuple[str, Input, str]] = [
    ("tagMember", a_tag_by_number, "MemberTagged"),
    ("tagMember", a_tag_by_visit, "MemberTagged"),
]


def cases() -> Iterator[tuple[str, Input, str, str]]:
    """Mutation, input, who, and the type of the answer."""
    for name, given, success, of_strangers in OF_MEMBERS:
        outcomes = {"member": success, "stranger": of_strangers}
        for who in EVERYBODY:
            yield name, given, who, outcomes.get(who, "NotAllowed")
    for name, given, success, of_clerks in OF_STAFF:
        outcomes = {"clerk": of_clerks, "manager": success, "system": success}
        for who in EVERYBODY:
            yield name, given, who, outcomes.get(who, "NotAllowed")
    for those, allowed in (
        (OF_MANAGERS, {"manager"}),
        (OF_PEOPLE, {"clerk", "manager"}),
        (OF_THE_OFFICE, {"manager", "system"}),
    ):
        for name, given, success in those:
            for who in EVERYBODY:
                yield name, given, who, success if who in allowed else "NotAllowed"


CASES = list(cases())
NAMES = sorted({name for name, *_ in CASES})


def token_of(server: Server, who: str) -> str:
    if who == "member":
        return server.token(Role.MEMBER, subject=SUBJECT)
    if who == "stranger":
        return server.token(Role.MEMBER, subject=server.world.key())
    if who == "unknown staff":  # signed by us, yet of no one whom this database knows
        return issue_demo_token(
            TOKEN_KEY,
            subject="ghost",
            role=Role.MANAGER,
            store_id=CLERK.store_id,
            staff_id="ghost",
            now=server.clock.now(),
            ttl_s=60,
        )
    return server.token(Role(who))


def do(server: Server, name: str, given: dict[str, Any], token: str | None) -> httpx.Response:
    title = name[0].upper() + name[1:]
    takes_key = name in {
        "redeemReward", "recordPurchase", "recordVisit", "refundPurchase", "captureVoucher",
        "adjustPoints", "decideAdjustment", "claimActivity", "decideClaim",
    }  # fmt: skip
    text = f"mutation ($input: {title}Input!) {{ {name}(input: $input) {{ __typename }} }}"
    more = {"idempotencyKey": server.world.key()} if takes_key else {}
    if name == "recordPurchase":
        more["total"] = "10.00"
    return post(server, text, {"input": {**given, **more}}, token=token)


def test_the_table_has_every_mutation() -> None:
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    assert schema.mutation_type is not None
    assert sorted(schema.mutation_type.fields) == NAMES


@pytest.mark.parametrize(
    ("name", "make", "who", "expected"), CASES, ids=lambda part: getattr(part, "__name__", part)
)
def test_a_role_may_do_what_is_its_own_and_nothing_else(
    server: Server, name: str, make: Input, who: str, expected: str
) -> None:
    given, token = make(server), token_of(server, who)
    before = server.world.contents()
    response = do(server, name, given, token)
    assert response.status_code == 200
    assert response.json() == {"data": {name: {"__typename": expected}}}
    if expected in {"NotAllowed", "NotEnrolled"}:
        assert server.world.contents() == before


@pytest.mark.parametrize("name", NAMES)
def test_without_a_good_token_nothing_is_answered(server: Server, name: str) -> None:
    make = next(given for each, given, *_ in CASES if each == name)
    given, member = make(server), token_of(server, "member")
    old = issue_demo_token(
        TOKEN_KEY, subject=SUBJECT, now=server.clock.now() - timedelta(minutes=2), ttl_s=60
    )
    forged = issue_demo_token(b"x" * 32, subject=SUBJECT, now=server.clock.now(), ttl_s=60)
    unsigned = f"{member.rpartition('.')[0]}."
    tokens = (None, "nonsense", old, forged, unsigned, "rg_" + "x" * 43, "x" * 9000)
    with nothing_changes(server):
        for token in tokens:
            response = do(server, name, given, token)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            (error,) = response.json()["errors"]
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}
            assert token is None or token not in response.text
