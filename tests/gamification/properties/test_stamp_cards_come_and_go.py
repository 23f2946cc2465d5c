import shutil
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from api.database import database_at
from gamification.actions.record_purchase import PurchaseLine
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from tests.world import World

EVERY = 10  # as the market has it

# A purchase of so many loaves, or (below 1) the return of one of those that were kept.
STEPS = st.lists(st.integers(-9, 25), min_size=1, max_size=14)


def full(world: World, member: MemberRecord) -> set[str]:
    return {cycle for goal, _, cycle in world.awards(member) if goal == "stamps:tenth_loaf"}


def buys_and_returns(world: World, steps: list[int]) -> None:
    """After each step as many cards are full, with an open prize each, as what is kept fills."""
    member = world.enrol()
    kept = []
    # In the end everything is given back.
    for step in [*steps, *[0] * len(steps)]:
        world.pass_time(days=1)
        if step > 0:
            total = Decimal(step)
            line = PurchaseLine(name="Chleb", category="bread", quantity=step, amount=total)
            kept.append((step, world.buy(member, str(total), lines=(line,))))
        elif kept:
            _, purchase = kept.pop(step % len(kept))
            world.refund(purchase).result()
        cards = sum(loaves for loaves, _ in kept) // EVERY
        assert full(world, member) == {f"{EVERY}x{number}" for number in range(1, cards + 1)}
        assert world.rows("SELECT count(*) FROM voucher WHERE state = 'open'") == [cards]
    assert kept == []
    assert world.violations() == []


@given(steps=STEPS)
@settings(max_examples=20, deadline=None)
def test_what_is_bought_fills_cards_and_returning_everything_leaves_none(
    migrated_file: Path, market: Programme, steps: list[int]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "regulars.sqlite"
        shutil.copy(migrated_file, path)
        database = database_at(f"sqlite:///{path}")
        try:
            buys_and_returns(World(database, market), steps)
        finally:
            database.close()
