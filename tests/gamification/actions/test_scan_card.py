from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gamification.cards import store as cards
from gamification.cards.rules import CardCode, CodeFlag, sign_code
from tests.world import ALL_FLAGS, ELSEWHERE, KEY_ID, World


def test_a_scan_opens_a_visit_of_five_minutes_with_the_code_s_flags(world: World) -> None:
    member = world.enrol()
    visit = world.scan(member, flags=CodeFlag.EARN)
    assert (visit.member_id, visit.store_id, visit.staff_id) == (member.id, "centre", "clerk")
    assert (visit.opened_by, visit.reason, visit.flags) == ("scan", None, CodeFlag.EARN)
    assert visit.expires_at - visit.opened_at == timedelta(minutes=5)


def test_a_scan_moves_nothing_by_itself(world: World) -> None:
    member = world.enrol()
    before = world.facts(member)
    world.scan(member)
    assert world.facts(member) == before
    assert world.rows("SELECT count(*) FROM activity") == [0]


def test_a_code_opens_one_visit(world: World) -> None:
    code = world.card_code(world.enrol())
    world.scan_code(code)
    with world.refuses("CODE_USED"):
        world.scan_code(code)
    with world.refuses("CODE_USED"):
        world.scan_code(code, ELSEWHERE)


def test_two_codes_of_a_card_open_two_visits(world: World) -> None:
    member = world.enrol()
    assert world.scan(member).id != world.scan(member).id


def test_a_code_is_good_for_a_minute(world: World) -> None:
    member = world.enrol()
    early, late = world.card_code(member), world.card_code(member)
    world.pass_time(seconds=60, microseconds=-1)
    world.scan_code(early)
    world.pass_time(microseconds=1)
    with world.refuses("CODE_EXPIRED"):
        world.scan_code(late)


def test_a_code_of_the_future_is_refused(world: World) -> None:
    code = world.card_code(world.enrol())
    world.pass_time(seconds=-6)
    with world.refuses("CODE_NOT_YET_VALID"):
        world.scan_code(code)


def test_a_code_signed_by_another_key_is_forged(world: World) -> None:
    member = world.enrol()
    ours, world.card_key = world.card_key, Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = world.card_code(member)
    world.card_key = ours
    with world.refuses("CODE_FORGED"):
        world.scan_code(forged)


@pytest.mark.parametrize("text", ["", "hello", "LC1:", "LC1:!!!", "https://example.org", "x" * 999])
def test_a_text_that_is_no_code_is_unreadable(world: World, text: str) -> None:
    world.enrol()
    with world.refuses("CODE_UNREADABLE"):
        world.scan_code(text)


def test_white_space_around_a_code_is_the_scanner_s(world: World) -> None:
    code = world.card_code(world.enrol())
    assert world.scan_code(f" {code}\r\n").id


def test_a_code_of_no_card_of_ours_is_unknown(world: World) -> None:
    code = CardCode(
        kid=KEY_ID, handle=bytes(8), issued_at=world.now, flags=ALL_FLAGS, nonce=bytes(8)
    )
    with world.refuses("CODE_UNKNOWN"):
        world.scan_code(sign_code(code, private_key=world.card_key))


def test_a_code_of_a_revoked_card_is_told_from_an_unknown_one(world: World) -> None:
    member = world.enrol()
    code = world.card_code(member)
    world.write(lambda c: cards.revoke(c, member.id, now=world.now))
    with world.refuses("CODE_REVOKED"):
        world.scan_code(code)


def test_staff_scan_in_their_own_store(world: World) -> None:
    code = world.card_code(world.enrol())
    with world.refuses("STORE_UNKNOWN"):
        world.scan_code(code, store_id="station")
    assert world.scan_code(code, store_id="centre").store_id == "centre"


def test_a_member_scans_nothing(world: World) -> None:
    member = world.enrol()
    code = world.card_code(member)
    with world.refuses("FORBIDDEN"):
        world.scan_code(code, world.as_member(member))
