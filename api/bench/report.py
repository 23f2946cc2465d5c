"""What the benchmark came to, beside what was promised."""

import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from api.bench.run import CONNECTIONS, Measured, Results

HOME_RATIO_MIN = 0.12  # of the hand-written route
PURCHASES_PER_S_MIN = 200
IMPORT_PER_S_MIN = 500
MEMORY_MB_MAX = 250
HOME_STATEMENTS_MAX = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line: what, how much, and what was promised of it (if anything)."""

    name: str
    value: str
    promised: str = ""
    met: bool | None = None


def figures_of(results: Results) -> list[Figure]:
    """Every figure, in the order in which it is shown."""
    homes = {name: _per_s(measured) for name, measured in results.homes.items()}
    fastest = max((name for name in homes if name != "graphql"), key=lambda name: homes[name])
    pairs = zip(results.homes["graphql"], results.homes[fastest], strict=True)
    ratios = [ours.round.per_s / theirs.round.per_s for ours, theirs in pairs]
    ratio = median(ratios)
    bought, imported = _per_s(results.by_number), results.imported
    return [
        *(
            Figure(name=f"home, {name}", value=_load(measured))
            for name, measured in results.homes.items()
        ),
        Figure(
            name=f"home, graphql over {fastest}",
            value=f"{ratio:.3f}  ({min(ratios):.3f} to {max(ratios):.3f})",
            promised=f"at least {HOME_RATIO_MIN}",
            met=ratio >= HOME_RATIO_MIN,
        ),
        Figure(
            name="purchases by number",
            value=_load(results.by_number),
            promised=f"at least {PURCHASES_PER_S_MIN}/s",
            met=bought >= PURCHASES_PER_S_MIN,
        ),
        Figure(
            name="requests of purchases by card",
            value=f"{_load(results.by_card)}, two for each purchase",
        ),
        Figure(
            name="import",
            value=f"{imported.per_s:,.0f}/s  ({imported.purchases:,} purchases, "
            f"{imported.refused:,} refused; {imported.cpu_s * 1000 / imported.purchases:.2f} ms "
            "of the core for each)",
            promised=f"at least {IMPORT_PER_S_MIN}/s",
            met=imported.per_s >= IMPORT_PER_S_MIN,
        ),
        Figure(
            name=f"memory after {results.requests:,} requests",
            value=f"{results.memory_mb:.0f} MB  (at most {results.memory_mb_most:.0f} MB)",
            promised=f"below {MEMORY_MB_MAX} MB",
            met=results.memory_mb < MEMORY_MB_MAX,
        ),
        Figure(
            name="statements of a home query",
            value=f"{results.statements_home}",
            promised=f"at most {HOME_STATEMENTS_MAX}",
            met=results.statements_home <= HOME_STATEMENTS_MAX,
        ),
        Figure(name="statements of a purchase", value=f"{results.statements_purchase}"),
    ]


def report_lines(figures: Sequence[Figure]) -> list[str]:
    """A line for each figure; loads are medians of the rounds, with the least and the most."""
    width = max(len(figure.name) for figure in figures)
    verdicts = {True: "met", False: "NOT met", None: ""}
    return [
        f"{figure.name:<{width}}  {figure.value}"
        + (f"  -- {figure.promised}: {verdicts[figure.met]}" if figure.promised else "")
        for figure in figures
    ]


def machine_line(folder: Path) -> str:
    """What it ran on; the file system tells what a commit waits for (nothing, on a tmpfs)."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return (
        f"{cores} cores, the server on one; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version} with synchronous=FULL, {platform.system()} "
        f"{platform.release()}, {_file_system(folder)}; {CONNECTIONS} connections; load {load:.1f}"
    )


def closing_line(figures: Sequence[Figure]) -> str:
    """Whether every promise was met."""
    promised = [figure for figure in figures if figure.met is not None]
    missed = [figure.name for figure in promised if not figure.met]
    if missed:
        return f"NOT met: {', '.join(missed)}."
    return f"All {len(promised)} promises were met."


def _file_system(folder: Path) -> str:
    """The kind of file system under a folder, as /proc/mounts has it."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    above = [(len(each[1]), each[2]) for each in mounts if folder.is_relative_to(each[1])]
    return max(above)[1]


def _load(measured: Sequence[Measured]) -> str:
    """Median, least and most answers a second; latency; processor time of the server."""

    def middle(of: Callable[[Measured], float]) -> float:
        return median(of(each) for each in measured)

    speeds = [each.round.per_s for each in measured]
    return (
        f"{median(speeds):,.0f}/s  ({min(speeds):,.0f} to {max(speeds):,.0f})  "
        f"p50 {middle(lambda each: each.round.percentile_ms(50)):.1f} ms, "
        f"p99 {middle(lambda each: each.round.percentile_ms(99)):.1f} ms, "
        f"{middle(lambda each: each.cpu_ms):.2f} ms of the core"
    )


def _per_s(measured: Sequence[Measured]) -> float:
    return median(each.round.per_s for each in measured)
