"""Stopping, starting again, and longer files: nothing counts twice."""

import json
import signal
from typing import Any

import pytest

from api.imports import playing, purchases
from api.imports.purchases import Progress
from api.imports.report import report_lines
from gamification.effects.perform import perform

HEADER = "member,date,amount\n"
LINES = [f"m{n % 4},2025-{1 + n % 9:02d}-{1 + n % 28:02d},{n % 7}.50\n" for n in range(60)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchases, "ROWS_PER_WRITE", 10)


def test_the_same_file_twice_adds_nothing(shop: Any) -> None:
    shop.take(HEADER + "".join(LINES))
    before = shop.ledger()
    report = shop.take(HEADER + "".join(LINES))
    assert (report.taken, report.already, report.enrolled) == (0, 60, 0)
    assert shop.ledger() == before


def test_a_longer_file_adds_only_its_new_lines(shop: Any) -> None:
    assert shop.take(HEADER + "".join(LINES[:40])).taken == 40
    report = shop.take(HEADER + "".join(reversed(LINES)))
    assert (report.taken, report.already) == (20, 40)
    assert shop.count("activity") == 60


def test_equal_lines_are_as_many_purchases(shop: Any) -> None:
    line = "ada,2025-01-10,5.00\n"
    assert shop.take(HEADER + line * 2).taken == 2
    report = shop.take(HEADER + line * 3)
    assert (report.taken, report.already) == (1, 2)


def test_the_same_values_written_otherwise_are_the_same_purchase(shop: Any) -> None:
    shop.take(HEADER + "ada,2025-01-10,5.00\n")
    assert shop.take("date;total;member\n20250110; 5 ;ada\n").already == 1


def test_a_run_that_breaks_off_goes_on_where_it_was(shop: Any, second_shop: Any) -> None:
    def break_off(progress: Progress) -> None:
        if progress.doing == "playing" and progress.done >= 30:
            raise RuntimeError("the plug was pulled")

    with pytest.raises(RuntimeError):
        shop.take(HEADER + "".join(LINES), progress=break_off)
    assert shop.count("activity") == 30
    assert [path.name for path in shop.folder.glob("refused*")] == []
    report = shop.take(HEADER + "".join(LINES))
    assert (report.taken, report.already) == (30, 30)
    second_shop.take(HEADER + "".join(LINES))
    assert shop.ledger() == second_shop.ledger()


def test_a_batch_that_breaks_off_leaves_nothing_of_itself(
    shop: Any, second_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(1000))

    def break_off(*given: Any) -> Any:
        if next(calls) == 25:
            raise RuntimeError("the plug was pulled")
        return perform(*given)

    with monkeypatch.context() as patch:
        patch.setattr(playing, "perform", break_off)
        with pytest.raises(RuntimeError):
            shop.take(HEADER + "".join(LINES))
    assert shop.count("activity") == shop.count("idempotency") == 20
    shop.take(HEADER + "".join(LINES))
    second_shop.take(HEADER + "".join(LINES))
    assert shop.ledger() == second_shop.ledger()


def test_ctrl_c_finishes_the_batch_and_says_how_to_go_on(shop: Any) -> None:
    before = signal.getsignal(signal.SIGINT)

    def press(progress: Progress) -> None:
        if progress.done == 20:
            signal.raise_signal(signal.SIGINT)

    report = shop.take(HEADER + "".join(LINES), progress=press)
    assert report.stopped
    assert report.played == shop.count("activity") == 20
    assert report_lines(report)[-1] == (
        "Stopped after 20 of 60 lines; run the same command again to go on."
    )
    assert signal.getsignal(signal.SIGINT) is before
    report = shop.take(HEADER + "".join(LINES))
    assert (report.stopped, report.taken) == (False, 40)


def test_progress_shows_the_lines_the_rate_and_the_moving_clock(shop: Any) -> None:
    told: list[Progress] = []
    shop.take(HEADER + "".join(LINES), progress=told.append)
    playing = [progress for progress in told if progress.doing == "playing"]
    assert [progress.done for progress in playing] == [10, 20, 30, 40, 50, 60]
    assert {progress.total for progress in playing} == {60}
    assert all(progress.rate_per_s > 0 for progress in playing)
    moments = [progress.at for progress in playing]
    assert moments == sorted(moments, key=str)


def test_a_receipt_counts_once_whatever_the_order(shop: Any) -> None:
    log = "member,date,amount,receipt\nada,2025-01-10,5.00,17\nada,2025-01-11,6.00,18\n"
    assert shop.take(log).taken == 2
    report = shop.take(log + "ada,2025-01-10,5.00,17\n")
    assert (report.taken, report.already, dict(report.refused)) == (0, 3, {})


def test_a_receipt_with_other_values_is_refused_each_time(shop: Any) -> None:
    shop.take("member,date,amount,receipt\nada,2025-01-10,5.00,17\n")
    for _ in range(2):
        report = shop.take("member,date,amount,receipt\nada,2025-01-10,9.00,17\n")
        assert report.examples == ((2, "the receipt was imported before with other values"),)
    assert shop.count("activity") == 1


def test_a_refused_first_purchase_leaves_no_member_behind(shop: Any) -> None:
    log = "member,date,amount,receipt\nada,2025-01-10,5.00,17\nbo,2025-01-11,6.00,17\n"
    for _ in range(2):
        report = shop.take(log)
        assert report.examples == ((3, "the receipt was claimed by another purchase"),)
        assert shop.rows("SELECT external_id FROM person") == [("ada",)]
    assert [shop.count(table) for table in ("member", "card", "timeline")] == [1, 1, 1]
    assert ",the receipt was claimed" in shop.rejects.read_text()


def test_what_is_kept_of_a_refused_first_purchase_is_about_nobody(shop: Any) -> None:
    shop.take(
        "member,date,amount,receipt\nada,2025-01-10,5.00,17\nbo,2025-01-11,6.00,18\n"
        "bo,2025-01-12,6.00,17\ncy,2025-01-12,6.00,17\n"
    )
    [(bo,)] = shop.rows("SELECT member_id FROM person WHERE external_id = 'bo'")
    kept = [json.loads(outcome) for (outcome,) in shop.rows("SELECT outcome FROM idempotency")]
    refused = [each["refusal"]["data"] for each in kept if "refusal" in each]
    assert sorted(refused, key=len) == [{}, {"member_id": bo}]
