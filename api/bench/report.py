"""What the benchmark came to, beside what was promised."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from api.bench.databases import machine
from api.bench.importing import Imported
from api.bench.rounds import CLIENTS, Measured
from api.bench.run import Memory, Purchases, Results
from api.bench.slices import SLICES_OF_A_TURN

HOME_RATIO_MIN = 0.12  # of the hand-written route
PURCHASES_PER_S_MIN_SQLITE = 500
PURCHASES_PER_S_MIN_POSTGRESQL = 400
PURCHASES_P99_MS_MAX_SQLITE = 50
BARE_RATIO_MIN = 0.4  # of the bare driver doing the same statements
IMPORT_PER_S_MIN_SQLITE = 1_000
MEMORY_MB_MAX = 250
MEMORY_GROWTH_MAX = 1.05  # the most over the least, after the first tenth of the purchases
WORKERS_RATIO_MIN = 1.6  # of two processes over one, for reads
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
    return [
        *_of_homes(results.homes),
        *_of_purchases(results.purchases, is_sqlite=results.is_sqlite),
        *_of_one_member(results),
        *_of_workers(results),
        _of_imports(results.imported, is_sqlite=results.is_sqlite),
        *_of_memory(results.memory),
        Figure(
            name="statements of a home query",
            value=f"{results.statements_home}",
            promised=f"at most {HOME_STATEMENTS_MAX}",
            met=results.statements_home <= HOME_STATEMENTS_MAX,
        ),
        Figure(name="statements of a purchase", value=f"{results.statements_purchase}"),
    ]


def _of_homes(homes: dict[str, list[Measured]]) -> list[Figure]:
    found = [
        Figure(name=f"home, {name}", value=_load(measured)) for name, measured in homes.items()
    ]
    by_hand = {name: _per_s(measured) for name, measured in homes.items() if name != "graphql"}
    if by_hand:
        fastest = max(by_hand, key=lambda name: by_hand[name])
        name = f"home, graphql over {fastest}"
        found.append(_ratio(name, homes["graphql"], homes[fastest], at_least=HOME_RATIO_MIN))
    return found


def _of_purchases(purchases: Purchases, *, is_sqlite: bool) -> list[Figure]:
    least = PURCHASES_PER_S_MIN_SQLITE if is_sqlite else PURCHASES_PER_S_MIN_POSTGRESQL
    p99_ms = _middle(purchases.by_number, lambda each: each.round.percentile_ms(99))
    return [
        Figure(
            name="purchases by number",
            value=_load(purchases.by_number),
            promised=f"at least {least}/s",
            met=_per_s(purchases.by_number) >= least,
        ),
        Figure(
            name="purchases by number, p99",
            value=f"{p99_ms:.1f} ms",
            promised=f"below {PURCHASES_P99_MS_MAX_SQLITE} ms" if is_sqlite else "",
            met=p99_ms < PURCHASES_P99_MS_MAX_SQLITE if is_sqlite else None,
        ),
        Figure(
            name="the same statements, bare driver",
            value=_load(purchases.bare),
        ),
        _ratio(
            "purchases by number over the bare driver",
            purchases.by_number,
            purchases.bare,
            at_least=BARE_RATIO_MIN,
        ),
        Figure(
            name="requests of purchases by card",
            value=f"{_load(purchases.by_card)}, two for each purchase",
        ),
    ]


def _of_one_member(results: Results) -> list[Figure]:
    measured = results.purchases.one_member
    shares = [each.round.slowest_share for each in measured]
    return [
        Figure(name="purchases of one member", value=_load(measured)),
        Figure(
            name="of them, the slowest client's",
            value=f"{median(shares):.0%} of a fair share  ({min(shares):.0%} to {max(shares):.0%})",
        ),
        Figure(
            name="deadlocks",
            value=f"{results.deadlocks}",
            promised="none",
            met=results.deadlocks == 0,
        ),
    ]


def _of_workers(results: Results) -> list[Figure]:
    """Promised of processes that have a core each: here the database and the load need some too."""
    whole, sliced = results.workers, results.workers_sliced
    if not whole:
        return []
    part = f", each on 1/{SLICES_OF_A_TURN} of a core"
    all_busy = _ratio("home, --workers 2 over 1", whole[2], whole[1])
    return [
        *(
            Figure(name=f"home, --workers {count}{how}", value=_load(measured[count]))
            for how, measured in (("", whole), (part, sliced))
            for count in measured
        ),
        replace(all_busy, value=f"{all_busy.value}  {_cores()} cores for all, the load included"),
        _ratio(f"{all_busy.name}{part}", sliced[2], sliced[1], at_least=WORKERS_RATIO_MIN),
    ]


def _of_imports(imported: Sequence[Imported], *, is_sqlite: bool) -> Figure:
    speeds = [each.per_s for each in imported]
    cpu_ms = median(each.cpu_s * 1000 / each.purchases for each in imported)
    return Figure(
        name="import",
        value=f"{median(speeds):,.0f}/s  ({min(speeds):,.0f} to {max(speeds):,.0f})  "
        f"{imported[0].purchases:,} purchases, {imported[0].refused:,} refused, "
        f"{cpu_ms:.2f} ms of the core for each",
        promised=f"at least {IMPORT_PER_S_MIN_SQLITE:,}/s" if is_sqlite else "",
        met=median(speeds) >= IMPORT_PER_S_MIN_SQLITE if is_sqlite else None,
    )


def _of_memory(memory: Memory) -> list[Figure]:
    looks = memory.by_tenth_mb
    growth = max(looks) / min(looks)
    return [
        Figure(
            name=f"memory after {memory.requests:,} requests",
            value=f"{memory.mb:.0f} MB  (at most {memory.mb_most:.0f} MB)",
            promised=f"below {MEMORY_MB_MAX} MB",
            met=memory.mb < MEMORY_MB_MAX,
        ),
        Figure(
            name=f"memory over {memory.purchases:,} purchases",
            value=f"{growth:.3f} times the least  ({looks[0]:.0f} MB after 10 %, "
            f"{looks[len(looks) // 2 - 1]:.0f} after 50 %, {looks[-1]:.0f} at the end)",
            promised=f"at most {MEMORY_GROWTH_MAX}",
            met=growth <= MEMORY_GROWTH_MAX,
        ),
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


def machine_line(results: Results) -> str:
    """What it ran on."""
    load = os.getloadavg()[0]
    return (
        f"{_cores()} cores, the server's process on one; {results.described}; {machine()}; "
        f"{CLIENTS} clients; load {load:.1f}"
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def closing_line(figures: Sequence[Figure]) -> str:
    """Whether every promise was met."""
    promised = [figure for figure in figures if figure.met is not None]
    missed = [figure.name for figure in promised if not figure.met]
    if missed:
        return f"NOT met: {', '.join(missed)}."
    return f"All {len(promised)} promises were met."


def _ratio(
    name: str,
    ours: Sequence[Measured],
    theirs: Sequence[Measured],
    *,
    at_least: float | None = None,
) -> Figure:
    """Round by round, since what slows the machine down slows both."""
    ratios = [one.round.per_s / two.round.per_s for one, two in zip(ours, theirs, strict=True)]
    ratio = median(ratios)
    return Figure(
        name=name,
        value=f"{ratio:.3f}  ({min(ratios):.3f} to {max(ratios):.3f})",
        promised="" if at_least is None else f"at least {at_least}",
        met=None if at_least is None else ratio >= at_least,
    )


def _load(measured: Sequence[Measured]) -> str:
    """Median, least and most answers a second; latency; processor time of the server."""
    speeds = [each.round.per_s for each in measured]
    return (
        f"{median(speeds):,.0f}/s  ({min(speeds):,.0f} to {max(speeds):,.0f})  "
        f"p50 {_middle(measured, lambda each: each.round.percentile_ms(50)):.1f} ms, "
        f"p99 {_middle(measured, lambda each: each.round.percentile_ms(99)):.1f} ms, "
        f"{_middle(measured, lambda each: each.cpu_ms):.2f} ms of the core"
    )


def _middle(measured: Sequence[Measured], of: Callable[[Measured], float]) -> float:
    return median(of(each) for each in measured)


def _per_s(measured: Sequence[Measured]) -> float:
    return _middle(measured, lambda each: each.round.per_s)
