"""What I11 is judged by: the history of some members, as it is stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from gamification.activities.tables import Activity
from gamification.database import Connection, TextList, one_of, table_of
from gamification.facts import FactKind
from gamification.goals.tables import Award, Bucket, Participation
from gamification.timeline.tables import Fact

_activity = table_of(Activity)
_award = table_of(Award)
_bucket = table_of(Bucket)
_fact = table_of(Fact)
_joined = table_of(Participation)
_members = bindparam("member_ids", type_=TextList)

# The order in which a member's activities were recorded is that of their facts: a clock may
# stand still or step back between two of them, a fact's number does not.
_first_fact = (
    select(_fact.c.member_id, _fact.c.activity_id, func.min(_fact.c.number).label("number"))
    .where(one_of(_fact.c.member_id, _members), _fact.c.activity_id.is_not(None))
    .group_by(_fact.c.member_id, _fact.c.activity_id)
    .subquery("first_fact")
)
_ACTIVITIES = (
    select(
        _activity.c.id,
        _activity.c.member_id,
        _activity.c.kind,
        _activity.c.occurred_at,
        _activity.c.recorded_at,
        _activity.c.effects,
        _activity.c.programme_version,
        _first_fact.c.number,
    )
    .select_from(_activity.outerjoin(_first_fact, _first_fact.c.activity_id == _activity.c.id))
    .where(one_of(_activity.c.member_id, _members))
)
_AWARDS = select(*_award.columns).where(one_of(_award.c.member_id, _members)).order_by(_award.c.id)
_BUCKETS = select(*_bucket.columns).where(one_of(_bucket.c.member_id, _members))
_JOINED = select(*_joined.columns).where(one_of(_joined.c.member_id, _members))
_FACTS = (
    select(
        _fact.c.member_id,
        _fact.c.number,
        _fact.c.kind,
        _fact.c.params,
        _fact.c.activity_id,
        _fact.c.recorded_at,
        _fact.c.programme_version,
    )
    .where(
        one_of(_fact.c.member_id, _members),
        or_(
            *(
                _fact.c.kind == kind.value
                for kind in (
                    FactKind.TIER_REACHED,
                    FactKind.TIER_LOST,
                    FactKind.CHALLENGE_JOINED,
                )
            )
        ),
    )
    .order_by(_fact.c.member_id, _fact.c.number)
)


@dataclass(kw_only=True, slots=True)
class History:
    """The stored rows of one member. `facts` are those of tiers and of joining."""

    activities: list[Any] = field(default_factory=list)
    awards: list[Any] = field(default_factory=list)
    buckets: list[Any] = field(default_factory=list)
    joined: list[Any] = field(default_factory=list)
    facts: list[Any] = field(default_factory=list)


def histories(connection: Connection, member_ids: Sequence[str]) -> dict[str, History]:
    """The history of each of these members, in five statements."""
    found: dict[str, History] = defaultdict(History)
    for name, statement in (
        ("activities", _ACTIVITIES),
        ("awards", _AWARDS),
        ("buckets", _BUCKETS),
        ("joined", _JOINED),
        ("facts", _FACTS),
    ):
        for row in connection.all(statement, member_ids=list(member_ids)):
            getattr(found[row.member_id], name).append(row)
    return {member_id: found[member_id] for member_id in member_ids}
