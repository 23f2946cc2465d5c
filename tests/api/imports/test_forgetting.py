"""A log that is imported again after one of its members asked to be forgotten."""

import pytest

from api.erasure import erase
from api.imports import purchases
from api.imports.purchases import Progress
from gamification.members import store as members
from gamification.verify.run import verify
from tests.api.imports.conftest import NOW, Shop

LOG = "member,date,amount,receipt\nola@example.org,2026-01-05,12.50,A-1\njan,2026-01-05,3.50,A-2\n"
MORE = LOG + "ola@example.org,2026-01-06,12.50,A-3\n"
OLA = "SELECT member_id FROM person WHERE external_id = 'ola@example.org'"


def number_of(shop: Shop, external_id: str) -> str:
    member = shop.database.read_now(lambda c: members.by_external_id(c, external_id))
    assert member is not None
    return member.number


def test_the_same_log_again_does_not_bring_a_forgotten_member_back(shop: Shop) -> None:
    shop.take(LOG)
    erase(shop.database, number_of(shop, "ola@example.org"), shop.programme, now=NOW)
    report = shop.take(LOG)
    assert (report.already, report.taken, report.enrolled) == (2, 0, 0)
    assert shop.rows("SELECT external_id FROM person") == [("jan",)]


def test_a_purchase_after_it_is_that_of_a_new_member(shop: Shop) -> None:
    shop.take(LOG)
    erase(shop.database, number_of(shop, "ola@example.org"), shop.programme, now=NOW)
    report = shop.take(MORE)
    assert (report.already, report.taken, report.enrolled) == (2, 1, 1)
    assert shop.count("member") == 3


def test_a_member_forgotten_between_two_batches_gets_no_points_any_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchases, "ROWS_PER_WRITE", 2)
    forgotten: list[str] = []

    def forget_amid(progress: Progress) -> None:
        if progress.doing == "playing" and not forgotten:
            [(ola,)] = shop.rows(OLA)
            forgotten.append(ola)
            erase(shop.database, number_of(shop, "ola@example.org"), shop.programme, now=NOW)

    report = shop.take(MORE + "ola@example.org,2026-01-07,3.50,A-4\n", progress=forget_amid)
    assert (report.taken, report.enrolled, dict(report.refused)) == (4, 3, {})
    [(ola,)] = shop.rows(OLA)
    assert ola not in forgotten
    activities = {
        member: shop.rows(f"SELECT count(*) FROM activity WHERE member_id = '{member}'")  # noqa: S608 -- ours
        for member in (ola, *forgotten)
    }
    assert activities == {ola: [(2,)], forgotten[0]: [(1,)]}
    assert shop.database.read_now(lambda c: list(verify(c, shop.programme, now=NOW))) == []
