"""Every check, and running them all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from gamification.database import Connection
from gamification.points import store as points
from gamification.programme.values import Programme
from gamification.verify import adjustments, causes, claims, ledger, order, vouchers
from gamification.verify.history import count_activities
from gamification.verify.recount import RECOUNT
from gamification.verify.triggers import TRIGGERS
from gamification.verify.violations import Check, Subject, Violation


def checks() -> Sequence[Check]:
    """Every check, by the number of its invariant."""
    return (
        ledger.LEDGER,
        *causes.CHECKS,
        *adjustments.CHECKS,
        *claims.CHECKS,
        *order.CHECKS,
        *vouchers.CHECKS,
        TRIGGERS,
        RECOUNT,
    )


def verify(
    connection: Connection,
    programme: Programme,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Iterator[Violation]:
    """Every violation, check by check, found while it is iterated over.

    `progress(done, of)` counts checks, entries and activities. Memory holds the accounts, the
    open lots, pages of what else is read, and at most VIOLATIONS_MAX rows of one query.
    """
    every = checks()
    of = len(every) + points.count_entries(connection) + count_activities(connection)
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        progress(done, of)

    subject = Subject(connection=connection, programme=programme, now=now, advance=advance)
    for check in every:
        yield from check.run(subject)
        advance(1)
