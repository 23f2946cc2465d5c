"""A small world for tests: two stores, staff, and members who act through the real actions."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.database import Database
from api.runner import Runner
from gamification.actions.adjust_points import PointsToAdjust, adjust_points
from gamification.actions.capture_voucher import Capture, capture_voucher
from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.actions.join_challenge import join_challenge
from gamification.actions.look_up_member import LookUp, look_up_member
from gamification.actions.record_activity import ActivityToRecord, record_activity
from gamification.actions.record_purchase import Purchase, PurchaseLine, record_purchase
from gamification.actions.record_visit import VisitToRecord, record_visit
from gamification.actions.redeem_reward import Redemption, redeem_reward
from gamification.actions.refund_purchase import Refund, refund_purchase
from gamification.actions.scan_card import CardScan, scan_card
from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from gamification.actions.targets import Target
from gamification.cards import store as cards
from gamification.cards.rules import CardCode, CodeFlag, sign_code
from gamification.effects.occasion import Occasion
from gamification.idempotency.rules import Answer
from gamification.members.rules import MemberRecord, with_check_digit
from gamification.programme.values import Programme
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role
from gamification.stores import store as stores
from gamification.visits.rules import Visit
from tests.seen import Seen

T = TypeVar("T")
START = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)  # a Monday

CLERK = Actor(principal="staff:clerk", role=Role.CLERK, staff_id="clerk", store_id="centre")
MANAGER = Actor(principal="staff:manager", role=Role.MANAGER, staff_id="manager", store_id="centre")
SYSTEM = Actor(principal="staff:till", role=Role.SYSTEM, staff_id="till", store_id="centre")
ELSEWHERE = Actor(principal="staff:other", role=Role.CLERK, staff_id="other", store_id="station")

ALL_FLAGS = CodeFlag.EARN | CodeFlag.REDEEM | CodeFlag.CHECK_IN
KEY_ID = 1  # of the card key


class World(Seen):
    """Two stores and a clock that tests move. Ids, numbers and codes follow from a seed."""

    def __init__(self, database: Database, programme: Programme, *, now: datetime = START) -> None:
        self.database = database
        self.programme = programme
        self.now = now
        self.chance = random.Random(7)  # noqa: S311 -- every run is the same
        self._ids = itertools.count(1)
        self._keys = itertools.count(1)
        self.card_key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        database.write_now(self._open_shop)

    def _open_shop(self, connection: Runner) -> None:
        stores.add(connection, store_id="centre", name="Centre")
        stores.add(connection, store_id="station", name="Station")
        for actor in (CLERK, MANAGER, SYSTEM, ELSEWHERE):
            staff.add(
                connection,
                staff_id=actor.staff_id or "",
                store_id=actor.store_id or "",
                role=actor.role.value,
                label=actor.role.value,
                now=self.now,
            )

    def new_id(self) -> str:
        return f"{next(self._ids):032x}"

    def key(self) -> str:
        return f"key-{next(self._keys)}"

    def new_code(self) -> str:
        return "".join(self.chance.choices("ABCDEFGHJKMNPQRSTVWXYZ23456789", k=8))

    def new_number(self) -> str:
        return with_check_digit(f"{self.chance.randrange(10**9):09d}")

    def occasion(self, actor: Actor = MANAGER, **changes: Any) -> Occasion:
        occasion = Occasion(
            programme=self.programme,
            actor=actor,
            now=self.now,
            new_id=self.new_id,
            new_code=self.new_code,
        )
        return replace(occasion, **changes)

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def as_member(self, member: MemberRecord) -> Actor:
        return Actor(principal=f"member:{member.id}", role=Role.MEMBER, member_id=member.id)

    def enrol(
        self,
        name: str = "Ola",
        *,
        locale: str = "pl",
        subject: str | None = None,
        time_zone: str = "Europe/Warsaw",
        **more: Any,
    ) -> MemberRecord:
        request = Enrolment(
            subject=subject or f"subject-{name}",
            display_name=name,
            locale=locale,
            time_zone=time_zone,
            **more,
        )
        member, _ = self.write(
            lambda c: enrol_member(
                c,
                request,
                self.occasion(),
                new_number=self.new_number,
                new_handle=lambda: self.chance.randbytes(8),
            )
        )
        return member

    def buy(
        self,
        member: MemberRecord,
        total: str = "10.00",
        *,
        lines: tuple[PurchaseLine, ...] = (),
        receipt: str | None = None,
        key: str | None = None,
        actor: Actor = MANAGER,
        **more: Any,
    ) -> Answer:
        request = Purchase(
            target=Target(member_number=member.number),
            total=Decimal(total),
            lines=lines,
            receipt=receipt,
            idempotency_key=key or self.key(),
            **more,
        )
        return self.record(request, actor)

    def eat_pastries(
        self, member: MemberRecord, quantity: int, *, each: str = "2.40", **more: Any
    ) -> Answer:
        total = Decimal(each) * quantity
        line = PurchaseLine(name="Pączek", category="pastry", quantity=quantity, amount=total)
        return self.buy(member, str(total), lines=(line,), **more)

    def record(self, request: Purchase, actor: Actor = MANAGER) -> Answer:
        return self.write(lambda c: record_purchase(c, request, self.occasion(actor)))

    def drop_in(self, member: MemberRecord) -> Answer:
        target = Target(member_number=member.number)
        request = VisitToRecord(target=target, idempotency_key=self.key())
        return self.write(lambda c: record_visit(c, request, self.occasion()))

    def do(
        self,
        member: MemberRecord,
        kind: str,
        *,
        key: str | None = None,
        actor: Actor = SYSTEM,
        occurred_at: datetime | None = None,
        **attributes: int | str | bool,
    ) -> Answer:
        request = ActivityToRecord(
            target=Target(member_number=member.number),
            kind=kind,
            attributes=attributes,
            idempotency_key=key or self.key(),
            occurred_at=occurred_at,
        )
        return self.write(lambda c: record_activity(c, request, self.occasion(actor)))

    def card_code(self, member: MemberRecord, *, flags: CodeFlag = ALL_FLAGS) -> str:
        handle = self.read(lambda c: cards.current_handle(c, member.id))
        code = CardCode(
            kid=KEY_ID,
            handle=handle or b"",
            issued_at=self.now.replace(microsecond=0),
            flags=flags,
            nonce=self.chance.randbytes(8),
        )
        return sign_code(code, private_key=self.card_key)

    def scan_code(self, code: str, actor: Actor = CLERK, *, store_id: str | None = None) -> Visit:
        request = CardScan(code=code, store_id=store_id)
        keys = {KEY_ID: self.card_key.public_key()}
        visit, _ = self.write(
            lambda c: scan_card(c, request, self.occasion(actor), public_keys=keys)
        )
        return visit

    def scan(
        self, member: MemberRecord, *, flags: CodeFlag = ALL_FLAGS, actor: Actor = CLERK
    ) -> Visit:
        return self.scan_code(self.card_code(member, flags=flags), actor)

    def look_up(
        self, number: str, *, reason: str = "phone is empty", actor: Actor = CLERK
    ) -> Visit:
        request = LookUp(number=number, reason=reason)
        visit, _ = self.write(lambda c: look_up_member(c, request, self.occasion(actor)))
        return visit

    def refund(
        self, purchase: Answer, *, key: str | None = None, actor: Actor = MANAGER, **part: Any
    ) -> Answer:
        request = Refund(
            purchase_id=purchase.outcome["activity_id"],
            receipt=None,
            idempotency_key=key or self.key(),
            **part,
        )
        return self.write(lambda c: refund_purchase(c, request, self.occasion(actor)))

    def adjust(
        self,
        member: MemberRecord,
        points: int,
        *,
        reason: str = "the machine broke down",
        key: str | None = None,
        actor: Actor = MANAGER,
    ) -> Answer:
        request = PointsToAdjust(
            target=Target(member_number=member.number),
            points=points,
            reason=reason,
            idempotency_key=key or self.key(),
        )
        return self.write(lambda c: adjust_points(c, request, self.occasion(actor)))

    def redeem(self, member: MemberRecord, reward_id: str, *, key: str | None = None) -> Answer:
        request = Redemption(reward_id=reward_id, idempotency_key=key or self.key())
        return self.write(
            lambda c: redeem_reward(c, request, self.occasion(self.as_member(member)))
        )

    def capture(self, visit_id: str, voucher: str, *, key: str | None = None) -> Answer:
        request = Capture(visit_id=visit_id, voucher=voucher, idempotency_key=key or self.key())
        return self.write(lambda c: capture_voucher(c, request, self.occasion(CLERK)))

    def join(self, member: MemberRecord, challenge_id: str, *, actor: Actor | None = None) -> str:
        occasion = self.occasion(actor or self.as_member(member))
        return self.write(lambda c: join_challenge(c, challenge_id, occasion))

    def expire(self) -> None:
        self.write(lambda c: sweep_points(c, self.occasion()))
        self.write(lambda c: lapse_vouchers(c, self.occasion()))
