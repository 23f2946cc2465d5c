"""A member's story: enrol, be scanned, see what it came to; redeem; and what others never see."""

from collections import Counter
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from gamification.members.rules import MemberRecord
from gamification.staff.rules import Role
from tests.journeys.server import Server
from tests.journeys.story import (
    allow_pushes,
    capture,
    card_text,
    counted_statements,
    decoded,
    enrol,
    expect_problem,
    get,
    home,
    nothing_changes,
    open_visit,
    post,
    purchase,
    redeem,
    run,
    scan,
)

BASKET: list[dict[str, Any]] = [
    {"name": "Flat white", "category": "coffee", "quantity": 4, "amount": "20.00"},
    {"name": "Pączek", "category": "pastry", "quantity": 2, "amount": "5.00", "sku": "P-1"},
]
BOUGHT: dict[str, Any] = {"total": "25.00", "lines": BASKET, "receipt": "R-1"}
EARNED = 250 + 10 + 2 * 10  # by the amount, for coming by, for two pastries
BADGE = 100  # the big table: 25 euros at once


def picture_address(server: Server, subject: str) -> str:
    """The address on the home screen, at the port that this server got."""
    address = str(home(server, subject)["card"]["imageUrl"])
    return server.url + address.removeprefix("http://127.0.0.1")


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol("Ola", subject="ola")


def test_enrolling_twice_gives_the_same_member_unchanged(server: Server) -> None:
    first = enrol(server, "ola")
    assert (first["__typename"], first["alreadyEnrolled"]) == ("MemberEnrolled", False)
    with nothing_changes(server):
        again = enrol(server, "ola", displayName="Somebody else", locale="ru")
    assert again == {**first, "alreadyEnrolled": True}


def test_a_phone_and_a_consent_are_kept_and_the_same_phone_is_one_device(server: Server) -> None:
    enrol(server, "ola")
    first = allow_pushes(server, "ola")
    assert first["setConsent"] == {"__typename": "ConsentSet", "granted": True}
    assert allow_pushes(server, "ola", granted=False) == {
        **first,
        "setConsent": {"__typename": "ConsentSet", "granted": False},
    }
    assert len(server.world.rows("SELECT id FROM device")) == 1


def test_the_first_home_screen_has_every_section(server: Server) -> None:
    enrolled = enrol(server, "ola")["member"]
    screen = home(server, "ola")
    assert {key: screen[key] for key in enrolled} == enrolled
    assert [key for key, part in screen.items() if part is None] == []
    assert screen["points"] == {
        "available": 0, "pending": 0, "cooling": [], "debt": 0, "lifetime": 0, "expiring": [],
    }  # fmt: skip
    assert screen["tier"]["current"]["name"] == "Preludium"
    assert screen["nextReward"]["name"] == "Dowolna kawa"
    programme = server.world.programme
    for part, expected in (
        ("badges", programme.badges),
        ("challenges", programme.challenges),
        ("rewards", programme.rewards),
    ):
        assert {each["id"] for each in screen[part]} == {each.id for each in expected}
    assert screen["vouchers"] == []
    (line,) = screen["timeline"]["edges"]
    assert line["node"]["text"].endswith("Witamy!")
    assert screen["inbox"]["edges"] == []


def test_the_home_screen_costs_the_same_statements_however_much_happened(
    server: Server, ola: MemberRecord
) -> None:
    def cost() -> Counter[str]:
        with counted_statements(server) as counts:
            home(server, "ola", facts=100)
        return counts

    home(server, "ola")
    before = cost()
    assert before.total() > 2  # not BEGIN and COMMIT alone
    for _ in range(12):
        server.world.eat_pastries(ola, 2, each="6.00")
    server.world.redeem(ola, "coffee")
    assert cost() == before


def test_a_scanned_picture_and_a_basket_show_on_the_home_screen(server: Server) -> None:
    enrol(server, "ola")
    picture = get(picture_address(server, "ola"))
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "private, no-store"
    assert Image.open(BytesIO(picture.content)).size == (1000, 630)

    visit = scan(server, decoded(picture.content))["visit"]
    assert visit["canRedeem"] is True
    assert visit["guest"]["displayName"] == "Ola Żuk"
    target, bought = {"visitId": visit["id"]}, {**BOUGHT, "idempotencyKey": "till-1"}
    answer = purchase(server, target, **bought)
    assert (answer["pointsEarned"], answer["replayed"]) == (EARNED, False)
    assert answer["guest"]["points"] == EARNED + BADGE

    screen = home(server, "ola")
    assert screen["points"]["available"] == screen["points"]["lifetime"] == EARNED + BADGE
    bar = screen["tier"]["progress"]
    assert (bar["current"], bar["target"], bar["remaining"]) == (2500, 25000, 22500)
    assert (bar["ratio"], bar["unit"]) == (0.1, "MONEY")
    badges = {badge["name"]: badge["level"] for badge in screen["badges"]}
    assert badges["Duży stół"] == 1
    pastries = next(badge for badge in screen["badges"] if badge["id"] == "pastry_taster")
    assert (pastries["progress"]["current"], pastries["progress"]["target"]) == (2, 5)
    told = [edge["node"]["text"] for edge in screen["timeline"]["edges"]]
    assert told[:3] == [
        f"Odznaka „Duży stół” trafiła do Twojej kolekcji i przyniosła {BADGE} punktów!",
        f"Na Twoje konto trafiło {EARNED} punktów!",
        "Zapisaliśmy Twoje zakupy za 25,00\u00a0€. Dziękujemy!",
    ]

    with nothing_changes(server):
        again = purchase(server, target, **bought)
    assert again == {**answer, "replayed": True}


@pytest.mark.usefixtures("ola")
def test_a_pictures_address_is_dead_for_everybody_else(server: Server) -> None:
    server.world.enrol("Ela", subject="ela")
    address, others = picture_address(server, "ola"), picture_address(server, "ela")
    path, _, query = address.partition("?")
    altered = address[:-1] + ("0" if address[-1] != "0" else "1")
    other_card = f"{others.partition('?')[0]}?{query}"
    assert get(address).status_code == 200
    dead = [get(each) for each in (altered, other_card, path, f"{path}?{query}0")]
    server.pass_time(seconds=60)
    dead += [get(address), get(f"{server.url}/cards/none.png?expires=99999999999&signature=0")]
    assert {(each.status_code, each.content) for each in dead} == {(404, b"")}


def test_a_reward_is_redeemed_shown_and_handed_over_once(server: Server, ola: MemberRecord) -> None:
    server.world.buy(ola, "100.00")
    had = home(server, "ola")["points"]["available"]
    answer = redeem(server, "ola", "coffee", key="app-1")
    assert (answer["points"], answer["voucher"]["rewardName"]) == (900, "Dowolna kawa")
    assert answer["member"]["points"] == {"available": had - 900, "pending": 900}
    with nothing_changes(server):
        assert redeem(server, "ola", "coffee", key="app-1") == {**answer, "replayed": True}

    (shown,) = home(server, "ola")["vouchers"]
    assert shown["code"] == answer["voucher"]["code"]
    visit = scan(server, card_text(server, "ola"))["visit"]
    (at_the_till,) = visit["guest"]["vouchers"]
    assert (at_the_till["id"], at_the_till["rewardName"]) == (
        shown["id"],
        "A coffee of your choice",
    )
    captured = capture(server, visit["id"], at_the_till["id"], key="till-1")
    assert (captured["voucher"]["state"], captured["replayed"]) == ("captured", False)
    replayed = capture(server, visit["id"], at_the_till["id"], key="till-1")
    assert replayed == {**captured, "replayed": True}
    expect_problem(
        capture(server, visit["id"], shown["code"]), "VoucherNotOpen", "VOUCHER_CAPTURED"
    )
    assert home(server, "ola")["vouchers"] == []
    assert home(server, "ola")["points"]["pending"] == 0


def test_a_voucher_can_be_read_out_but_only_its_owners_visit_takes_it(
    server: Server, ola: MemberRecord
) -> None:
    server.world.buy(ola, "100.00")
    server.world.enrol("Ela", subject="ela")
    code = redeem(server, "ola", "coffee", key="app-1")["voucher"]["code"]
    elas = open_visit(server, "ela")
    with nothing_changes(server):
        expect_problem(capture(server, elas, code), "NotFound", "VOUCHER_UNKNOWN")
    spoken = code.lower().replace("-", " ")
    assert capture(server, open_visit(server, "ola"), spoken)["__typename"] == "VoucherCaptured"


def test_too_few_points_stay_too_few_under_the_same_key(server: Server, ola: MemberRecord) -> None:
    server.world.buy(ola, "50.00")
    has = home(server, "ola")["points"]["available"]
    refused = redeem(server, "ola", "coffee", key="app-1")
    expect_problem(refused, "NotEnoughPoints", "NOT_ENOUGH_POINTS")
    assert (refused["available"], refused["required"], refused["missing"]) == (has, 900, 900 - has)
    server.world.buy(ola, "100.00")
    assert redeem(server, "ola", "coffee", key="app-1") == refused
    assert redeem(server, "ola", "coffee", key="app-2")["__typename"] == "RewardRedeemed"


def test_a_key_belongs_to_one_input_and_to_one_member(server: Server, ola: MemberRecord) -> None:
    ela = server.world.enrol("Ela", subject="ela")
    for member in (ola, ela):
        server.world.buy(member, "200.00")
    redeem(server, "ola", "coffee", key="app-1")
    with nothing_changes(server):
        conflict = redeem(server, "ola", "pastry", key="app-1")
    expect_problem(conflict, "IdempotencyConflict", "IDEMPOTENCY_CONFLICT")
    assert redeem(server, "ela", "coffee", key="app-1")["replayed"] is False


@pytest.mark.parametrize("given", ["", ", idempotencyKey: null", ', idempotencyKey: " "'])
def test_without_a_key_nothing_is_redeemed(server: Server, ola: MemberRecord, given: str) -> None:
    server.world.buy(ola, "100.00")
    text = (
        f'mutation {{ redeemReward(input: {{ rewardId: "coffee"{given} }}) {{ __typename'
        " ... on InvalidInput { code message field } } }"
    )
    with nothing_changes(server):
        response = post(server, text, token=server.token(Role.MEMBER, subject="ola"))
    answer = response.json()["data"]["redeemReward"]
    expect_problem(answer, "InvalidInput", "IDEMPOTENCY_KEY_REQUIRED")
    assert answer["field"] == "idempotencyKey"


def test_a_joined_challenge_is_won_by_what_was_done_already(
    server: Server, ola: MemberRecord
) -> None:
    for _ in range(3):
        server.world.buy(ola, "5.00")
    token = server.token(Role.MEMBER, subject="ola")
    answer = run(server, "Join", {"challengeId": "three_a_week"}, token=token)
    (week,) = [one for one in answer["member"]["challenges"] if one["id"] == "three_a_week"]
    assert week["joined"] is True
    assert week["completedAt"] is not None
    with nothing_changes(server):
        assert run(server, "Join", {"challengeId": "three_a_week"}, token=token) == answer


NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Member { number } } }"


def test_by_id_a_member_finds_what_is_their_own_and_nothing_of_others(
    server: Server, ola: MemberRecord
) -> None:
    server.world.buy(ola, "100.00")
    server.world.enrol("Ela", subject="ela")
    voucher = redeem(server, "ola", "coffee", key="app-1")["voucher"]["id"]
    member = home(server, "ola")["id"]
    for global_id, kind in ((member, "Member"), (voucher, "Voucher")):
        found = {}
        for who in ("ola", "ela", "stranger"):
            token = server.token(Role.MEMBER, subject=who)
            found[who] = post(server, NODE, {"id": global_id}, token=token).json()["data"]["node"]
        for role in (Role.CLERK, Role.MANAGER, Role.SYSTEM):
            token = server.token(role)
            found[role] = post(server, NODE, {"id": global_id}, token=token).json()["data"]["node"]
        assert found.pop("ola")["__typename"] == kind
        assert set(found.values()) == {None}
