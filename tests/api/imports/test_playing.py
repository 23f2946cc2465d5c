"""What an import makes of a good log."""

import gzip
from datetime import UTC, datetime
from typing import Any

from gamification.stores import store as stores
from gamification.timeline import store as timeline

OF_ALL_DAYS = "SELECT amount FROM bucket WHERE measure = '{}' AND day = '0001-01-01'"


def _many(days: int, *, first: int = 1) -> str:
    lines = [f"ada,2026-01-{day:02d},10.00" for day in range(first, first + days)]
    return "member,date,amount\n" + "\n".join(lines) + "\n"


def test_unknown_members_are_enrolled_on_the_day_of_their_first_purchase(shop: Any) -> None:
    report = shop.take("member,date,amount\nada,2026-01-10,5.00\nbo,2026-01-02,7.00\n")
    assert (report.taken, report.enrolled, report.lines) == (2, 2, 2)
    assert shop.rows(
        "SELECT external_id, joined_at, time_zone FROM person JOIN member ON id = member_id "
        "ORDER BY external_id"
    ) == [
        ("ada", "2026-01-10T11:00:00.000000Z", "Europe/Warsaw"),
        ("bo", "2026-01-02T11:00:00.000000Z", "Europe/Warsaw"),
    ]


def test_what_the_shop_calls_a_member_becomes_no_name_and_no_key(shop: Any) -> None:
    shop.take("member,date,amount,receipt\nada@mail.example,2026-01-10,5.00,17\n")
    assert shop.rows("SELECT display_name FROM person") == [("Member",)]
    [(key, outcome)] = shop.rows("SELECT key, outcome FROM idempotency")
    assert "ada" not in key + outcome
    assert "ada" not in str(shop.rows("SELECT * FROM activity"))


def test_a_name_in_the_log_is_the_members(shop: Any) -> None:
    shop.take("member,date,amount,customer_name\nada,2026-01-10,5.00,Ada L.\n")
    assert shop.rows("SELECT display_name FROM person") == [("Ada L.",)]


def test_purchases_are_played_by_date_whatever_their_order_in_the_file(shop: Any) -> None:
    shop.take("member,date,amount\nada,2026-01-20,1.00\nbo,2026-01-01,2.00\nada,2026-01-10,3.00\n")
    amounts = shop.rows("SELECT amount_minor FROM activity ORDER BY id")
    assert amounts == [(200,), (300,), (100,)]
    facts = shop.rows(
        "SELECT f.occurred_at FROM fact f JOIN person p USING (member_id) "
        "WHERE p.external_id = 'ada' ORDER BY f.number"
    )
    assert facts == sorted(facts)


def test_a_date_alone_is_noon_in_the_programmes_zone_in_winter_and_in_summer(shop: Any) -> None:
    shop.take("member,date,amount\nada,2025-01-10,5.00\nada,20250710,5.00\n")
    assert shop.rows("SELECT occurred_at, local_date FROM activity ORDER BY 1") == [
        ("2025-01-10T11:00:00.000000Z", "2025-01-10"),
        ("2025-07-10T10:00:00.000000Z", "2025-07-10"),
    ]


def test_a_time_without_an_offset_is_in_the_programmes_zone(shop: Any) -> None:
    shop.take("member,date,amount\na,2025-01-10T23:30,5\na,2025-01-10T23:30:00-05:00,5\n")
    assert shop.rows("SELECT occurred_at, local_date FROM activity ORDER BY 1") == [
        ("2025-01-10T22:30:00.000000Z", "2025-01-10"),
        ("2025-01-11T04:30:00.000000Z", "2025-01-11"),
    ]


def test_this_mornings_file_may_hold_today(shop: Any) -> None:
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    report = shop.take("member,date,amount\nada,2026-03-02,5.00\nada,2026-03-03,5.00\n", now=now)
    assert (report.taken, dict(report.refused)) == (1, {"date": 1})
    assert shop.rows("SELECT occurred_at FROM activity") == [("2026-03-02T08:00:00.000000Z",)]


def test_an_amount_of_zero_is_a_visit(shop: Any) -> None:
    report = shop.take("member,date,amount\nada,2026-01-10,0\nada,2026-01-11,0.00\n")
    assert (report.taken, report.visits) == (2, 2)
    assert shop.rows("SELECT kind FROM activity") == [("visit",), ("visit",)]
    assert shop.rows(OF_ALL_DAYS.format("visits")) == [(2,)]


def test_awards_bear_the_day_on_which_they_were_won(shop: Any) -> None:
    shop.take(_many(12))
    assert shop.rows("SELECT awarded_at FROM award WHERE goal = 'badge:regular'") == [
        ("2026-01-10T11:00:00.000000Z",)
    ]
    told = shop.rows("SELECT occurred_at FROM fact WHERE kind = 'BADGE_AWARDED' ORDER BY 1")
    assert ("2026-01-10T11:00:00.000000Z",) in told


def test_nobody_is_told_of_what_is_imported(shop: Any) -> None:
    shop.take("member,date,amount\nada,2024-01-10,300.00\nada,2026-01-10,400.00\n")
    assert shop.count("fact") > 4
    assert not shop.database.read_now(timeline.is_any_fresh)


def test_points_expire_at_their_time_and_the_report_shows_both_dates(shop: Any) -> None:
    report = shop.take("member,date,amount\nada,2023-01-10,260.00\nada,2024-06-10,10.00\n")
    expired = shop.rows("SELECT occurred_at FROM entry WHERE kind = 'expire' ORDER BY 1")
    assert ("2024-01-10T23:00:00.000000Z",) in expired
    then, now = report.figures
    assert then.moment == datetime(2024, 6, 10, 10, tzinfo=UTC)
    assert (then.points, now.points) == (110, 0)
    assert then.tiers == {"Prelude": 1, "Serenade": 0, "Sonata": 0, "Symphony": 0}
    assert report.reached == {"Serenade": 1, "Sonata": 0, "Symphony": 0}
    again = shop.take(shop.folder / "log.csv")
    assert again.figures == report.figures


def test_a_tier_that_stood_at_the_last_date_may_be_lost_by_now(shop: Any) -> None:
    report = shop.take("member,date,amount\nada,2024-06-10,260.00\n")
    then, now = report.figures
    assert (then.tiers["Serenade"], now.tiers["Serenade"]) == (1, 0)
    assert (now.tiers["Prelude"], now.members) == (1, 1)
    assert then.badges["Patron of the House", 1] == now.badges["Patron of the House", 1] == 1


def test_a_category_counts_for_its_measures(shop: Any) -> None:
    shop.take("member,date,amount,category,units\nada,2026-01-10,9.00,pastry,3\n")
    counted = shop.rows(OF_ALL_DAYS.format("pastries"))
    assert counted == [(3,)]


def test_a_store_that_is_known_is_kept(shop: Any) -> None:
    shop.database.write_now(lambda c: stores.add(c, store_id="centre", name="Centre"))
    report = shop.take("member,date,amount,store\na,2026-01-10,9,centre\na,2026-01-11,9,moon\n")
    assert shop.rows("SELECT store_id FROM activity") == [("centre",)]
    assert report.examples == ((3, 'no store is called "moon"'),)


def test_a_gzip_file_is_read_whatever_its_name(shop: Any) -> None:
    packed = gzip.compress(_many(3).encode())
    assert shop.take(shop.log(packed, "log.csv.gz")).taken == 3
    assert shop.take(shop.log(packed, "log.csv")).already == 3


def test_columns_are_found_by_header_mark_and_delimiter(shop: Any) -> None:
    log = "\ufeffCustomer ID;Amount;DATE;units\r\nada;5.00;2026-01-10;2\r\n\r\n".encode()
    report = shop.take(log)
    assert (report.taken, report.lines) == (1, 1)


def test_columns_are_found_as_the_map_says(shop: Any) -> None:
    log = "who,when,net,total\nada,2026-01-10,4.00,5.00\n"
    assert shop.take(log, mapping="member=who, date=when, amount=NET").taken == 1
    assert shop.rows("SELECT amount_minor FROM activity") == [(400,)]
