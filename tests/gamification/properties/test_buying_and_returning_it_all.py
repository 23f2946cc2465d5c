import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.database import database_at
from gamification.idempotency.rules import Answer
from gamification.programme.values import Programme
from tests.world import World

COUNTS = "SELECT measure, day, amount FROM bucket WHERE amount <> 0 ORDER BY measure, day"
PRIZES = "SELECT reward_id, count(*) FROM voucher WHERE state = 'open' GROUP BY reward_id"
CHALLENGES = ("three_a_week", "pastry_month", "hundred_coffees")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A purchase of pastries, so many hours after the one before.

    `returned_after` further steps it is given back (0: at once, None: never).
    """

    hours: int
    pastries: int
    cents_each: int
    returned_after: int | None


# At most 12 purchases of at most 20 EUR: 240 EUR, which is below the second tier.
STEPS = st.lists(
    st.builds(
        Step,
        hours=st.sampled_from([0, 0, 1, 2, 26, 80]),
        pastries=st.integers(1, 4),
        cents_each=st.integers(1, 500),
        returned_after=st.none() | st.integers(0, 6),
    ),
    min_size=1,
    max_size=12,
)


def standing(
    empty: Path, programme: Programme, steps: list[Step], *, never_bought: bool
) -> dict[str, Any]:
    """Where the member stands in the end; `never_bought` leaves out what is given back."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "regulars.sqlite"
        shutil.copy(empty, path)
        database = database_at(f"sqlite:///{path}")
        try:
            world = World(database, programme)
            play(world, steps, never_bought=never_bought)
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
    to_return: list[tuple[int, Answer]] = []
    for at, step in enumerate(steps):
        world.pass_time(hours=step.hours)
        for challenge in CHALLENGES:
            world.join(member, challenge)
        if step.returned_after is None or not never_bought:
            answer = world.eat_pastries(member, step.pastries, each=f"{step.cents_each / 100:.2f}")
            if step.returned_after is not None:
                to_return.append((at + step.returned_after, answer))
        for due, answer in to_return:
            if due == at:
                world.refund(answer).result()
    for due, answer in to_return:
        if due >= len(steps):
            world.refund(answer).result()


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_buying_and_returning_it_gives_the_same_standing_as_never_having_bought_it(
    migrated_file: Path, programme: Programme, steps: list[Step]
) -> None:
    """Balances, counts, awards and open prizes; the history differs, as it should.

    Where it cannot hold by design, and so is left out here:
    a purchase that lifts the member into a higher tier multiplies the points of those after it
    (so all stay below the second tier); a prize keeps the date on which it was won first (so
    nothing runs out); and points spent or a prize used cannot be given back (so there are no
    redemptions).
    """
    bought = standing(migrated_file, programme, steps, never_bought=False)
    assert bought == standing(migrated_file, programme, steps, never_bought=True)
