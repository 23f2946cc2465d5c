import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from api.database import Database
from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.points.rules import lot_expiry
from gamification.programme.values import Programme
from tests.gamification.properties.model import ModelLot, ModelMember
from tests.world import World

EXPIRE_MONTHS = 1  # so that points run out within a run
NAMES = st.sampled_from(["Ola", "Jan"])


def points_only(programme: Programme) -> Programme:
    """One point for ten cents, good for a month, and cheap rewards: nothing else.

    Vouchers end sooner than points, so that both run out in every order.
    """
    rewards = [replace(each, cost=300, voucher_days=10) for each in programme.rewards[:1]]
    ladder = replace(programme.ladder, tiers=programme.ladder.tiers[:1])
    return replace(
        programme,
        points_expire_months=EXPIRE_MONTHS,
        earning=programme.earning[:1],
        ladder=ladder,
        badges=(),
        challenges=(),
        rewards=rewards,
    )


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A purchase: how to ask for it again, what was answered, and its lot in the model."""

    name: str
    ask: Callable[[], Answer]
    answer: Answer
    lot: ModelLot


class Points(RuleBasedStateMachine):
    """Two members who buy, redeem, capture and return while time goes by."""

    purchases: Bundle[Bought] = Bundle("purchases")
    vouchers: Bundle[tuple[str, str]] = Bundle("vouchers")

    empty: ClassVar[Path]
    programme: ClassVar[Programme]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "regulars.sqlite"
        shutil.copy(self.empty, path)
        self.database = Database(f"sqlite:///{path}")
        self.world = World(self.database, points_only(self.programme))
        self.members: dict[str, tuple[MemberRecord, ModelMember]] = {}

    def of(self, name: str) -> tuple[MemberRecord, ModelMember]:
        if name not in self.members:
            self.members[name] = (self.world.enrol(name), ModelMember())
        return self.members[name]

    @rule(name=NAMES)
    def enrol_again(self, name: str) -> None:
        assert self.of(name)[0] == self.world.enrol(name)

    @rule(target=purchases, name=NAMES, euros=st.integers(20, 200), days_ago=st.integers(0, 20))
    def buy(self, name: str, euros: int, days_ago: int) -> Bought:
        member, model = self.of(name)
        at = self.world.now - timedelta(days=days_ago)
        key = self.world.key()

        def ask() -> Answer:
            return self.world.buy(member, str(euros), occurred_at=at, key=key)

        answer = ask()
        expires_at = lot_expiry(at, months=EXPIRE_MONTHS, zone=self.world.programme.zone)
        lot = model.earn(euros * 10, expires_at=expires_at, now=self.world.now)
        return Bought(name=name, ask=ask, answer=answer, lot=lot)

    @rule(bought=purchases)
    def ask_again(self, bought: Bought) -> None:
        again = bought.ask()
        assert (again.replayed, again.outcome) == (True, bought.answer.outcome)

    @rule(target=vouchers, name=NAMES)
    def redeem(self, name: str) -> tuple[str, str]:
        member, model = self.of(name)
        (reward,) = self.world.programme.rewards
        enough = model.spendable(self.world.now) >= reward.cost
        answer = self.world.redeem(member, reward.id)
        assert ("refusal" not in answer.outcome) == enough
        if not enough:
            return name, "none"
        voucher = str(answer.outcome["voucher_id"])
        expires_at = self.world.now + timedelta(days=reward.voucher_days)
        model.reserve(voucher, reward.cost, expires_at=expires_at, now=self.world.now)
        return name, voucher

    @rule(voucher=vouchers)
    def capture(self, voucher: tuple[str, str]) -> None:
        member, model = self.of(voucher[0])
        held = model.open.get(voucher[1])
        good = held is not None and held.expires_at > self.world.now
        visit = self.world.scan(member)
        assert works(lambda: self.world.capture(visit.id, voucher[1])) == good
        if good:
            model.expire(self.world.now)
            del model.open[voucher[1]]

    @rule(bought=purchases)
    def refund(self, bought: Bought) -> None:
        _, model = self.of(bought.name)
        assert works(lambda: self.world.refund(bought.answer)) == (not bought.lot.refunded)
        if not bought.lot.refunded:
            model.refund(bought.lot, now=self.world.now)

    @rule()
    def sweep(self) -> None:
        self.world.expire()
        for _, model in self.members.values():
            model.lapse(self.world.now)

    @rule(days=st.integers(0, 25), seconds=st.integers(0, 86_399))
    def pass_time(self, days: int, seconds: int) -> None:
        self.world.pass_time(days=days, seconds=seconds)

    @invariant()
    def balances_agree(self) -> None:
        for member, model in self.members.values():
            assert self.world.balances(member) == model.balances

    def teardown(self) -> None:
        try:
            assert self.world.violations() == []
        finally:
            self.database.close()
            self.folder.cleanup()


def works(action: Callable[[], Answer]) -> bool:
    try:
        action().result()
    except Refusal:
        return False
    return True


def test_points_agree_with_a_model_whatever_members_do(
    migrated_file: Path, programme: Programme
) -> None:
    Points.empty, Points.programme = migrated_file, programme
    run_state_machine_as_test(
        Points,
        settings=settings(max_examples=30, stateful_step_count=40, deadline=None),
    )
