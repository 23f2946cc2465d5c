"""The benchmark itself, in its quick form: that it measures everything, not how fast."""

from pathlib import Path

import pytest

from api.bench.databases import own_databases
from api.bench.report import closing_line, figures_of, machine_line, report_lines
from api.bench.run import QUICK, run_bench
from api.clock import SystemClock
from tests import postgresql
from tests.databases import BOTH

pytestmark = pytest.mark.benchmark

NAMES = [
    "purchases by number",
    "purchases by number, p99",
    "the same statements, bare driver",
    "purchases by number over the bare driver",
    "requests of purchases by card",
    "purchases of one member",
    "of them, the slowest client's",
    "deadlocks",
    "home, --workers 1",
    "home, --workers 2",
    "home, --workers 1, each on 1/4 of a core",
    "home, --workers 2, each on 1/4 of a core",
    "home, --workers 2 over 1",
    "home, --workers 2 over 1, each on 1/4 of a core",
    "import",
    f"memory after {QUICK.requests:,} requests",
    f"memory over {QUICK.purchases_memory:,} purchases",
    "statements of a home query",
    "statements of a purchase",
]


@pytest.mark.parametrize("name", BOTH)
def test_every_figure_is_measured(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "postgresql":
        postgresql.demand_or_skip()
    steps: list[str] = []
    address = postgresql.ADDRESS if name == "postgresql" else None
    with own_databases(address, tmp_path) as databases:
        results = run_bench(QUICK, tmp_path, databases, clock=SystemClock(), say=steps.append)
    figures = figures_of(results)
    with capsys.disabled():
        print("", *report_lines(figures), machine_line(results), closing_line(figures), sep="\n")  # noqa: T201 -- asked for
    assert steps
    found = [figure.name for figure in figures]
    if name == "sqlite":
        assert found[:3] == ["home, rest", "home, rest in a thread", "home, graphql"]
        assert found[3].startswith("home, graphql over rest")
        assert found[4:] == [each for each in NAMES if "--workers" not in each]
    else:
        assert found == ["home, graphql", *NAMES]
    assert all(figure.value for figure in figures)
    assert [figure.name for figure in figures if figure.promised and figure.met is None] == []
