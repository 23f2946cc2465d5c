"""What a till is told about codes it cannot take: why, and nothing about whose they are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import base45
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gamification.cards import store as cards
from gamification.cards.rules import TEXT_PREFIX, CardCode, sign_code
from gamification.members.rules import MemberRecord, grouped_number
from gamification.staff.rules import Role
from tests.journeys.server import OPERATIONS, Server
from tests.journeys.story import card_text, expect_problem, nothing_changes, post, scan
from tests.world import ALL_FLAGS, KEY_ID

NAME = "Ola Wyjątkowa"
OFFLINE_KIND = 0x11
OFFLINE_BYTES = 116


@pytest.fixture
def ola(server: Server) -> MemberRecord:
    return server.world.enrol(NAME, subject="ola")


def signed(server: Server, **changes: Any) -> str:
    """A code of the member's card as ours are signed, but for the changes."""
    world = server.world
    key = changes.pop("private_key", world.card_key)
    (member_id,) = world.rows("SELECT id FROM member")
    fields: dict[str, Any] = {
        "kid": KEY_ID,
        "handle": world.read(lambda c: cards.current_handle(c, member_id)),
        "issued_at": world.now,
        "flags": ALL_FLAGS,
        "nonce": bytes(8),
    }
    return sign_code(CardCode(**{**fields, **changes}), private_key=key)


def used(server: Server) -> str:
    code = signed(server)
    assert scan(server, code)["__typename"] == "CardScanned"
    return code


def expired(server: Server) -> str:
    code = card_text(server, "ola")
    server.pass_time(seconds=60)
    return code


def of_the_future(server: Server) -> str:
    return signed(server, issued_at=server.world.now + timedelta(seconds=6))


def by_another_key(server: Server) -> str:
    return signed(server, private_key=Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))


def by_a_key_that_is_not_in_the_ring(server: Server) -> str:
    return signed(server, kid=9)


def of_an_unknown_card(server: Server) -> str:
    return signed(server, handle=b"\xff" * 8)


def of_a_revoked_card(server: Server) -> str:
    code = signed(server)
    (member_id,) = server.world.rows("SELECT id FROM member")
    server.world.write(lambda c: cards.revoke(c, member_id, now=server.world.now))
    return code


def of_the_offline_kind(_: Server) -> str:
    code_bytes = bytes([OFFLINE_KIND]) + bytes(OFFLINE_BYTES - 1)
    return TEXT_PREFIX + str(base45.b45encode(code_bytes), "ascii")


def shortened(server: Server) -> str:
    return signed(server)[:-3]


def an_address(_: Server) -> str:
    return "https://example.org/menu"


def nothing_at_all(_: Server) -> str:
    return ""


def of_other_letters(_: Server) -> str:
    return TEXT_PREFIX + "Ą" * 100


REFUSED: list[tuple[Callable[[Server], str], str, str]] = [
    (used, "CodeUsed", "CODE_USED"),
    (expired, "CodeExpired", "CODE_EXPIRED"),
    (of_the_future, "CodeNotYetValid", "CODE_NOT_YET_VALID"),
    (by_another_key, "CodeForged", "CODE_FORGED"),
    (by_a_key_that_is_not_in_the_ring, "CodeForged", "CODE_FORGED"),
    (of_an_unknown_card, "CodeUnknown", "CODE_UNKNOWN"),
    (of_a_revoked_card, "CodeRevoked", "CODE_REVOKED"),
    (of_the_offline_kind, "CodeUnreadable", "CODE_UNREADABLE"),
    (shortened, "CodeUnreadable", "CODE_UNREADABLE"),
    (an_address, "CodeUnreadable", "CODE_UNREADABLE"),
    (nothing_at_all, "CodeUnreadable", "CODE_UNREADABLE"),
    (of_other_letters, "CodeUnreadable", "CODE_UNREADABLE"),
]


@pytest.mark.parametrize(("make", "kind", "code"), REFUSED)
def test_a_code_is_refused_for_its_own_reason_and_says_nothing_of_a_person(
    server: Server, ola: MemberRecord, make: Callable[[Server], str], kind: str, code: str
) -> None:
    text = make(server)
    query = (OPERATIONS / "Scan.graphql").read_text(encoding="utf-8")
    with nothing_changes(server):
        response = post(server, query, {"code": text}, token=server.token(Role.CLERK))
    answer = response.json()["data"]["scanCard"]
    expect_problem(answer, kind, code)
    assert answer["retryable"] is (code == "CODE_NOT_YET_VALID")
    for personal in (NAME, "Wyj", ola.number, grouped_number(ola.number), ola.id):
        assert personal not in response.text


def test_no_altered_character_makes_a_code_good(server: Server, ola: MemberRecord) -> None:
    code = signed(server)
    with nothing_changes(server):
        for place in range(0, len(code), 7):
            other = "Z" if code[place] != "Z" else "Y"
            answer = scan(server, code[:place] + other + code[place + 1 :])
            assert answer["__typename"] in {"CodeForged", "CodeUnreadable"}
    assert scan(server, f" {code}\r\n")["visit"]["guest"]["displayName"] == ola.display_name


def test_a_new_code_is_good_after_an_old_one_was_used(server: Server, ola: MemberRecord) -> None:
    used(server)
    answer = scan(server, card_text(server, "ola"))
    assert answer["visit"]["guest"]["displayName"] == ola.display_name
