"""Which segments members are in: what there is to know of them, in one statement.

It is the same for one member and for all of them, so that both get the same answer. It joins
nouns, and so stands here and in no noun's store. For each member it looks at the buckets of two
measures, of at most a year, by their key: its cost does not grow with what a member ever did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, cast, func, select

from gamification.consents.tables import Consent
from gamification.database import Connection, TextList, one_of, table_of, words_of
from gamification.effects.state import local_day
from gamification.goals.rules import TOTAL
from gamification.goals.tables import Bucket
from gamification.members.tables import Member
from gamification.programme.values import Programme
from gamification.segments.rules import (
    NOWHERE,
    QUARTER_DAYS,
    YEAR_DAYS,
    Facts,
    Placing,
    days_since,
    first_day,
    interval_days,
    segments_of,
)
from gamification.tags.tables import Tag

_member = table_of(Member)
_bucket = table_of(Bucket)
_tag = table_of(Tag)
_consent = table_of(Consent)


def _counted(what: ColumnElement[Any], *, of: str, since: str, until: str = "today") -> Select[Any]:
    """Something over a member's buckets of a measure, from one day to another."""
    return select(what).where(
        _bucket.c.member_id == _member.c.id,
        _bucket.c.measure == bindparam(of),
        _bucket.c.day.between(bindparam(since), bindparam(until)),
    )


def _amount(*, of: str, since: str, until: str = "today") -> ColumnElement[int]:
    amount = cast(func.coalesce(func.sum(_bucket.c.amount), 0), BigInteger)
    return _counted(amount, of=of, since=since, until=until).scalar_subquery()


def _days_with_a_visit(what: ColumnElement[Any], *, since: str) -> ColumnElement[Any]:
    """A refund leaves a bucket of nothing, and the sum of all days is no day."""
    counted = _counted(what, of="visits", since=since)
    return counted.where(_bucket.c.amount > 0, _bucket.c.day > TOTAL).scalar_subquery()


def _words(words: ColumnElement[str], *which: ColumnElement[bool]) -> ColumnElement[str]:
    """Ids, in which no blank stands, with blanks between them; or NULL."""
    return select(words_of(words)).where(*which).scalar_subquery()


_PEOPLE = (
    select(
        _member.c.id,
        _member.c.number,
        _member.c.locale,
        _member.c.joined_at,
        _amount(of="ladder", since="ladder_first", until="ladder_last").label("standing"),
        _amount(of="spend", since="total", until="total").label("spend"),
        _amount(of="spend", since="quarter").label("spend_90"),
        _amount(of="spend", since="year").label("spend_365"),
        _amount(of="visits", since="total", until="total").label("visits"),
        _amount(of="visits", since="quarter").label("visits_90"),
        _amount(of="visits", since="year").label("visits_365"),
        _days_with_a_visit(func.max(_bucket.c.day), since="total").label("last_visit"),
        _days_with_a_visit(func.min(_bucket.c.day), since="year").label("first_in_year"),
        _days_with_a_visit(func.max(_bucket.c.day), since="year").label("last_in_year"),
        _days_with_a_visit(func.count(), since="year").label("days_in_year"),
        _words(_tag.c.tag, _tag.c.member_id == _member.c.id).label("tags"),
        _words(
            _consent.c.category + ":" + _consent.c.channel,
            _consent.c.member_id == _member.c.id,
            _consent.c.granted.is_(True),
        ).label("consents"),
    )
    # A forgotten member has their id for a number.
    .where(_member.c.number != _member.c.id)
    .order_by(_member.c.id)
)
_BETWEEN = _PEOPLE.where(_member.c.id.between(bindparam("first"), bindparam("last")))
_OF = _PEOPLE.where(one_of(_member.c.id, bindparam("ids", type_=TextList)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A member, what is known of them, and the segments they are in."""

    member_id: str
    number: str
    facts: Facts
    placing: Placing


def place_all(
    connection: Connection, programme: Programme, *, first: str, last: str, now: datetime
) -> Iterator[Placed]:
    """Every member from one id to another, both included, in the order of the ids.

    Who was forgotten is nobody, and left out.
    """
    today = local_day(now, programme)
    rows = connection.all(_BETWEEN, first=first, last=last, **_counted_on(programme, today))
    for row in rows:
        facts = _facts_of(row, programme, now=now, today=today)
        yield Placed(
            member_id=row.id,
            number=row.number,
            facts=facts,
            placing=segments_of(programme.segments, facts, now=now),
        )


def place(
    connection: Connection, member_id: str, programme: Programme, *, now: datetime
) -> Placing:
    """The segments of one member; none for who was forgotten."""
    people = place_all(connection, programme, first=member_id, last=member_id, now=now)
    return next((each.placing for each in people), NOWHERE)


def facts_of(
    connection: Connection, ids: Sequence[str], programme: Programme, *, now: datetime
) -> dict[str, Facts]:
    """What is known of these members, by id. Who was forgotten is nobody, and left out."""
    today = local_day(now, programme)
    rows = connection.all(_OF, ids=list(ids), **_counted_on(programme, today))
    return {row.id: _facts_of(row, programme, now=now, today=today) for row in rows}


def _counted_on(programme: Programme, today: date) -> dict[str, Any]:
    ladder, ladder_first, ladder_last = programme.ladder.key(today)
    return {
        "today": today,
        "total": TOTAL,
        "quarter": first_day(today, days=QUARTER_DAYS),
        "year": first_day(today, days=YEAR_DAYS),
        "spend": programme.segments.spend,
        "visits": programme.segments.visits,
        "ladder": ladder,
        "ladder_first": ladder_first or TOTAL,
        "ladder_last": ladder_last or TOTAL,
    }


def _facts_of(row: Any, programme: Programme, *, now: datetime, today: date) -> Facts:
    ladder = programme.ladder
    return Facts(
        tier=ladder.standing({ladder.key(today): row.standing}, today=today).id,
        days=max((now - row.joined_at).days, 0),
        locale=row.locale,
        spend=row.spend,
        spend_90=row.spend_90,
        spend_365=row.spend_365,
        visits=row.visits,
        visits_90=row.visits_90,
        visits_365=row.visits_365,
        days_since_visit=days_since(row.last_visit, today=today),
        interval_days=interval_days(
            first=row.first_in_year, last=row.last_in_year, visit_days=row.days_in_year
        ),
        tags=tuple(sorted((row.tags or "").split())),
        consents=tuple(sorted((row.consents or "").split())),
    )
