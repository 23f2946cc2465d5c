"""The report: medians of the rounds, the faster of the hand-written routes, honest verdicts."""

from dataclasses import replace

from api.bench.importing import Imported
from api.bench.load import Round
from api.bench.report import closing_line, figures_of, report_lines
from api.bench.run import Measured, Results


def rounds(*per_s: int) -> list[Measured]:
    return [
        Measured(round=Round(seconds=1, latencies_s=[0.01] * count), cpu_ms=1.0) for count in per_s
    ]


GOOD = Results(
    homes={
        "rest": rounds(1_000, 1_000, 1_000),
        "rest in a thread": rounds(1_000, 2_000, 1_500),
        "graphql": rounds(300, 300, 300),
    },
    by_number=rounds(100, 201, 900),
    by_card=rounds(50),
    requests=10_000,
    memory_mb=249,
    memory_mb_most=300,
    imported=Imported(purchases=1_000, refused=0, seconds=2, cpu_s=1.5),
    statements_home=8,
    statements_purchase=22,
)


def test_what_was_met_is_said_in_one_line() -> None:
    assert closing_line(figures_of(GOOD)) == "All 5 promises were met."


def test_the_ratio_is_of_the_faster_route_round_by_round() -> None:
    ratio = figures_of(GOOD)[3]
    assert ratio.name == "home, graphql over rest in a thread"
    assert ratio.value == "0.200  (0.150 to 0.300)"


def test_each_promise_that_was_not_met_is_named() -> None:
    bad = replace(
        GOOD,
        homes={**GOOD.homes, "graphql": rounds(100, 100, 100)},
        by_number=rounds(100, 199, 900),
        memory_mb=250,
        imported=replace(GOOD.imported, seconds=2.01),
        statements_home=9,
    )
    assert closing_line(figures_of(bad)) == (
        "NOT met: home, graphql over rest in a thread, purchases by number, import, "
        "memory after 10,000 requests, statements of a home query."
    )
    assert sum("NOT met" in line for line in report_lines(figures_of(bad))) == 5
