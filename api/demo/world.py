"""Plays a year of the café through the real actions, on a clock that moves."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from api import ids
from api.codes import fresh_code
from api.database import Database
from api.demo.cast import REVIEWS, STAFF, STORES
from api.demo.habits import DAYS, Event, Guest, basket, clerk_of, events_of, guests_of
from api.keys import CardKeys
from gamification.actions.capture_voucher import Capture, capture_voucher
from gamification.actions.claim_activity import ActivityToClaim, claim_activity
from gamification.actions.enrol_member import Enrolment, enrol_member
from gamification.actions.join_challenge import join_challenge
from gamification.actions.record_purchase import record_purchase
from gamification.actions.redeem_reward import Redemption, redeem_reward
from gamification.actions.scan_card import CardScan, scan_card
from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from gamification.actions.targets import Target
from gamification.cards import store as cards
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord, with_check_digit
from gamification.points import store as points
from gamification.programme.values import Programme
from gamification.staff import store as staff
from gamification.staff.rules import Actor, Role
from gamification.stores import store as stores
from gamification.timeline import store as timeline
from gamification.visits.rules import Visit
from notifications.actions.register_device import DeviceToRegister, register_device
from notifications.actions.set_consent import ConsentToSet, set_consent

SEED = 8  # the same members and habits each time; only the dates move with the calendar
CONSENTING = 0.7
MEMBERS_MAX = 20_000


class World:
    """Builds the demo's year into an empty database."""

    def __init__(
        self, database: Database, programme: Programme, *, keys: CardKeys, now: datetime
    ) -> None:
        self._database = database
        self._programme = programme
        self._keys = keys
        self._now = now
        self._chance = random.Random(SEED)  # noqa: S311 -- habits, not secrets

    def build(self, members: int, *, progress: Callable[[int, int], None]) -> int:
        """Play the year; `progress` gets (days done, days). Returns how many visits there were."""
        self._database.write_now(self._open_shop)
        guests = guests_of(members, chance=self._chance)
        there = self._now.astimezone(self._programme.zone)
        events = sorted(
            events_of(guests, now=there, chance=self._chance),
            key=lambda event: (event.at, event.who),
        )
        for done, (_, day) in enumerate(groupby(events, key=lambda event: event.at.date()), 1):
            self._database.write_now(partial(self._play, guests=guests, events=list(day)))
            progress(min(done, DAYS), DAYS)
        self._database.write_now(partial(self._review, guests=guests))
        self._database.write_now(self._forget_marks)
        progress(DAYS, DAYS)
        return sum(event.what == "buy" for event in events)

    def _open_shop(self, connection: Connection) -> None:
        opened = self._now - timedelta(days=DAYS + 1)
        for store_id, name in STORES:
            stores.add(connection, store_id=store_id, name=name)
        for each in STAFF:
            staff.add(
                connection,
                staff_id=each.id,
                store_id=each.store_id,
                role=each.role.value,
                label=each.label,
                now=opened,
            )

    def _play(self, connection: Connection, *, guests: list[Guest], events: list[Event]) -> None:
        for event in events:
            guest = guests[event.who]
            if event.what == "join":
                guest.record = self._join(connection, guest, event.at)
            elif guest.record is not None and event.at < self._now:
                self._visit(connection, guest, guest.record, event.at)

        self._sweep(connection, events[-1].at)

    def _sweep(self, connection: Connection, now: datetime) -> None:
        occasion = self._occasion(Actor(principal="demo", role=Role.SYSTEM), now)
        while lapse_vouchers(connection, occasion):
            pass
        sweep_points(connection, occasion)

    def _review(self, connection: Connection, *, guests: list[Guest]) -> None:
        """Named members say what they had: so much waits for staff on their page."""
        by_subject = {guest.subject: guest for guest in guests}
        for hours, each in enumerate(REVIEWS, 1):
            guest = by_subject.get(each.subject)
            if guest is None or guest.record is None:
                continue
            now = self._now - timedelta(hours=hours)
            request = ActivityToClaim(
                kind="review",
                attributes={"product": each.product, "rating": each.rating, "text": each.text},
                idempotency_key=ids.new_id_at(now),
            )
            occasion = self._occasion(_as_member(guest, guest.record), now)
            self._try(partial(claim_activity, connection, request, occasion))

    def _forget_marks(self, connection: Connection) -> None:
        """Nobody is told today of a consent that was given last spring."""
        marks = timeline.take_fresh(connection, most=MEMBERS_MAX)
        timeline.looked_at(connection, marks, today=local_day(self._now, self._programme))

    def _occasion(self, actor: Actor, now: datetime) -> Occasion:
        return Occasion(
            programme=self._programme,
            actor=actor,
            now=now,
            new_id=lambda: ids.new_id_at(now),
            new_code=ids.voucher_code,
            announce=False,
        )

    def _join(self, connection: Connection, guest: Guest, now: datetime) -> MemberRecord:
        request = Enrolment(
            subject=guest.subject,
            display_name=guest.name,
            locale=guest.locale,
            time_zone=guest.time_zone,
        )
        actor = Actor(principal=f"member:{guest.subject}", role=Role.MEMBER)
        record, _ = enrol_member(
            connection,
            request,
            self._occasion(actor, now),
            new_number=lambda: with_check_digit(f"{self._chance.randrange(10**9):09d}"),
            new_handle=lambda: ids.random_bytes(8),
        )
        if guest.subject.startswith("guest-") and self._chance.random() > CONSENTING:
            return record
        device = DeviceToRegister(
            member_id=record.id,
            address_kind="fid",
            address=f"demo-{guest.subject}",
            platform="android",
        )
        register_device(connection, device, self._occasion(actor, now))
        consent = ConsentToSet(
            member_id=record.id,
            category="marketing",
            channel="push",
            granted=True,
            text_version="2026-01",
            source="app",
        )
        set_consent(connection, consent, now=now)
        return record

    def _visit(
        self, connection: Connection, guest: Guest, member: MemberRecord, now: datetime
    ) -> None:
        as_member = _as_member(guest, member)
        clerk = clerk_of(guest.store_id)
        visit = self._scan(connection, member, clerk, now)
        record_purchase(
            connection,
            basket(Target(visit_id=visit.id), chance=self._chance, key=ids.new_id_at(now)),
            self._occasion(clerk, now + timedelta(seconds=40)),
        )
        if self._chance.random() < 0.05:  # noqa: PLR2004 -- how often somebody opens the app
            challenge = self._chance.choice(self._programme.challenges)
            self._try(
                lambda: join_challenge(connection, challenge.id, self._occasion(as_member, now))
            )
        if not guest.saves_up:
            self._redeem(connection, as_member, clerk, visit, now)

    def _redeem(
        self, connection: Connection, member: Actor, clerk: Actor, visit: Visit, now: datetime
    ) -> None:
        balances = points.balances(connection, member.member_id or "")
        have = balances["available"] + balances["debt"]  # which is stored below 0
        affordable = [r for r in self._programme.rewards if r.cost <= have]
        if not affordable or self._chance.random() > 0.3:  # noqa: PLR2004 -- a share of the visits
            return
        reward = max(affordable, key=lambda reward: reward.cost)
        bought = redeem_reward(
            connection,
            Redemption(reward_id=reward.id, idempotency_key=ids.new_id_at(now)),
            self._occasion(member, now + timedelta(seconds=60)),
        )
        if self._chance.random() < 0.8:  # noqa: PLR2004 -- most use it at once
            capture_voucher(
                connection,
                Capture(
                    visit_id=visit.id,
                    voucher=bought.outcome["voucher_id"],
                    idempotency_key=ids.new_id_at(now),
                ),
                self._occasion(clerk, now + timedelta(seconds=90)),
            )

    def _scan(
        self, connection: Connection, member: MemberRecord, clerk: Actor, now: datetime
    ) -> Visit:
        handle = cards.current_handle(connection, member.id) or b""
        text, _ = fresh_code(handle, keys=self._keys, now=now)
        visit, _ = scan_card(
            connection,
            CardScan(code=text),
            self._occasion(clerk, now + timedelta(seconds=5)),
            public_keys=self._keys.public_keys,
        )
        return visit

    @staticmethod
    def _try(action: Callable[[], object]) -> None:
        try:
            action()
        except Refusal:
            return


def _as_member(guest: Guest, member: MemberRecord) -> Actor:
    return Actor(principal=f"member:{guest.subject}", role=Role.MEMBER, member_id=member.id)
