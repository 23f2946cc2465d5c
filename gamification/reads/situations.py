"""Where many members stand at once, a statement for all of them: what nudges are decided by."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Any

from gamification.database import Connection
from gamification.effects.placing import facts_of
from gamification.effects.state import goals_on, keys_of, local_day
from gamification.goals.rules import GoalInCycle
from gamification.members.rules import MemberRecord
from gamification.programme.values import Programme
from gamification.progress import Counts
from gamification.reads import of_many
from gamification.segments.rules import Facts

NEWS_FOR = timedelta(hours=24)
"""What happened longer ago is no news any more."""

FACTS_LOOKED_AT = 30
"""The newest facts of a member, among which the news are looked for."""


class Part(Enum):
    """What a situation is made of; each is one statement for all members."""

    POINTS = auto()
    EXPIRIES = auto()
    COUNTS = auto()
    LADDER_DAYS = auto()
    WON = auto()
    JOINED = auto()
    REDEEMED = auto()
    VOUCHERS = auto()
    NEWS = auto()
    KNOWN = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Where a member stands at `now`. A part that was not asked for is empty.

    `points` count towards rewards: a debt is taken off, so they may be negative. `expiring` are
    (when, points), soonest first; `won` are (goal, level, cycle); `news` are facts of the last day,
    oldest first; `ladder_days` are what was counted on each day of the ladder's window.
    """

    member: MemberRecord
    now: datetime
    today: date  # in the programme's zone
    points: int = 0
    expiring: Sequence[tuple[datetime, int]] = ()
    counts: Counts = field(default_factory=dict)
    ladder_days: Sequence[tuple[date, int]] = ()
    won: AbstractSet[tuple[str, int, str]] = frozenset()
    joined: AbstractSet[GoalInCycle] = frozenset()
    times_redeemed: Mapping[str, int] = field(default_factory=dict)
    vouchers: Sequence[Any] = ()
    news: Sequence[Any] = ()
    known: Facts | None = None


def read_situations(
    connection: Connection,
    members: Iterable[MemberRecord],
    programme: Programme,
    *,
    now: datetime,
    parts: AbstractSet[Part],
    within: timedelta = timedelta(0),
) -> list[Situation]:
    """The situations of members, in their order, in a constant number of statements.

    Points and vouchers that end are looked for up to `within` from now.
    """
    people = list(members)
    if not people:
        return []
    ids = [member.id for member in people]
    today, until = local_day(now, programme), now + within
    keys, goals = list(dict.fromkeys(keys_of(programme, today))), goals_on(programme, today)

    def ask(part: Part, question: Callable[..., of_many.Found], *about: Any, **more: Any) -> Any:
        return question(connection, ids, *about, **more) if part in parts else defaultdict(list)

    points = ask(Part.POINTS, of_many.points, now=now)
    expiring = ask(Part.EXPIRIES, of_many.expiring, now=now, until=until)
    counts = ask(Part.COUNTS, of_many.counts, keys)
    days = ask(Part.LADDER_DAYS, of_many.days, programme.ladder.key(today))
    won = ask(Part.WON, of_many.won, goals)
    joined = ask(Part.JOINED, of_many.joined, goals)
    redeemed = ask(Part.REDEEMED, of_many.times_redeemed)
    vouchers = ask(Part.VOUCHERS, of_many.vouchers, now=now, until=until)
    news = ask(Part.NEWS, of_many.newest_facts, since=now - NEWS_FOR, most_each=FACTS_LOOKED_AT)
    known = facts_of(connection, ids, programme, now=now) if Part.KNOWN in parts else {}
    return [
        Situation(
            member=member,
            now=now,
            today=today,
            points=sum(points[member.id]),
            expiring=expiring[member.id],
            counts=dict.fromkeys(keys, 0) | dict(counts[member.id]),
            ladder_days=days[member.id],
            won=frozenset(won[member.id]),
            joined=frozenset(joined[member.id]),
            times_redeemed=dict(redeemed[member.id]),
            vouchers=vouchers[member.id],
            news=news[member.id],
            known=known.get(member.id),
        )
        for member in people
    ]
