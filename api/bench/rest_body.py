"""The home screen as JSON, put together by hand: the same bytes as Home.graphql is answered with.

Keys stand in the order of the operation. Times are stored as `2026-03-02T11:00:00.000000Z`, and
so become ISO 8601 with an offset by cutting.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from api.bench.rest_rows import FACTS, LINES, HomeRows, Today
from gamification.points.rules import NEVER
from gamification.programme.values import Programme
from gamification.progress import end_of_day
from gamification.texts import text_in
from notifications.nudge_words import words_of
from schema.facts import fact_text
from schema.points import EXPIRIES_SHOWN_MAX

LANGUAGES_MAX = 64  # a locale is what a phone says it is
_NEVER = NEVER.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
_WHOLE_SECOND = ".000000Z"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The programme's texts in one language."""

    tiers: tuple[Json, ...]  # as `current` shows them
    badges: tuple[tuple[str, str], ...]
    challenges: tuple[tuple[str, str, Json], ...]
    rewards: tuple[tuple[int, str, str], ...]  # cheapest first: cost, id, name
    reward_names: dict[str, str]


class Home:
    """Puts home screens of one programme together."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._units = {name: measure.unit.name for name, measure in programme.measures.items()}
        self.words = lru_cache(LANGUAGES_MAX)(self._words)

    def body(
        self, rows: HomeRows | None, *, today: Today, now: datetime, card: Json | None
    ) -> bytes:
        """The answer; `card` is what the member's card shows."""
        member = self._member(rows, today, now, card) if rows else None
        return orjson.dumps({"data": {"viewer": {"member": member}}})

    def _member(self, rows: HomeRows, today: Today, now: datetime, card: Json | None) -> Json:
        member_id, number, locale, joined_at, name, _ = rows.who
        words = self.words(locale)
        moment = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lots = [(at, n) for at, n in rows.lots if at > moment]
        available = sum([n for _, n in lots])
        debt = -rows.accounts["debt"][0]
        points = available - debt  # a debt is settled before there is a reward
        return {
            "id": f"mbr_{member_id}",
            "displayName": name,
            "number": f"{number[:4]} {number[4:7]} {number[7:]}",
            "memberSince": _iso(joined_at),
            "card": card,
            "points": {
                "available": available,
                "pending": rows.accounts["pending"][0],
                "cooling": [],  # the café's points do not cool off
                "debt": debt,
                "lifetime": sum([issued for _, issued in rows.accounts.values()]),
                "expiring": [{"points": n, "at": _iso(at)} for at, n in lots if at != _NEVER][
                    :EXPIRIES_SHOWN_MAX
                ],
            },
            "tier": self._tier(rows, today, words),
            "nextReward": _next_reward(words, points),
            "badges": self._badges(rows, today, words),
            "challenges": self._challenges(rows, today, words),
            "stamps": [],  # the café has no stamp cards
            "rewards": [
                {"id": id_, "name": name, "cost": cost, "affordable": points >= cost}
                for cost, id_, name in words.rewards
            ],
            "vouchers": [
                {
                    "id": f"vch_{id_}",
                    "code": f"{code[:4]}-{code[4:]}",
                    "rewardName": words.reward_names.get(reward, reward),
                    "expiresAt": _iso(at),
                }
                for id_, code, reward, at in rows.vouchers
            ],
            "timeline": self._timeline(rows, locale),
            "inbox": self._inbox(rows, locale),
        }

    def _tier(self, rows: HomeRows, today: Today, words: Words) -> Json:
        ladder = self._programme.ladder
        amount = sum([n for _, n in rows.days])
        rank = max((at for at, t in enumerate(ladder.tiers) if t.threshold <= amount), default=0)
        shown = words.tiers[rank]
        above = words.tiers[rank + 1] if rank + 1 < len(words.tiers) else None
        return {
            "current": shown,
            "next": above and {"id": above["id"], "name": above["name"]},
            "progress": above
            and _bar(
                amount,
                ladder.tiers[rank + 1].threshold,
                self._units[ladder.measure],
                today.ladder.deadline,
            ),
            "validUntil": self._valid_until(rows, today, ladder.tiers[rank].threshold, amount),
        }

    def _valid_until(self, rows: HomeRows, today: Today, threshold: int, amount: int) -> str | None:
        """When the tier is lost: at the window's end, or when enough days have left it."""
        length = self._programme.ladder.window.days
        if threshold == 0 or not length:
            return today.ladder.deadline if threshold else None
        for text, n in rows.days:
            amount -= n
            if amount < threshold:
                last = date.fromisoformat(text) + timedelta(days=length - 1)
                return end_of_day(last, self._programme.zone).isoformat()
        return None

    def _badges(self, rows: HomeRows, today: Today, words: Words) -> list[Json]:
        earned: list[Json] = []
        to_come: list[Json] = []
        for badge, bar, current, (name, description) in zip(
            self._programme.badges, today.badges, rows.counts, words.badges, strict=False
        ):
            levels = len(badge.targets)
            level, awarded_at = 0, None
            for n in range(levels, 0, -1):
                awarded_at = rows.held.get((bar.goal, n, bar.cycle))
                if awarded_at:
                    level = n
                    break
            (earned if level else to_come).append(
                {
                    "id": badge.id,
                    "name": name,
                    "description": description,
                    "icon": badge.icon,
                    "level": level,
                    "levels": levels,
                    "awardedAt": awarded_at and _iso(awarded_at),
                    "progress": _bar(
                        current, badge.targets[level], self._units[badge.measure], bar.deadline
                    )
                    if level < levels
                    else None,
                }
            )
        return earned + to_come

    def _challenges(self, rows: HomeRows, today: Today, words: Words) -> list[Json]:
        counts = rows.counts[len(today.badges) :]
        return [
            {
                "id": challenge.id,
                "name": name,
                "description": description,
                "prize": prize,
                "joined": (bar.goal, 0, bar.cycle) in rows.held,
                "completedAt": (at := rows.held.get((bar.goal, 1, bar.cycle))) and _iso(at),
                "progress": _bar(
                    current,
                    challenge.goal.target,
                    self._units[challenge.goal.measure],
                    bar.deadline,
                ),
            }
            for challenge, bar, current, (name, description, prize) in zip(
                self._programme.challenges, today.challenges, counts, words.challenges, strict=True
            )
            if bar.runs
        ]

    def _timeline(self, rows: HomeRows, locale: str) -> Json:
        edges = []
        for number, kind, stored, at in rows.facts[:FACTS]:
            params = orjson.loads(stored)
            points = params.get("points")
            text = fact_text(kind=kind, params=params, programme=self._programme, locale=locale)
            node = {
                "number": number,
                "kind": kind,
                "text": text,
                "points": points if isinstance(points, int) and points > 0 else None,
                "occurredAt": _iso(at),
            }
            edges.append({"node": node})
        end = str(rows.facts[len(edges) - 1][0]) if edges else None
        return _page(edges, more=len(rows.facts) > FACTS, end=end)

    def _inbox(self, rows: HomeRows, locale: str) -> Json:
        edges: list[Json] = []
        for id_, rule, params, kind, target, at, read_at, _ in rows.inbox[:LINES]:
            text = words_of(
                rule_id=rule,
                target_kind=kind,
                target_id=target,
                params=orjson.loads(params),
                programme=self._programme,
                locale=locale,
            )
            if text is None:
                continue
            node = {
                "id": id_,
                "title": text.title,
                "body": text.body,
                "kind": rule,
                "link": f"/{kind}/{target}",  # the café's rules have none of their own
                "sentAt": _iso(at),
                "readAt": read_at and _iso(read_at),
            }
            edges.append({"node": node})
        end = edges[-1]["node"]["id"] if edges else None
        unread = rows.inbox[0][-1] if rows.inbox else 0
        return {"unreadCount": unread, **_page(edges, more=len(rows.inbox) > LINES, end=end)}

    def _words(self, locale: str) -> Words:
        programme = self._programme
        names = {reward.id: text_in(reward.name, locale) for reward in programme.rewards}
        return Words(
            tiers=tuple(
                {
                    "id": tier.id,
                    "name": text_in(tier.name, locale),
                    "multiplier": float(tier.multiplier),
                    "colours": {
                        "background": tier.colours.background,
                        "ink": tier.colours.ink,
                        "accent": tier.colours.accent,
                    },
                }
                for tier in programme.ladder.tiers
            ),
            badges=tuple(
                (text_in(badge.name, locale), text_in(badge.description, locale))
                for badge in programme.badges
            ),
            challenges=tuple(
                (
                    text_in(each.name, locale),
                    text_in(each.description, locale),
                    {"points": each.points, "rewardName": names.get(each.reward_id or "")},
                )
                for each in programme.challenges
            ),
            rewards=tuple(
                (reward.cost, reward.id, names[reward.id])
                for reward in sorted(programme.rewards, key=lambda reward: reward.cost)
            ),
            reward_names=names,
        )


def _next_reward(words: Words, points: int) -> Json | None:
    for cost, id_, name in words.rewards:
        if cost > points:
            bar = _bar(points, cost, "POINTS", None)
            return {"id": id_, "name": name, "cost": cost, "progress": bar}
    return None


def _bar(current: int, target: int, unit: str, deadline: str | None) -> Json:
    return {
        "current": current,
        "target": target,
        "remaining": max(target - current, 0),
        "ratio": 1.0 if current >= target else max(current, 0) / target,
        "unit": unit,
        "deadline": deadline,
    }


def _page(edges: list[Json], *, more: bool, end: str | None) -> Json:
    return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": end}}


def _iso(stored: str) -> str:
    """A stored time as `datetime.isoformat` writes it."""
    if stored.endswith(_WHOLE_SECOND):
        return stored[:19] + "+00:00"
    return stored[:26] + "+00:00"
