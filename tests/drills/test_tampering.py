"""Single rows of the ledger are edited behind the program's back: verify finds every edit."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from api.runner import Runner
from gamification.members.rules import MemberRecord
from gamification.verify.run import verify
from gamification.verify.violations import Violation
from tests.drills.drill import Drill
from tests.drills.edits import TABLES, Edit, blamed, random_edit, read_ledger
from tests.gamification.verify.stories import every_movement
from tests.slow_points import a_slow_story, slow_world
from tests.tampering import behind_its_back
from tests.world import World

pytestmark = pytest.mark.drill

EDITS_SHORT, EDITS_LONG = 1_000, 10_000


def cooling_off(world: World) -> MemberRecord:
    member = a_slow_story(slow_world(world))
    world.adjust(member, 5)
    return member


class _Undone(Exception):  # noqa: N818 -- no error: it takes one edit back
    pass


def violations_after(connection: Runner, world: World, edit: Edit) -> list[Violation]:
    found: list[Violation] = []
    with suppress(_Undone), connection.savepoint():
        edit.apply(connection)
        found = [
            violation
            for violation in verify(connection, world.programme, now=world.now)
            if violation.table in TABLES
        ]
        raise _Undone
    return found


def is_named(found: list[Violation], accounts: set[str], entries: set[str | None]) -> bool:
    """Whether one line names an account and the first bad entry, and shows them."""
    for violation in found:
        account = violation.row if violation.table == "account" else violation.account
        entry = violation.row if violation.table == "entry" else violation.entry
        line = str(violation)
        if account in accounts and entry in entries and account in line and (entry or "") in line:
            return True
    return False


@pytest.mark.parametrize("story", [every_movement, cooling_off])
def test_every_edit_is_found_with_its_account_and_its_first_bad_entry(
    world: World, drill: Drill, story: Callable[[World], MemberRecord]
) -> None:
    story(world)
    assert world.violations() == []
    chance = drill.chance()
    edits = drill.rounds(short=EDITS_SHORT, long=EDITS_LONG)
    counts: Counter[str] = Counter()

    def tamper(connection: Runner) -> list[str]:
        ledger = read_ledger(connection)
        missed: list[str] = []
        for _ in range(edits):
            edit = random_edit(ledger, chance)
            found = violations_after(connection, world, edit)
            if not is_named(found, *blamed(edit, ledger)):
                lines = "".join(f"\n    {violation}" for violation in found)
                missed.append(f"{edit}\n  but{lines or ' nothing was found'}")
            counts[f"{edit.kind} in {edit.table}"] += 1
        assert read_ledger(connection) == ledger
        return missed

    missed = behind_its_back(world.database, tamper)
    drill.tell(edits=edits, missed=len(missed), **dict(sorted(counts.items())))
    assert not missed, "\n".join(missed)
