"""Two members who do all there is to do, while time goes by: on one database, or on several."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)

from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.actions.targets import Target
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from gamification.points.rules import lot_expiry
from tests.gamification.properties.answers import outcome, works
from tests.gamification.properties.model import ModelActivity, ModelGoal, ModelMember
from tests.gamification.properties.small import (
    CHALLENGES,
    COOL_OFF_DAYS,
    COST,
    EXPIRE_MONTHS,
    GOALS,
    MONTHLY,
    VOUCHER_DAYS,
)
from tests.world import World

NAMES = st.sampled_from(["Ola", "Ola", "Jan"])
BASKETS = st.lists(st.integers(20, 200), min_size=1, max_size=3)  # EUR
DAY_S = 86_400
CHANNELS = st.sampled_from(["store", "store", "web"])
DAYS_AGO = st.sampled_from([0, 0, 0, 1, 20])
MEMBERS_DAYS = 30  # when a history begins: nothing counts from before its member joined
PRIZES = (
    "SELECT voucher.member_id, voucher.id, goal, level, cycle FROM voucher"
    " JOIN award ON award.id = award_id WHERE withdrawn_at IS NULL ORDER BY voucher.id"
)


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A purchase: whose, under which key, what was answered, and what it is in the model."""

    name: str
    key: str
    answer: Answer
    activity: ModelActivity


Ask = Callable[[World], Answer]


class Members(RuleBasedStateMachine):
    """What is done is done in each of the worlds, which give the same answers.

    After every step balances and awards are the model's, `verify` finds nothing, and all worlds
    hold the same rows.
    """

    purchases: Bundle[Bought] = Bundle("purchases")
    vouchers: Bundle[tuple[str, str]] = Bundle("vouchers")

    worlds_made: ClassVar[Callable[[], AbstractContextManager[Sequence[World]]]]
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.done["histories"] += 1
        self.made = type(self).worlds_made()
        self.worlds = self.made.__enter__()
        self.world = self.worlds[0]
        self.asked: list[tuple[Ask, Answer]] = []
        self.members = {name: self.enrolled(name) for name in ("Ola", "Jan")}
        self.on_all(lambda w: w.pass_time(days=MEMBERS_DAYS))

    def on_all(self, action: Callable[[World], Any]) -> Any:
        """What each of the worlds answers: the same. A refusal is its code."""
        answers = [outcome(action, world) for world in self.worlds]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    def ask(self, request: Callable[..., Answer]) -> Any:
        """Ask under a new key; what is answered is answered again whenever it comes again."""
        asked = partial(request, key=f"key-{len(self.asked)}")
        answer = self.on_all(asked)
        assert not isinstance(answer, Answer) or not answer.replayed
        self.done["asked" if works(answer) else "refused"] += 1
        self.asked.append((asked, answer))
        return answer

    def enrolled(self, name: str) -> tuple[MemberRecord, ModelMember]:
        model = ModelMember(
            goals=GOALS,
            day_of=lambda moment: moment.astimezone(self.world.programme.zone).date(),
            expiry=lambda moment: lot_expiry(
                moment, months=EXPIRE_MONTHS, zone=self.world.programme.zone
            ),
            prize_cost=COST,
        )
        return self.on_all(lambda w: w.enrol(name)), model

    def of(self, name: str) -> tuple[MemberRecord, ModelMember]:
        return self.members[name]

    @rule(target=purchases, name=NAMES, baskets=BASKETS, days_ago=DAYS_AGO, channel=CHANNELS)
    def buy(self, name: str, baskets: list[int], days_ago: int, channel: str) -> Any:
        return multiple(*(self.buy_for(name, euros, days_ago, channel) for euros in baskets))

    def buy_for(self, name: str, euros: int, days_ago: int, channel: str = "store") -> Bought:
        member, model = self.of(name)
        at = self.world.now - timedelta(days=days_ago)
        answer = self.ask(
            lambda w, key: w.buy(member, str(euros), occurred_at=at, key=key, channel=channel)
        )
        assert answer.result()["points"] == euros * 10
        days = COOL_OFF_DAYS if channel == "web" else 0
        activity = model.do(euros * 10, at=at, now=self.world.now, cools_days=days)
        key = f"key-{len(self.asked) - 1}"
        return Bought(name=name, key=key, answer=answer, activity=activity)

    @rule(name=NAMES, times=st.integers(1, 3), days_ago=DAYS_AGO)
    def visit(self, name: str, times: int, days_ago: int) -> None:
        member, model = self.of(name)
        at = self.world.now - timedelta(days=days_ago)

        def drop_in(world: World, key: str) -> Answer:
            target = Target(member_number=member.number)
            request = VisitToRecord(target=target, occurred_at=at, idempotency_key=key)
            return world.write(lambda c: record_visit(c, request, world.occasion()))

        for _ in range(times):
            assert self.ask(drop_in).result()["points"] == 0
            model.do(0, at=at, now=self.world.now)

    @rule(name=NAMES, goal=st.sampled_from(CHALLENGES))
    def join(self, name: str, goal: ModelGoal) -> None:
        member, model = self.of(name)
        self.on_all(lambda w: w.join(member, goal.name.removeprefix("challenge:")))
        model.join(goal, now=self.world.now)

    @rule(target=vouchers, name=NAMES)
    def redeem(self, name: str) -> Any:
        member, model = self.of(name)
        (reward,) = self.world.programme.rewards
        enough = model.towards_rewards(self.world.now) >= COST
        answer = self.ask(lambda w, key: w.redeem(member, reward.id, key=key))
        assert ("refusal" not in answer.outcome) == enough
        if not enough:
            return multiple()
        voucher = str(answer.outcome["voucher_id"])
        model.reserve(voucher, COST, days=VOUCHER_DAYS, now=self.world.now)
        return name, voucher

    @rule(name=NAMES, points=st.integers(-COST, COST).filter(bool))
    def adjust(self, name: str, points: int) -> None:
        member, model = self.of(name)
        enough = model.spendable(self.world.now) >= -points
        answer = self.ask(lambda w, key: w.adjust(member, points, key=key))
        assert works(answer) == enough
        if enough:
            model.expire(self.world.now)
            if points > 0:
                model.earn(points, at=self.world.now)
            else:
                model.take(-points)

    @rule(voucher=vouchers)
    def capture(self, voucher: tuple[str, str]) -> None:
        _, model = self.of(voucher[0])
        held = model.open.get(voucher[1])
        good = held is not None and held.expires_at > self.world.now
        assert self.works_at_the_till(*voucher) == good
        if good:
            model.expire(self.world.now)
            del model.open[voucher[1]]

    @rule(bought=purchases)
    def spend_what_was_earned_and_return_it(self, bought: Bought) -> None:
        voucher = self.redeem(bought.name)
        if isinstance(voucher, tuple):
            self.capture(voucher)
        self.refund(bought)

    @rule(name=NAMES, euros=st.integers(30, 200), lapses=st.booleans())
    def win_use_the_prize_and_return_it(self, name: str, euros: int, *, lapses: bool) -> None:
        """The prize is owed then; a voucher that was bought may lapse into that debt."""
        _, model = self.of(name)
        self.buy_for(name, euros, 0)
        self.redeem(name)
        self.join(name, MONTHLY)
        month = MONTHLY.cycle(model.day_of(self.world.now))
        for _ in range(model.count(MONTHLY, month), MONTHLY.targets[0] - 1):
            self.visit(name, times=1, days_ago=0)
        last = self.buy_for(name, euros, 0)
        self.capture_prize(name, which=-1)
        self.refund(last)
        if lapses:
            self.sweep(VOUCHER_DAYS)

    @rule(name=NAMES, which=st.integers(0, 9))
    def capture_prize(self, name: str, which: int) -> None:
        member, model = self.of(name)
        prizes = [prize[1:] for prize in self.world.rows(PRIZES) if prize[0] == member.id]
        assert len(prizes) == sum(award.voucher is not None for award in model.awards.values())
        if prizes:
            voucher_id, *award = prizes[which % len(prizes)]
            held = model.awards[award[0], award[1], award[2]].voucher
            assert held is not None
            good = held.state == "open" and held.expires_at > self.world.now
            assert self.works_at_the_till(name, voucher_id) == good
            if good:
                model.expire(self.world.now)
                held.state = "captured"

    def works_at_the_till(self, name: str, voucher_id: str) -> bool:
        member, _ = self.of(name)
        visit = self.on_all(lambda w: w.scan(member))
        return works(self.ask(lambda w, key: w.capture(visit.id, voucher_id, key=key)))

    @rule(
        bought=purchases,
        days=st.sampled_from([0, 0, 12, 35]),
        euros=st.none() | st.sampled_from([7, 20]),
    )
    def refund(self, bought: Bought, days: int = 0, euros: int | None = None) -> None:
        """After a while: by then points have run out, of some purchases or of all.

        A part of it, or all that is left.
        """
        self.on_all(lambda w: w.pass_time(days=days))
        _, model = self.of(bought.name)
        amount = None if euros is None else Decimal(euros)
        answer = self.ask(lambda w, key: w.refund(bought.answer, key=key, amount=amount))
        left = bought.activity.left
        points = left if euros is None else euros * 10
        assert works(answer) == (0 < points <= left)
        if works(answer):
            model.refund(bought.activity, points, now=self.world.now)

    @precondition(lambda self: self.asked)
    @rule(name=NAMES, which=st.integers(0, 999))
    def ask_again(self, name: str, which: int) -> None:
        assert self.of(name)[0] == self.on_all(lambda w: w.enrol(name))
        request, first = self.asked[which % len(self.asked)]
        again = self.on_all(request)
        self.done["asked again"] += 1
        if isinstance(first, Answer):
            assert again == replace(first, replayed=True)

    @rule(bought=purchases)
    def ask_for_something_else_under_a_used_key(self, bought: Bought) -> None:
        member, _ = self.of(bought.name)
        answer = self.on_all(lambda w: w.buy(member, "0.07", key=bought.key))
        assert answer == "IDEMPOTENCY_CONFLICT"

    @rule(days=st.sampled_from([0, 0, VOUCHER_DAYS]))
    def sweep(self, days: int) -> None:
        self.on_all(lambda w: w.pass_time(days=days))
        self.on_all(lambda w: w.expire())
        for _, model in self.members.values():
            model.lapse(self.world.now)

    @rule(seconds=st.sampled_from([-120, -1, 0, 1]) | st.integers(0, 30 * DAY_S))
    def pass_time(self, seconds: int) -> None:
        """Or set the clock back a little, as happens when it is put right."""
        self.on_all(lambda w: w.pass_time(seconds=seconds))

    @invariant()
    def all_agree(self) -> None:
        self.done["steps"] += 1
        for member, model in self.members.values():
            assert self.world.balances(member) == model.balances
            assert self.world.awards(member) == sorted(model.awards)
        assert [world.violations() for world in self.worlds] == [[] for _ in self.worlds]
        contents = [world.contents() for world in self.worlds[1:]]
        assert not contents or contents == [self.world.contents()] * len(contents)

    def teardown(self) -> None:
        for member, _ in self.members.values():
            self.done.update(self.world.kinds(member))
        self.made.__exit__(None, None, None)
