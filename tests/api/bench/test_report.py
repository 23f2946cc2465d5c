"""The report: medians of the rounds, ratios round by round, honest verdicts."""

from dataclasses import replace

import pytest

from api.bench.importing import Imported
from api.bench.load import Round
from api.bench.report import Figure, closing_line, figures_of, machine_line, report_lines
from api.bench.rounds import Measured
from api.bench.run import Memory, Purchases, Results


def rounds(*per_s: int, latency_s: float = 0.01) -> list[Measured]:
    return [
        Measured(
            round=Round(seconds=1, latencies_s=[latency_s] * count, by_client=(count // 2,) * 2),
            cpu_ms=1.0,
        )
        for count in per_s
    ]


def imports(*seconds: float) -> list[Imported]:
    return [Imported(purchases=1_000, refused=0, seconds=each, cpu_s=0.5) for each in seconds]


SQLITE = Results(
    is_sqlite=True,
    described="SQLite 3.40.1",
    homes={
        "rest": rounds(1_000, 1_000, 1_000),
        "rest in a thread": rounds(1_000, 2_000, 1_500),
        "graphql": rounds(300, 300, 300),
    },
    purchases=Purchases(
        by_number=rounds(100, 500, 900),
        bare=rounds(250, 1_250, 9_000),
        by_card=rounds(50),
        one_member=rounds(60, 80, 70),
    ),
    memory=Memory(
        requests=10_000, mb=249, mb_most=300, purchases=5_000, by_tenth_mb=[200.0] * 9 + [210.0]
    ),
    workers={},
    workers_sliced={},
    deadlocks=0,
    imported=imports(1.0, 0.1, 5.0),
    statements_home=8,
    statements_purchase=22,
)
POSTGRESQL = replace(
    SQLITE,
    is_sqlite=False,
    homes={"graphql": rounds(300, 300, 300)},
    purchases=replace(
        SQLITE.purchases, by_number=rounds(100, 400, 900), bare=rounds(250, 1_000, 9_000)
    ),
    workers={1: rounds(100, 100, 1_000), 2: rounds(90, 110, 1_000)},
    workers_sliced={1: rounds(100, 100, 1_000), 2: rounds(160, 200, 100)},
)


def named(name: str, results: Results) -> Figure:
    return next(figure for figure in figures_of(results) if figure.name == name)


@pytest.mark.parametrize(("results", "promises"), [(SQLITE, 9), (POSTGRESQL, 7)])
def test_what_was_met_is_said_in_one_line(results: Results, promises: int) -> None:
    assert closing_line(figures_of(results)) == f"All {promises} promises were met."


def test_the_ratio_is_of_the_faster_route_round_by_round() -> None:
    ratio = named("home, graphql over rest in a thread", SQLITE)
    assert ratio.value == "0.200  (0.150 to 0.300)"


def test_the_ratio_to_the_bare_driver_is_the_median_of_the_rounds() -> None:
    ratio = named("purchases by number over the bare driver", SQLITE)
    assert ratio.value == "0.400  (0.100 to 0.400)"


def test_two_processes_are_compared_with_one_round_by_round() -> None:
    name = "home, --workers 2 over 1"
    assert named(name, POSTGRESQL).value.startswith("1.000  (0.900 to 1.100)")
    sliced = named(f"{name}, each on 1/4 of a core", POSTGRESQL)
    assert (sliced.value, sliced.met) == ("1.600  (0.100 to 2.000)", True)


def test_each_promise_that_was_not_met_is_named() -> None:
    bad = replace(
        SQLITE,
        homes={**SQLITE.homes, "graphql": rounds(100, 100, 100)},
        purchases=replace(SQLITE.purchases, by_number=rounds(100, 499, 900, latency_s=0.05)),
        memory=replace(SQLITE.memory, mb=250, by_tenth_mb=[200.0, 211.0]),
        deadlocks=1,
        imported=imports(1.01, 0.1, 5.0),
        statements_home=9,
    )
    assert closing_line(figures_of(bad)) == (
        "NOT met: home, graphql over rest in a thread, purchases by number, purchases by number,"
        " p99, purchases by number over the bare driver, deadlocks, import, "
        "memory after 10,000 requests, memory over 5,000 purchases, statements of a home query."
    )
    assert sum("NOT met" in line for line in report_lines(figures_of(bad))) == 9


def test_on_postgresql_other_things_are_promised() -> None:
    bad = replace(
        POSTGRESQL,
        purchases=replace(POSTGRESQL.purchases, by_number=rounds(100, 399, 900, latency_s=1)),
        workers_sliced={1: rounds(100), 2: rounds(159)},
        imported=imports(5.0),
    )
    assert closing_line(figures_of(bad)) == (
        "NOT met: purchases by number, purchases by number over the bare driver, "
        "home, --workers 2 over 1, each on 1/4 of a core."
    )


def test_memory_is_looked_at_after_a_tenth_a_half_and_all() -> None:
    looks = [float(200 + number) for number in range(10)]
    results = replace(SQLITE, memory=replace(SQLITE.memory, by_tenth_mb=looks))
    assert named("memory over 5,000 purchases", results).value == (
        "1.045 times the least  (200 MB after 10 %, 204 after 50 %, 209 at the end)"
    )


def test_what_it_ran_on_is_said() -> None:
    assert "; SQLite 3.40.1; Python 3." in machine_line(SQLITE)
