"""What an import came to, in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api.imports.figures import Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What became of the lines, and where the members stand at the log's last date and now.

    `lines` were read; of them `taken` (`visits` with an amount of 0), `already` there, and refused,
    by kind. A run that was `stopped` has no figures. Points of prizes are not in `points_earned`.
    """

    path: Path
    reject_path: Path | None
    currency: str
    zone: ZoneInfo
    lines: int
    taken: int
    visits: int
    already: int
    refused: Mapping[str, int]
    examples: Sequence[tuple[int, str]]
    enrolled: int
    points_earned: int
    first: datetime | None
    last: datetime | None
    played_s: float
    stopped: bool
    reached: Mapping[str, int]
    figures: Sequence[Figures]

    @property
    def played(self) -> int:
        """The lines that were dealt with; fewer than `lines` when the run was stopped."""
        return self.taken + self.already + sum(self.refused.values())

    @property
    def rate_per_s(self) -> float:
        """Purchases and visits taken each second; 0 when none were."""
        return self.taken / self.played_s if self.played_s else 0.0


def report_lines(report: Report) -> list[str]:
    """The report, a line at a time; the last one says what was done, or how to go on."""
    refused = sum(report.refused.values())
    lines = [
        f"{report.path}: {_count(report.lines, 'line')}, amounts read as {report.currency}",
        f"  taken    {report.taken:>9,}{_visits(report)}{_days(report)}",
        f"  already  {report.already:>9,}  imported before, not counted again",
        f"  refused  {refused:>9,}{_kinds(report)}",
    ]
    lines += [f"    {report.path}:{line}: {reason}" for line, reason in report.examples]
    if refused > len(report.examples):
        lines.append(f"    and {refused - len(report.examples):,} more")
    if refused and report.reject_path:
        lines.append(f"    every refused line, with its reason: {report.reject_path}")
    lines += [
        f"  members  {report.enrolled:>9,}  new",
        f"  points   {report.points_earned:>9,}  earned by what was taken",
        f"  speed    {report.rate_per_s:>9,.0f}  purchases a second",
    ]
    lines += _figures(report)
    if report.stopped:
        lines.append(
            f"Stopped after {report.played:,} of {_count(report.lines, 'line')}; "
            "run the same command again to go on."
        )
    else:
        lines.append(
            f"Imported {_count(report.taken, 'purchase')} of "
            f"{_count(report.enrolled, 'new member')}; "
            f"{report.already:,} were there already, {refused:,} refused."
        )
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _visits(report: Report) -> str:
    return f"  {_count(report.visits, 'visit')} without a purchase among them" * bool(report.visits)


def _days(report: Report) -> str:
    if report.first is None or report.last is None:
        return ""
    first, last = (_day(moment, report.zone) for moment in (report.first, report.last))
    return f"  from {first} to {last}"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _kinds(report: Report) -> str:
    kinds = Counter(report.refused).most_common()
    return "  " + ", ".join(f"{number:,} {kind}" for kind, number in kinds) if kinds else ""


def _figures(report: Report) -> list[str]:
    """A table with a column for each moment."""
    if not report.figures:
        return []
    heads = [_day(figures.moment, report.zone) for figures in report.figures]
    first = report.figures[0]
    rows: list[tuple[str, list[str]]] = [
        ("All members on", [*heads, "ever reached"]),
        ("  members", [f"{figures.members:,}" for figures in report.figures]),
        ("  points they hold", [f"{figures.points:,}" for figures in report.figures]),
    ]
    for name in first.tiers:
        ever = [f"{report.reached[name]:,}"] if name in report.reached else []
        counts = [f"{figures.tiers[name]:,}" for figures in report.figures]
        rows.append((f"  tier {name}", counts + ever))
    for name, level in first.badges:
        counts = [f"{figures.badges[name, level]:,}" for figures in report.figures]
        if any(figures.badges[name, level] for figures in report.figures):
            rows.append((f"  badge {name} {level}", counts))
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows]
