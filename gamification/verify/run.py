"""Every check, and running them all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from gamification.database import Connection
from gamification.members import store as members
from gamification.programme.values import Programme
from gamification.verify import causes, ledger, lots, order, vouchers
from gamification.verify.recount import RECOUNT
from gamification.verify.violations import Check, Subject, Violation


def checks() -> Sequence[Check]:
    """Every check, by the number of its invariant."""
    return (
        *ledger.CHECKS,
        *lots.CHECKS,
        *causes.CHECKS,
        *order.CHECKS,
        *vouchers.CHECKS,
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

    `progress(done, of)` counts checks and members. Memory holds the history of a batch of
    members at a time, and at most VIOLATIONS_MAX rows of one query.
    """
    every = checks()
    of = len(every) + members.count(connection)
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        progress(done, of)

    subject = Subject(connection=connection, programme=programme, now=now, advance=advance)
    for check in every:
        yield from check.run(subject)
        advance(1)
