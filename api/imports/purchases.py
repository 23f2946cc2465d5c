"""`regulars import purchases`: a shop's purchase log becomes members, points, tiers and badges."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from api.database import Database, DatabaseBusy
from api.imports.faults import ImportRefused
from api.imports.figures import Figures, reached
from api.imports.interrupts import stop_asked
from api.imports.playing import Played, Player
from api.imports.reading import Log, read_log
from api.imports.rejects import Rejects
from api.imports.report import Report
from api.imports.settling import settle
from gamification.money import to_major
from gamification.programme.values import Programme
from gamification.stores import store as stores

ROWS_PER_WRITE = 200  # one wait for the disk for so many; some 0.1 s that a till may have to wait


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far an import is: `doing` is "reading", "playing" or "settling".

    `done` of `total` lines (members, when settling); `total` is None where nobody knows it yet.
    `at` is the moment that the moving clock shows.
    """

    doing: str
    done: int
    total: int | None = None
    rate_per_s: float = 0.0
    at: datetime | None = None


@dataclass(kw_only=True, slots=True)
class _Tally:
    taken: int = 0
    visits: int = 0
    already: int = 0
    enrolled: int = 0
    points: int = 0

    def add(self, played: Played) -> None:
        if played.already:
            self.already += 1
            return
        self.taken += 1
        self.visits += played.row.amount_minor == 0
        self.enrolled += played.enrolled
        self.points += played.points


def import_purchases(
    database: Database,
    programme: Programme,
    path: Path,
    *,
    mapping: str | None,
    reject_path: Path | None,
    now: datetime,
    progress: Callable[[Progress], None],
) -> Report:
    """Import a purchase log (CSV, or CSV in gzip); running it again adds only what is new.

    `mapping` is `member=customer_id,date=date,amount=dollars`, where the header does not say it.
    Nobody is told of what is imported. Ctrl-C stops it after the batch in hand.
    Raises ImportRefused; what was imported until then stays.
    """
    with stop_asked() as stop, Rejects(path=reject_path) as rejects:

        def reading(count: int) -> None:
            if stop():
                raise ImportRefused(f"{path}: stopped while reading; nothing was changed")
            progress(Progress(doing="reading", done=count))

        log = read_log(
            path,
            mapping=mapping,
            programme=programme,
            stores={store.id for store in database.read_now(stores.every)},
            now=now,
            reject=rejects.add,
            at_line=reading,
        )
        tally = _Tally()
        began_s = time.perf_counter()
        try:
            finished = _play(
                database, Player(programme=programme, now=now), log, rejects, tally, progress, stop
            )
            played_s = time.perf_counter() - began_s
            figures = (
                _settle(database, programme, _moments(log, now), progress, stop)
                if finished
                else None
            )
        except DatabaseBusy as error:
            raise ImportRefused(
                f"{path}: the database takes no more ({error}); {tally.taken:,} purchases are in: "
                "run the same command again to go on"
            ) from error
        return Report(
            path=path,
            reject_path=reject_path,
            currency=programme.currency,
            zone=programme.zone,
            lines=log.lines,
            taken=tally.taken,
            visits=tally.visits,
            already=tally.already,
            refused=dict(rejects.kinds),
            examples=tuple(rejects.examples),
            enrolled=tally.enrolled,
            points_earned=tally.points,
            first=log.rows[0].moment if log.rows else None,
            last=log.rows[-1].moment if log.rows else None,
            played_s=played_s,
            stopped=figures is None,
            reached=database.read_now(partial(reached, programme=programme)) if figures else {},
            figures=figures or (),
        )


def _play(
    database: Database,
    player: Player,
    log: Log,
    rejects: Rejects,
    tally: _Tally,
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> bool:
    """Play every row; False when it was stopped."""
    began_s = time.perf_counter()
    for start in range(0, len(log.rows), ROWS_PER_WRITE):
        if stop():
            return False
        rows = log.rows[start : start + ROWS_PER_WRITE]
        for played in player.play(database, rows):
            if played.refused is None:
                tally.add(played)
            else:
                rejects.add(played.row.line, "receipt", played.refused, _shown(played, player))
        done = start + len(rows)
        progress(
            Progress(
                doing="playing",
                done=done,
                total=len(log.rows),
                rate_per_s=done / (time.perf_counter() - began_s),
                at=rows[-1].moment,
            )
        )
    return True


def _shown(played: Played, player: Player) -> str:
    row = played.row
    amount = to_major(row.amount_minor, digits=player.programme.currency_digits)
    return f"{row.member},{row.moment.isoformat()},{amount},{row.receipt or ''}"


def _moments(log: Log, now: datetime) -> list[datetime]:
    return [log.rows[-1].moment, now] if log.rows else [now]


def _settle(
    database: Database,
    programme: Programme,
    moments: Sequence[datetime],
    progress: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> list[Figures] | None:
    """The figures at each moment; None when it was stopped."""
    found: list[Figures] = []
    for moment in moments:

        def go_on(done: int, moment: datetime = moment) -> bool:
            progress(Progress(doing="settling", done=done, at=moment))
            return not stop()

        figures = settle(database, programme, moment, go_on=go_on)
        if figures is None:
            return None
        found.append(figures)
    return found
