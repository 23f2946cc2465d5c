"""Rebuilds everybody, batch by batch. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterator

from gamification.database import Connection
from gamification.members import store as members
from gamification.programme.values import Programme
from gamification.verify.history import count_activities
from gamification.verify.rebuild.difference import Difference
from gamification.verify.rebuild.goals import GoalsOfMember
from gamification.verify.rebuild.member import Sums, rebuild_member
from gamification.verify.rebuild.rows import Reader

BATCH = 100  # members whose rows are in memory at one time


def rebuild(
    connection: Connection,
    programme: Programme,
    *,
    seen: Counter[str],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Iterator[Difference]:
    """Every difference, member by member, and those of the programme's accounts last.

    `seen` comes to hold how many activities were compared, and how many could not be, by why.
    `progress(done, of)` counts activities.
    """
    of = count_activities(connection)
    reader = Reader(connection, with_parts=any(each.segment for each in programme.multipliers))
    of_programme = Sums()
    after = ""
    while ids := members.ids_after(connection, after, most=BATCH):
        for rows in reader.of(ids, after=after):
            goals = GoalsOfMember(programme, rows.member, rows.history, rows.told, rows.parts)
            sums = Sums()
            yield from rebuild_member(programme, rows, goals, sums)
            seen.update(goals.seen)
            of_programme.take_over(sums)
            progress(seen.total(), of)
        after = ids[-1]
    for account in reader.accounts_of_the_programme():
        yield from of_programme.compare(account)
