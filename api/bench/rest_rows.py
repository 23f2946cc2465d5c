"""The rows of a member's home screen, read by hand-written SQL on the bare driver."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gamification.goals.rules import TOTAL, badge_goal, challenge_goal
from gamification.programme.values import Programme
from gamification.progress import end_of_day
from gamification.windows import Span, Window

FACTS = 10  # as in Home.graphql
LINES = 5  # of the inbox; likewise

_WHO = """
    SELECT member.id, number, locale, joined_at, display_name, (
        SELECT handle FROM card WHERE member_id = member.id AND revoked_at IS NULL
        ORDER BY issued_at DESC LIMIT 1)
    FROM person JOIN member ON member.id = member_id WHERE subject = ?"""
_ACCOUNTS = "SELECT kind, balance, lifetime FROM account WHERE member_id = ?"
_LOTS = """
    SELECT expires_at, sum(remaining) FROM lot WHERE member_id = ? AND remaining > 0
    GROUP BY expires_at ORDER BY expires_at"""
_DAYS = """
    SELECT 0, day, amount FROM bucket
    WHERE member_id = ?1 AND measure = ? AND day BETWEEN ? AND ?"""
_SUM = """
    UNION ALL SELECT {at}, NULL, coalesce(sum(amount), 0) FROM bucket
    WHERE member_id = ?1 AND measure = ? AND day BETWEEN ? AND ?"""
_HELD = """
    SELECT goal, level, cycle, awarded_at FROM award
    WHERE member_id = ?1 AND withdrawn_at IS NULL
    UNION ALL SELECT goal, 0, cycle, NULL FROM participation WHERE member_id = ?1"""
_VOUCHERS = """
    SELECT id, code, reward_id, expires_at FROM voucher
    WHERE member_id = ? AND state = 'open' AND expires_at > ? ORDER BY id"""
_FACTS = f"""
    SELECT number, kind, params, occurred_at FROM fact
    WHERE member_id = ? ORDER BY number DESC LIMIT {FACTS + 1}"""  # noqa: S608 -- a number of ours
_LINES = "FROM nudge WHERE member_id = ?1 AND state = 'sent' AND archived_at IS NULL"
_INBOX = f"""
    SELECT id, rule, params, target_kind, target_id, sent_at, read_at,
        (SELECT count(*) {_LINES} AND read_at IS NULL)
    {_LINES} ORDER BY id DESC LIMIT {LINES + 1}"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A badge or challenge on one day: how awards name it, in which cycle, until when."""

    goal: str
    cycle: str
    runs: bool
    deadline: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """What follows from the date alone: the statement that counts, and the windows."""

    count: str
    spans: tuple[str, ...]  # measure, first and last day of each part of `count`
    ladder: Bar
    badges: tuple[Bar, ...]
    challenges: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeRows:
    """Rows as SQLite has them. `counts` are those of the badges, then of the challenges."""

    who: tuple[Any, ...]
    accounts: dict[str, tuple[int, int]]
    lots: list[tuple[str, int]]
    days: list[tuple[str, int]]
    counts: list[int]
    held: dict[tuple[str, int, str], str | None]
    vouchers: list[tuple[Any, ...]]
    facts: list[tuple[Any, ...]]
    inbox: list[tuple[Any, ...]]


def open_reader(path: Path) -> sqlite3.Connection:
    """A reading connection whose statements are prepared once each."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -16000")
    return connection


def today_of(programme: Programme, day: date) -> Today:
    """The windows of a programme as they lie on a day."""
    goals = [
        ("", programme.ladder.measure, programme.ladder.window),
        *((badge_goal(badge.id), badge.measure, badge.window) for badge in programme.badges),
        *((challenge_goal(c.id), c.goal.measure, c.goal.window) for c in programme.challenges),
    ]
    spans: list[str] = []
    bars: list[Bar] = []
    for goal, measure, window in goals:
        span = window.span(day)
        spans += (measure, (span.first or TOTAL).isoformat(), (span.last or TOTAL).isoformat())
        bars.append(
            Bar(
                goal=goal,
                cycle=span.cycle,
                runs=span.covers(day),
                deadline=_deadline(window, span, programme),
            )
        )
    badges = len(programme.badges)
    return Today(
        count=_DAYS + "".join(_SUM.format(at=at) for at in range(1, len(goals))),
        spans=tuple(spans),
        ladder=bars[0],
        badges=tuple(bars[1 : badges + 1]),
        challenges=tuple(bars[badges + 1 :]),
    )


def _deadline(window: Window, span: Span, programme: Programme) -> str | None:
    """When the window closes: never for one that moves along with the days."""
    if span.last is None or window.days:
        return None
    return end_of_day(span.last, programme.zone).isoformat()


def read_home(
    connection: sqlite3.Connection, subject: str, *, today: Today, now: datetime
) -> HomeRows | None:
    """Read everything in one transaction; None for a subject that is no member."""
    execute = connection.execute
    execute("BEGIN")
    try:
        who = execute(_WHO, (subject,)).fetchone()
        if who is None:
            return None
        of_member = (who[0],)
        counted = execute(today.count, of_member + today.spans).fetchall()
        return HomeRows(
            who=who,
            accounts={kind: (balance, n) for kind, balance, n in execute(_ACCOUNTS, of_member)},
            lots=execute(_LOTS, of_member).fetchall(),
            days=[(day, amount) for at, day, amount in counted if not at],
            counts=[amount for at, _, amount in counted if at],
            held={(goal, n, cycle): at for goal, n, cycle, at in execute(_HELD, of_member)},
            vouchers=execute(_VOUCHERS, (who[0], now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))).fetchall(),
            facts=execute(_FACTS, of_member).fetchall(),
            inbox=execute(_INBOX, of_member).fetchall(),
        )
    finally:
        execute("ROLLBACK")
