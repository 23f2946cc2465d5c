"""`regulars nudges report` and `nudges resume`."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from rich.table import Table

from api.commands.common import clock, console
from api.files import new_file
from api.server import StartRefused, open_existing
from api.settings import load_settings
from gamification.programme.check import load_programme
from notifications import pauses
from notifications.measuring import ARM_MEMBERS_MIN, Uplift
from notifications.outcomes import OUTCOME_DAYS
from notifications.report import RuleReport, Verdict, report

family = typer.Typer(help="What nudges are worth.", no_args_is_help=True)

COUNTS = ("rule", "sent", "delivered", "opened", "held out", "kept back")
COMPARED = ("rule", "told", "of them came", "held out", "visits", "spend", "points captured")
_UPLIFTS = ("visits", "spend", "reward cost")
HEADER = (
    *("rule", "paused", "sent", "delivered", "opened", "held out", "kept back"),
    *("told and measured", "of them came", "held out and measured"),
    *(f"{name} {part}" for name in _UPLIFTS for part in ("uplift", "low", "high")),
)


@family.callback()
def family_help() -> None:
    """What nudges are worth."""


@family.command("report")
def show_report(
    csv_file: Path | None = typer.Option(  # noqa: B008 -- typer's way
        None, "--csv", help="A file to make: a line for each rule."
    ),
) -> None:
    """Tell what each rule's nudges brought, beside members who were told nothing.

    Compared are members whose 14 days after the decision are over: their
    visits, what they spent, and the points of rewards they were handed.
    Behind each figure stands, in brackets, between what the truth is in 95
    of 100 cases, however often you look.

    Who is held out of every rule is left out of each comparison. Delivered
    is what the push service took, opened what was read in the inbox.
    """
    settings = load_settings()
    programme = load_programme(settings.programme)
    if not programme.nudges:
        raise StartRefused(f"{settings.programme}: the programme has no [[nudge]]")
    digits = programme.currency_digits
    with open_existing(settings) as database:
        found = database.read_all_now(lambda c: report(c, programme, now=clock.now()))
    console.print(_table("Nudges", COUNTS, (_counts_of(each) for each in found)))
    by_days = f"Told and not told, {OUTCOME_DAYS} days; spend in {programme.currency}"
    console.print(_table(by_days, COMPARED, (_compared_of(each, digits) for each in found)))
    for each in found:
        _say(f"{each.rule}: {sentence(each)}.")
        if each.kept_back:
            reasons = (f"{times:,} {reason}" for reason, times in sorted(each.kept_back.items()))
            _say(f"    kept back: {', '.join(reasons)}")
    where = ""
    if csv_file is not None:
        _write(csv_file, found, digits)
        where = f"; {len(found):,} lines were written to {csv_file}"
    _say(f"{len(found):,} rules were looked at{where}.")


@family.command()
def resume(rule: str = typer.Argument(help="The rule's id in the programme file.")) -> None:
    """Let a rule that was paused tell members again.

    It was paused since members who were told came less often. From now on
    it is measured anew; if it still does harm, it is paused again.
    """
    with open_existing(load_settings()) as database:
        is_done = database.write_now(lambda c: pauses.resume(c, rule, now=clock.now()))
    if not is_done:
        raise StartRefused(f"{rule!r} is no rule that is paused")
    _say(f"{rule} tells members again from now on.")


def sentence(found: RuleReport) -> str:
    """What a shop owner should know of a rule, without a full stop."""
    said = _verdict(found)
    if found.is_paused and found.pause is not None:
        said = f"paused since {found.pause.paused_at:%Y-%m-%d}, {found.pause.reason}; {said}"
    return said if found.is_in_programme else f"no longer in the programme; {said}"


def _verdict(found: RuleReport) -> str:
    compared, verdict = found.comparison, found.verdict
    visits = compared.visits
    if verdict is Verdict.NOT_COMPARED:
        return "everybody is told, so there is nobody to compare with"
    if visits is None:
        return (
            f"too early to say, {compared.told:,} told and {compared.held_out:,} held out so far"
            f" of at least {ARM_MEMBERS_MIN} each"
        )
    low, high = abs(visits.low), abs(visits.high)
    if verdict is Verdict.NO_CLEAR_DIFFERENCE:
        return f"no clear difference, between {low:.1f} visits less and {high:.1f} more a member"
    if verdict is Verdict.MORE_VISITS:
        return f"brings about {visits.mean:.1f} visits more a member ({low:.1f} to {high:.1f})"
    return f"costs about {-visits.mean:.1f} visits a member ({high:.1f} to {low:.1f})"


def _counts_of(found: RuleReport) -> Sequence[str]:
    kept_back = sum(found.kept_back.values())
    numbers = (found.sent, found.delivered, found.opened, found.held_out, kept_back)
    return (found.rule, *(f"{number:,}" for number in numbers))


def _compared_of(found: RuleReport, digits: int) -> Sequence[str]:
    compared = found.comparison
    return (
        found.rule,
        *(f"{n:,}" for n in (compared.told, compared.told_who_came, compared.held_out)),
        _shown(compared.visits, 0),
        _shown(compared.spend, digits),
        _shown(compared.reward_cost, 0),
    )


def _shown(uplift: Uplift | None, digits: int) -> str:
    if uplift is None:
        return "-"
    mean, low, high = _parts(uplift, digits)
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


def _parts(uplift: Uplift, digits: int) -> tuple[float, float, float]:
    by: int = 10**digits
    return uplift.mean / by, uplift.low / by, uplift.high / by


def _table(title: str, header: Sequence[str], rows: Iterator[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for at, name in enumerate(header):
        table.add_column(name, justify="right" if at else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _write(path: Path, found: Sequence[RuleReport], digits: int) -> None:
    with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEADER)
        for each in found:
            compared = each.comparison
            counted = (each.sent, each.delivered, each.opened, each.held_out)
            rows.writerow(
                (
                    each.rule,
                    "yes" if each.is_paused else "no",
                    *counted,
                    sum(each.kept_back.values()),
                    *(compared.told, compared.told_who_came, compared.held_out),
                    *_fields(compared.visits, 0),
                    *_fields(compared.spend, digits),
                    *_fields(compared.reward_cost, 0),
                )
            )


def _fields(uplift: Uplift | None, digits: int) -> Sequence[str]:
    return [f"{part:.4f}" for part in _parts(uplift, digits)] if uplift else ["", "", ""]


def _say(words: str) -> None:
    console.print(words, highlight=False, markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(family, name="nudges")
