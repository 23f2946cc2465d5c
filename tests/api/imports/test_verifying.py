"""What an import writes keeps every promise, and is rebuilt from itself."""

from collections import Counter
from typing import Any

from api.bench.importing import write_log
from gamification.verify.rebuild.goals import COMPARED
from gamification.verify.rebuild.run import rebuild
from gamification.verify.run import verify
from tests.api.imports.conftest import NOW

PURCHASES = 200


def test_an_imported_log_keeps_every_promise_and_is_rebuilt_as_it_is(shop: Any) -> None:
    log = shop.folder / "log.csv"
    write_log(log, purchases=PURCHASES, now=NOW)
    assert shop.take(log).taken == PURCHASES
    read = shop.database.read_now
    assert read(lambda c: list(verify(c, shop.programme, now=NOW))) == []
    seen: Counter[str] = Counter()
    assert read(lambda c: list(rebuild(c, shop.programme, seen=seen))) == []
    assert seen == {COMPARED: PURCHASES}


def test_what_a_shop_records_after_an_import_is_verified_too(shop: Any) -> None:
    shop.take("member,date,amount\nada,2025-01-10,90.00\nbo,2026-02-02,7.00\n")
    shop.take("member,date,amount\nada,2025-03-10,80.00\ncy,2024-01-02,9.00\n", mapping=None)
    read = shop.database.read_now
    assert read(lambda c: list(verify(c, shop.programme, now=NOW))) == []
    assert read(lambda c: list(rebuild(c, shop.programme, seen=Counter()))) == []
