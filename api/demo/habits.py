"""Habits: who comes when to the demo's café, and what they buy."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from api.demo.cast import COFFEES, EXTRAS, FIRST_NAMES, LAST_NAMES, NAMED, STAFF, STORES, Product
from gamification.actions.record_purchase import Purchase, PurchaseLine
from gamification.actions.targets import Target
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Actor, Role

DAYS = 365
OPENING_HOURS = (7, 19)
VISITS_A_YEAR_MEDIAN = 18  # a wide spread around it: most come now and then, a few every day
VISITS_A_YEAR_SPREAD = 1.0
VISITS_A_YEAR_MAX = 220


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Somebody does something at a moment: `what` is join or buy."""

    at: datetime
    who: int
    what: str


@dataclass(kw_only=True, slots=True)
class Guest:
    """A member of the demo with their habits."""

    subject: str
    name: str
    locale: str
    time_zone: str
    store_id: str
    visits: int
    saves_up: bool
    record: MemberRecord | None = None


def guests_of(members: int, *, chance: random.Random) -> list[Guest]:
    """The named members first, then others with habits of their own."""
    named = [
        Guest(
            subject=each.subject,
            name=each.name,
            locale=each.locale,
            time_zone=each.time_zone,
            store_id=STORES[0][0],
            visits=60,
            saves_up=False,
        )
        for each in NAMED
    ]
    others = [
        Guest(
            subject=f"guest-{number}",
            name=f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}",
            locale=chance.choice(("pl", "pl", "pl", "en", "ru", "zh-Hant")),
            time_zone="Europe/Warsaw",
            store_id=chance.choice(STORES)[0],
            visits=min(
                int(VISITS_A_YEAR_MEDIAN * chance.lognormvariate(0, VISITS_A_YEAR_SPREAD)) + 1,
                VISITS_A_YEAR_MAX,
            ),
            saves_up=chance.random() < 0.3,  # noqa: PLR2004 -- a share of the members
        )
        for number in range(max(members - len(named), 0))
    ]
    return named[:members] + others


def events_of(guests: list[Guest], *, now: datetime, chance: random.Random) -> Iterator[Event]:
    """When each joins and comes by within the last year; `now` is in the shop's zone."""
    first_day = now - timedelta(days=DAYS)
    for who, guest in enumerate(guests):
        joined = chance.randrange(1, DAYS * 2 // 3) if who >= len(NAMED) else 3
        yield Event(at=(first_day + timedelta(days=joined)).astimezone(UTC), who=who, what="join")
        left = DAYS - 1 - joined
        for day in sorted(chance.choices(range(left), k=guest.visits * left // DAYS)):
            hour = chance.uniform(*OPENING_HOURS)
            midnight = (first_day + timedelta(days=joined + 1 + day)).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            at = (midnight + timedelta(hours=hour)).astimezone(UTC)
            yield Event(at=at, who=who, what="buy")


def clerk_of(store_id: str) -> Actor:
    """The clerk who serves in a store."""
    clerk = next(s for s in STAFF if s.store_id == store_id and s.role is Role.CLERK)
    return Actor(
        principal=f"clerk:{clerk.id}", role=Role.CLERK, staff_id=clerk.id, store_id=store_id
    )


def basket(target: Target, *, chance: random.Random, key: str) -> Purchase:
    """A coffee or two, often with something to eat."""
    lines: dict[Product, int] = {chance.choice(COFFEES): chance.choice((1, 1, 1, 2))}
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        lines.setdefault(chance.choice(EXTRAS), 1)
    return Purchase(
        target=target,
        total=Decimal(sum(p.price_minor * n for p, n in lines.items())).scaleb(-2),
        idempotency_key=key,
        lines=tuple(
            PurchaseLine(
                name=product.name,
                category=product.category,
                quantity=quantity,
                amount=Decimal(product.price_minor * quantity).scaleb(-2),
            )
            for product, quantity in lines.items()
        ),
    )
