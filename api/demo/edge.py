"""Leads the named member of the hour to the edge of a reward, so that a push can be seen."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api import ids
from api.database import Database
from api.demo.cast import NAMED, NamedMember
from api.demo.habits import basket, clerk_of
from gamification.actions.record_purchase import record_purchase
from gamification.actions.targets import Target
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.members import store as members
from gamification.members.rules import MemberRecord
from gamification.points import store as points
from gamification.programme.values import Programme
from gamification.rewards.rules import reward_progress
from gamification.visits import store as visits
from gamification.visits.rules import VISIT_DURATION, Visit

PURCHASES_MAX = 12  # who is further from a reward than that is left alone
POINTS_TO_GO_MAX = 1_500  # about ten visits
DAYTIME_HOURS = range(10, 19)


def member_of_the_hour(now: datetime) -> NamedMember:
    """A named member for whom it is daytime now."""
    return next(
        (each for each in NAMED if now.astimezone(ZoneInfo(each.time_zone)).hour in DAYTIME_HOURS),
        NAMED[0],
    )


def lead_to_the_edge(
    database: Database, programme: Programme, named: NamedMember, *, now: datetime
) -> MemberRecord | None:
    """Let the member buy until a reward is near; the last purchases are news to be told."""
    chance = random.Random(ids.new_id())  # noqa: S311 -- what they drink

    def buy(connection: Connection) -> tuple[MemberRecord | None, bool]:
        member = members.by_subject(connection, named.subject)
        if member is None or _needs_nothing(connection, member, programme, now):
            return member, True
        clerk = clerk_of("old-town")
        visit = Visit(
            id=ids.new_id(),
            member_id=member.id,
            store_id="old-town",
            staff_id=clerk.staff_id or "",
            opened_by="look_up",
            reason="the demo's own purchase",
            flags=int(CodeFlag.EARN),
            opened_at=now - timedelta(seconds=30),
            expires_at=now - timedelta(seconds=30) + VISIT_DURATION,
        )
        visits.add(connection, visit)
        record_purchase(
            connection,
            basket(Target(visit_id=visit.id), chance=chance, key=ids.new_id()),
            Occasion(
                programme=programme,
                actor=clerk,
                now=now,
                new_id=ids.new_id,
                new_code=ids.voucher_code,
            ),
        )
        return member, False

    member = None
    for _ in range(PURCHASES_MAX):
        member, is_there = database.write_now(buy)
        if is_there:
            break
    return member


def _needs_nothing(
    connection: Connection, member: MemberRecord, programme: Programme, now: datetime
) -> bool:
    """Whether a reward is near, or too far: a restart must not go on buying."""
    have = points.holdings(connection, member.id, now=now, with_expiries=False).towards_rewards
    bars = [reward_progress(reward, points=have) for reward in programme.rewards]
    shares = [rule.within for rule in programme.nudges if rule.target == "reward"]
    is_near = any(bar.is_near(within=share) for bar in bars for share in shares)
    to_go = [bar.remaining for bar in bars if bar.remaining]
    return is_near or not to_go or min(to_go) > POINTS_TO_GO_MAX
