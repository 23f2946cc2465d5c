"""Bad files and bad lines: one clear line each, and nothing half-written."""

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from api.imports import reading
from api.imports.faults import ImportRefused

GOOD = "ada,2026-01-10,5.00"


def _refusal(shop: Any, log: str | bytes | Path, mapping: str | None = None) -> str:
    with pytest.raises(ImportRefused) as refused:
        shop.take(log, mapping=mapping)
    assert shop.count("member") == shop.count("activity") == shop.count("idempotency") == 0
    assert list(shop.folder.glob("refused*")) == []
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(f"{shop.folder}/", "")


@pytest.mark.parametrize(
    ("line", "kind", "reason"),
    [
        (b"ad\xe9,2026-01-10,5.00", "encoding", "byte 3 of the line is not UTF-8"),
        (b"a\0,2026-01-10,5.00", "encoding", "NUL"),
        (b"ada,2026-01-10", "shape", "the line has 2 fields; the header has 3"),
        (b"ada,2026-01-10,5.00,7", "shape", "the line has 4 fields; the header has 3"),
        (b'"ada,2026-01-10,5.00', "shape", "a quoted field does not end"),
        (b"a" * 20_000 + b",2026-01-10,5.00", "shape", "more than 10,000 characters"),
        (b"a" * 1_000_000 + b",2026-01-10,5.00", "shape", "more than 100,000 bytes"),
        (b"a" * 200 + b",2026-01-10,5.00", "member", "the member has 200 characters"),
        (b",2026-01-10,5.00", "member", "names no member"),
        (b"ada,10.01.2026,5.00", "date", 'the date is "10.01.2026"; write it as 2026-03-31'),
        (b"ada,2026-02-30,5.00", "date", "the date is"),
        (b"ada,,5.00", "date", "the date is"),
        (b"ada,1969-12-31,5.00", "date", "before 1970"),
        (b"ada,0001-01-01T00:00+23:00,5.00", "date", "before 1970"),
        (b"ada,1970-01-01T00:00+12:00,5.00", "date", "before 1970"),
        (b"ada,2026-03-03,5.00", "date", "lies in the future"),
        (b"ada,9999-12-31T23:59-23:00,5.00", "date", "lies in the future"),
        (b"ada,2026-01-10,five", "amount", 'the amount is "five"; write it as 12.50'),
        (b"ada,2026-01-10,", "amount", "the amount is"),
        (b'ada,2026-01-10,"5,00"', "amount", "the amount is"),
        (b"ada,2026-01-10,NaN", "amount", "the amount is"),
        (b"ada,2026-01-10,1e999999", "amount", "the amount is"),
        ("ada,2026-01-10,٥".encode(), "amount", "the amount is"),
        (b"ada,2026-01-10," + b"9" * 5_000, "amount", "the amount is"),
        (b"ada,2026-01-10,-5.00", "amount", "a refund is no purchase"),
        (b"ada,2026-01-10,5.001", "amount", "more than the 2 decimals"),
        (b"ada,2026-01-10,500.01", "amount", "largest_purchase, 500.00 EUR"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_others_are_taken(
    shop: Any, line: bytes, kind: str, reason: str
) -> None:
    log = b"\n".join([b"member,date,amount", GOOD.encode(), line, b"bo,2026-01-11,6.00"])
    report = shop.take(log)
    assert (report.taken, report.enrolled, report.lines) == (2, 2, 3)
    assert dict(report.refused) == {kind: 1}
    with shop.rejects.open(newline="", encoding="utf-8") as stream:
        [refused] = csv.DictReader(stream)
    assert refused["line"] == "3"
    assert reason in refused["reason"]
    assert len(refused["text"]) <= 500


@pytest.mark.parametrize(
    ("columns", "values", "kind"),
    [
        ("currency", "USD", "currency"),
        ("receipt", "7" * 65, "receipt"),
        ("category,units", "coffee,two", "quantity"),
        ("category,units", "coffee,0", "quantity"),
        ("category,units", "coffee,10001", "quantity"),
        ("category", "c" * 121, "category"),
        ("display_name", "n" * 101, "name"),
    ],
)
def test_a_bad_value_of_a_column_one_may_leave_out_is_refused_too(
    shop: Any, columns: str, values: str, kind: str
) -> None:
    report = shop.take(f"member,date,amount,{columns}\n{GOOD},{values}\n")
    assert (report.taken, dict(report.refused)) == (0, {kind: 1})
    assert shop.count("member") == 0


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (b"", "log.csv: the file is empty"),
        (b"ada,2026-01-10,5.00\n", "log.csv:1: the first line must name the columns"),
        (b"who,date,amount\n", "log.csv:1: the header names no member; it has"),
        (b"alpha,beta\n", "no member and no date and no amount"),
        (b"member,date,amount,total,dollars\n", ""),
        (b"member,date,total,dollars\n", '"total" and "dollars" could be the amount'),
        (b"m\xe9mber,date,amount\n", "log.csv:1: byte 2 of the line is not UTF-8"),
        (b'"member,date,amount\n', "log.csv:1: a quoted field does not end"),
        (b"m" * 1_000_000, "log.csv:1: the line has more than 100,000 bytes"),
        (b"," * 500, "at most 200 are read"),
        ("member,date,amount\n".encode("utf-16"), "is written in UTF-16"),
        (b"PK\x03\x04rest", "is a spreadsheet or a ZIP archive"),
        (b"member\x1b[31m,when\n", "�[31m"),
    ],
)
def test_a_file_that_is_no_purchase_log_is_refused_in_one_line(
    shop: Any, log: bytes, message: str
) -> None:
    if not message:
        assert shop.take(log).lines == 0
        return
    assert message in _refusal(shop, log)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("member", '--map: "member" is not written as member=customer_id'),
        ("", '--map: "" is not written as member=customer_id'),
        ("member=", "is not written as"),
        ("person=who", '--map: nothing is called "person"'),
        ("membr=who", "did you mean `member`?"),
        ("member=who,member=when", "--map: member is named twice"),
        ("member=who,date=who", "--map: one column is named twice"),
        ("member=wo", 'log.csv:1: no column "wo"; did you mean `who`?'),
        ("member=who,date=when", "log.csv:1: the header names no amount"),
    ],
)
def test_a_map_that_does_not_fit_is_refused_in_one_line(
    shop: Any, mapping: str, message: str
) -> None:
    assert message in _refusal(shop, "who,when,paid\nada,2026-01-10,5.00\n", mapping)


def test_a_file_that_only_says_it_is_gzip_is_refused(shop: Any) -> None:
    path = shop.log(f"member,date,amount\n{GOOD}\n", "log.csv.gz")
    assert _refusal(shop, path) == "log.csv.gz: ends in .gz, but is no gzip file"


@pytest.mark.parametrize("damage", ["cut", "flipped", "header"])
def test_a_damaged_gzip_file_is_refused_as_a_whole(shop: Any, damage: str) -> None:
    lines = "".join(f"m{n},2026-01-10,{n % 400}.{n % 100:02d}\n" for n in range(20_000))
    packed = bytearray(gzip.compress(f"member,date,amount\n{lines}".encode()))
    match damage:
        case "cut":
            packed = packed[:-1000]
        case "flipped":
            packed[len(packed) // 2] ^= 0xFF
        case "header":
            packed[2] = 99
    assert "the gzip file is damaged from here on" in _refusal(shop, shop.log(bytes(packed)))


def test_a_file_that_cannot_be_opened_is_refused(shop: Any) -> None:
    assert _refusal(shop, shop.folder / "none.csv") == "none.csv: No such file or directory"
    assert "Is a directory" in _refusal(shop, shop.folder)


def test_a_file_beyond_the_limit_is_refused_before_anything_is_written(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LINES_MAX", 2)
    message = _refusal(shop, f"member,date,amount\n{GOOD}\n{GOOD}\n{GOOD}\n")
    assert message.startswith("log.csv:4: more than 2 lines; split the file by date")


def test_a_reject_file_never_overwrites_another_file(shop: Any) -> None:
    shop.rejects.write_text("my diary\n")
    with pytest.raises(ImportRefused, match="holds no refused lines"):
        shop.take(f"member,date,amount\n{GOOD}\n")
    assert shop.rejects.read_text() == "my diary\n"
    assert shop.count("member") == 0


def test_a_reject_file_goes_when_nothing_is_refused_any_more(shop: Any) -> None:
    shop.take(f"member,date,amount\n{GOOD}\nada,2026-01-10,x\n")
    assert shop.rejects.exists()
    shop.take(f"member,date,amount\n{GOOD}\n")
    assert not shop.rejects.exists()


def test_a_line_that_is_put_right_is_taken_the_next_time(shop: Any) -> None:
    assert shop.take("member,date,amount\nada,2026-01-10,x\n").taken == 0
    assert shop.take(f"member,date,amount\n{GOOD}\n").taken == 1
