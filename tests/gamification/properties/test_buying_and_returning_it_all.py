import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.database import database_at
from gamification.idempotency.rules import Answer
from gamification.programme.values import Programme
from tests.gamification.actions.parts import ALL, money, pieces
from tests.slow_points import with_slow_points
from tests.world import World

COUNTS = "SELECT measure, day, amount FROM bucket WHERE amount <> 0 ORDER BY measure, day"
PRIZES = "SELECT reward_id, count(*) FROM voucher WHERE state = 'open' GROUP BY reward_id"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A purchase of pastries, so many hours after the one before.

    It is made where points may cool off, which a job may see to before it (`sweeps`).
    `pieces_back` are given back one by one after so many further steps (0: at once), and all the
    rest after `rest_after` (None: never); before that, money without naming lines (steps, cents).
    """

    hours: int
    channel: str
    sweeps: bool
    pastries: int
    cents_each: int
    pieces_back: list[int]
    rest_after: int | None
    cents_back: list[tuple[int, int]]

    @property
    def kept(self) -> int:
        """How many pastries stay with the member."""
        return 0 if self.rest_after is not None else max(self.pastries - len(self.pieces_back), 0)

    def parts(self) -> list[tuple[int, dict[str, Any]]]:
        """What is given back after how many steps. A piece too many, or money, may be refused."""
        found = [(after, pieces((1, 1))) for after in self.pieces_back]
        if self.rest_after is not None:
            found += [(after, money(f"{cents / 100:.2f}")) for after, cents in self.cents_back]
            found += [(self.rest_after, ALL)]
        return found


AFTER = st.integers(0, 6)
# At most 12 purchases of at most 20 EUR: 240 EUR, which is below the second tier.
STEPS = st.lists(
    st.builds(
        Step,
        hours=st.sampled_from([0, 0, 1, 2, 26, 80]),
        channel=st.sampled_from(["store", "web"]),
        sweeps=st.booleans(),
        pastries=st.integers(1, 4),
        cents_each=st.integers(1, 500),
        pieces_back=st.lists(AFTER, max_size=3),
        rest_after=st.none() | AFTER,
        cents_back=st.lists(st.tuples(AFTER, st.integers(1, 600)), max_size=2),
    ),
    min_size=1,
    max_size=12,
)


def standing(
    empty: Path, programme: Programme, steps: list[Step], *, never_bought: bool
) -> dict[str, Any]:
    """Where the member stands in the end; `never_bought` buys only what is kept."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "regulars.sqlite"
        shutil.copy(empty, path)
        database = database_at(f"sqlite:///{path}")
        try:
            world = World(database, programme)
            play(world, steps, never_bought=never_bought)
            world.expire()  # what cooled off for one who wrote last is released for the other, too
            assert world.violations() == []
            member = world.enrol()
            return {
                "balances": world.balances(member),
                "counts": world.rows(COUNTS),
                "prizes": world.rows(PRIZES),
                "awards": world.awards(member),
            }
        finally:
            database.close()


def play(world: World, steps: list[Step], *, never_bought: bool) -> None:
    member = world.enrol()
    to_return: dict[int, list[tuple[Answer, dict[str, Any]]]] = defaultdict(list)
    for at, step in enumerate(steps):
        world.pass_time(hours=step.hours)
        if step.sweeps:
            world.expire()
        for challenge in [each.id for each in world.programme.challenges]:
            world.join(member, challenge)
        each = f"{step.cents_each / 100:.2f}"
        quantity = step.kept if never_bought else step.pastries
        if quantity:
            answer = world.eat_pastries(member, quantity, each=each, channel=step.channel)
            for after, part in () if never_bought else step.parts():
                to_return[at + after].append((answer, part))
        give_back(world, to_return.pop(at, []))
    for at in sorted(to_return):
        give_back(world, to_return[at])


def give_back(world: World, parts: list[tuple[Answer, dict[str, Any]]]) -> None:
    for purchase, part in parts:
        world.refund(purchase, **part)


@pytest.mark.parametrize("cool_off_days", [0, 2])
@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_buying_and_returning_it_gives_the_same_standing_as_never_having_bought_it(
    migrated_file: Path, programme: Programme, cool_off_days: int, steps: list[Step]
) -> None:
    """Balances, counts, awards and open prizes, whether it comes back whole or in parts.

    The history differs, as it should.

    Where it cannot hold by design, and so is left out here:
    a purchase that lifts the member into a higher tier multiplies the points of those after it
    (so all stay below the second tier); a prize keeps the date on which it was won first (so
    nothing runs out); and points spent or a prize used cannot be given back (so there are no
    redemptions).
    """
    if cool_off_days:
        programme = with_slow_points(programme, days=cool_off_days)
    bought = standing(migrated_file, programme, steps, never_bought=False)
    assert bought == standing(migrated_file, programme, steps, never_bought=True)
