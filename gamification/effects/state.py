"""What a write must know of a member before it decides."""

from dataclasses import dataclass
from datetime import date, datetime

from gamification.database import Connection
from gamification.goals import store as goals
from gamification.goals.rules import GoalInCycle, Held, badge_goal, challenge_goal
from gamification.members.rules import MemberRecord
from gamification.points import due
from gamification.points.rules import AccountKind, Lot
from gamification.programme.values import Programme
from gamification.progress import CountKey, Counts, count_key
from gamification.segments.rules import NOWHERE, Placing
from gamification.timeline import store as timeline
from gamification.windows import EVER


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberState:
    """A member as the rules see one: balances, what was counted, won and joined.

    `cooled_lots` have cooled off and `due_lots` have run out, and nobody has seen to it yet.
    """

    member: MemberRecord
    balances: dict[AccountKind, int]
    cooled_lots: list[Lot]
    due_lots: list[Lot]
    counts: Counts
    held: Held
    fact_number: int
    placing: Placing = NOWHERE  # where it matters to what is decided


def keys_of(programme: Programme, day: date) -> list[CountKey]:
    """What must be counted to judge every goal on a day; the ladder's key comes first."""
    return [
        programme.ladder.key(day),
        *(count_key(badge.measure, badge.window.span(day)) for badge in programme.badges),
        *(
            count_key(challenge.goal.measure, challenge.goal.window.span(day))
            for challenge in programme.challenges
        ),
        *(count_key(card.measure, EVER.span(day)) for card in programme.stamps),
    ]


def goals_on(programme: Programme, day: date) -> list[GoalInCycle]:
    """What can be won on a day, and what rests on what was counted on it: goals in cycles."""
    return [
        *((badge_goal(badge.id), badge.window.span(day).cycle) for badge in programme.badges),
        *(
            (challenge_goal(challenge.id), challenge.goal.window.span(day).cycle)
            for challenge in programme.challenges
        ),
    ]


def local_day(moment: datetime, programme: Programme) -> date:
    """The day in the programme's zone, which rules money and tiers."""
    return moment.astimezone(programme.zone).date()


def gather(
    connection: Connection,
    member: MemberRecord,
    programme: Programme,
    *,
    now: datetime,
    day: date | None = None,
) -> MemberState:
    """Lock a member and read their state. `day` is another day whose windows matter too."""
    fact_number = timeline.lock(connection, member.id)
    days = sorted({local_day(now, programme), day or local_day(now, programme)})
    keys = [key for each in days for key in keys_of(programme, each)]
    balances, cooled_lots, due_lots = due.balances_and_due_lots(connection, member.id, now=now)
    return MemberState(
        member=member,
        balances=balances,
        cooled_lots=cooled_lots,
        due_lots=due_lots,
        counts=goals.counts(connection, member.id, keys),
        held=goals.held(
            connection, member.id, [goal for each in days for goal in goals_on(programme, each)]
        ),
        fact_number=fact_number,
    )
