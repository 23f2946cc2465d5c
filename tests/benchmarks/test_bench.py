"""The benchmark itself, in its quick form: that it measures everything, not how fast."""

from pathlib import Path

import pytest

from api.bench.report import closing_line, figures_of, report_lines
from api.bench.run import QUICK, run_bench
from api.clock import SystemClock

pytestmark = pytest.mark.benchmark


def test_every_figure_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps: list[str] = []
    figures = figures_of(run_bench(QUICK, tmp_path, clock=SystemClock(), say=steps.append))
    with capsys.disabled():
        print("", *report_lines(figures), closing_line(figures), sep="\n")  # noqa: T201 -- asked for
    assert steps
    assert [figure.name for figure in figures] == [
        "home, rest",
        "home, rest in a thread",
        "home, graphql",
        figures[3].name,
        "purchases by number",
        "requests of purchases by card",
        "import",
        f"memory after {QUICK.requests:,} requests",
        "statements of a home query",
        "statements of a purchase",
    ]
    assert all(figure.value for figure in figures)
    assert [figure.name for figure in figures if figure.promised and figure.met is None] == []
