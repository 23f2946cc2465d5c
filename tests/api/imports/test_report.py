"""The report in words."""

from typing import Any

from api.imports.report import report_lines


def test_the_report_says_what_was_done_and_where_members_stand(shop: Any) -> None:
    log = "member,date,amount\nada,2024-06-10,260.00\nbo,2024-06-11,0\nbo,2024-06-12,600\n"
    text = "\n".join(report_lines(shop.take(log)))
    assert "3 lines, amounts read as EUR" in text
    assert "1 visit without a purchase among them  from 2024-06-10 to 2024-06-11" in text
    assert "refused          1  1 amount" in text
    assert "log.csv:4: the amount 600 is more than the programme's largest_purchase" in text
    assert f"every refused line, with its reason: {shop.rejects}" in text
    table = [line.split() for line in text.splitlines()]
    assert ["All", "members", "on", "2024-06-11", "2026-03-02", "ever", "reached"] in table
    assert ["tier", "Serenade", "1", "0", "1"] in table
    assert ["badge", "Patron", "of", "the", "House", "1", "1", "1"] in table
    assert text.splitlines()[-1] == (
        "Imported 2 purchases of 2 new members; 0 were there already, 1 refused."
    )


def test_a_log_without_lines_is_reported_plainly(shop: Any) -> None:
    lines = report_lines(shop.take("member,date,amount\n"))
    assert lines[-1] == "Imported 0 purchases of 0 new members; 0 were there already, 0 refused."
