"""Many who act on few members at the same moment, each thread for itself."""

import copy
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from gamification.errors import Refusal
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord
from tests.world import World

FINISHED_S_MAX = 300.0  # many times what it takes: beyond it somebody waits for ever
CHALLENGES = ("three_a_week", "pastry_month")
SKEW_S = 2.0  # between the clocks of processes


def old_friends(world: World, count: int) -> list[MemberRecord]:
    """Members whose first points run out soon."""
    members = [world.enrol(f"friend-{number}") for number in range(count)]
    for member in members:
        world.buy(member, "90.00")
    world.pass_time(days=364)
    return members


@dataclass(kw_only=True)
class Crowd:
    """What everybody in it shares: members, purchases, vouchers, requests, and a clock.

    The clock moves by `step` with every turn that somebody takes, and no two read it alike.
    """

    world: World
    members: Sequence[MemberRecord]
    seed: int
    step: timedelta
    since: datetime = field(init=False)
    turns: "itertools.count[int]" = field(default_factory=itertools.count)
    purchases: list[Answer] = field(default_factory=list)
    vouchers: list[tuple[MemberRecord, str]] = field(default_factory=list)
    asked: list[tuple[Callable[[World], Answer], Answer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.since = self.world.now

    def act(self, *, threads: int, turns_each: int) -> Counter[str]:
        """Let so many threads take so many turns each; what was done and refused, by name.

        Raises whatever one of them met that is no refusal.
        """
        gate = threading.Barrier(threads)

        def run(number: int) -> Counter[str]:
            one = Somebody(crowd=self, number=number)
            gate.wait(FINISHED_S_MAX)
            for _ in range(turns_each):
                one.take_a_turn()
            return one.done

        with ThreadPoolExecutor(threads) as pool:
            running = [pool.submit(run, number) for number in range(threads)]
            tallies = [each.result(FINISHED_S_MAX) for each in running]
        self.world.now = max(self.world.now, self.time(next(self.turns))) + timedelta(days=1)
        return sum(tallies, Counter())

    def time(self, turn: int) -> datetime:
        return self.since + turn * self.step


@dataclass(kw_only=True)
class Somebody:
    """One thread: chance of its own, and a clock that is a little ahead or behind."""

    crowd: Crowd
    number: int
    done: Counter[str] = field(default_factory=Counter)
    world: World = field(init=False)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.crowd.seed}-{self.number}")  # noqa: S311 -- what to do next
        self.world = copy.copy(self.crowd.world)
        self.world.chance = random.Random(f"{self.crowd.seed}+{self.number}")  # noqa: S311 -- codes

    def take_a_turn(self) -> None:
        skew = timedelta(seconds=self.chance.uniform(-SKEW_S, SKEW_S))
        self.world.now = self.crowd.time(next(self.crowd.turns)) + skew
        acts: dict[Callable[[MemberRecord], None], int] = {
            self.buy: 40,
            self.drop_in: 10,
            self.redeem: 15,
            self.capture: 15,
            self.refund: 10,
            self.adjust: 10,
            self.join: 5,
            self.ask_again: 10,
            self.enrol: 2,
            self.sweep: 5,
        }
        (act,) = self.chance.choices(list(acts), list(acts.values()))
        try:
            act(self.chance.choice(self.crowd.members))
        except Refusal as refusal:
            self.done[f"refused {refusal.code}"] += 1
        else:
            self.done[act.__name__] += 1

    def ask(self, request: Callable[[World, str], Answer]) -> Answer:
        key = self.world.key()
        answer = request(self.world, key)
        self.crowd.asked.append((lambda world: request(world, key), answer))
        answer.result()
        return answer

    def buy(self, member: MemberRecord) -> None:
        total = f"{self.chance.randrange(300, 9000) / 100:.2f}"
        channel = self.chance.choice(["store", "web"])
        answer = self.ask(lambda world, key: world.buy(member, total, key=key, channel=channel))
        self.crowd.purchases.append(answer)

    def drop_in(self, member: MemberRecord) -> None:
        self.world.drop_in(member)

    def redeem(self, member: MemberRecord) -> None:
        answer = self.ask(lambda world, key: world.redeem(member, "coffee", key=key))
        self.crowd.vouchers.append((member, str(answer.outcome["voucher_id"])))

    def capture(self, member: MemberRecord) -> None:
        mine = [voucher for of, voucher in self.crowd.vouchers[-9:] if of.id == member.id]
        if mine:
            voucher = self.chance.choice(mine)
            visit_id = self.world.scan(member).id
            self.ask(lambda world, key: world.capture(visit_id, voucher, key=key))

    def refund(self, _member: MemberRecord) -> None:
        if self.crowd.purchases:
            purchase = self.chance.choice(self.crowd.purchases[-20:])
            amount = self.chance.choice([None, None, Decimal(5), Decimal(40)])
            self.ask(lambda world, key: world.refund(purchase, key=key, amount=amount))

    def adjust(self, member: MemberRecord) -> None:
        points = self.chance.choice([-400, -10, 10, 400])
        self.ask(lambda world, key: world.adjust(member, points, key=key))

    def join(self, member: MemberRecord) -> None:
        self.world.join(member, self.chance.choice(CHALLENGES))

    def ask_again(self, _member: MemberRecord) -> None:
        if self.crowd.asked:
            request, first = self.chance.choice(self.crowd.asked[-5:])
            again = request(self.world)
            assert (again.outcome, again.replayed) == (first.outcome, True)

    def enrol(self, _member: MemberRecord) -> None:
        """Several of them let the same person join."""
        self.world.enrol(f"newcomer-{self.chance.randrange(5)}")

    def sweep(self, _member: MemberRecord) -> None:
        self.world.expire()
