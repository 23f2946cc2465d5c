"""From the tables of a programme file: what members are told, and how often."""

import re
from collections.abc import Mapping
from fractions import Fraction
from string import Formatter

from gamification.activities.kinds import Kind
from gamification.consents.rules import CATEGORIES, MARKETING
from gamification.expressions import MEMBER_FIELDS
from gamification.programme.notes import closest, shown
from gamification.programme.nudge_rules import HOLD_OUT, SERVICE, Attention, NudgeRule, NudgeTarget
from gamification.programme.segments import MEMBERS
from gamification.programme.table import Table, unique
from gamification.texts import Text

DAYS_MAX = 60  # earlier than that nobody hurries
AWAY_DAYS_MAX = 365  # beyond a year nobody has a rhythm
INTERVALS_MAX = 20
PUSHES_MAX = 10  # more than that on one day is a slip
WEEK_PUSHES_MAX = 50
LINK_CHARACTERS_MAX = 300  # a message has room for 4,096 bytes in all

_HTTPS = re.compile(r"https://[!-~]+")  # phones load a picture from nowhere else

_NEAR = frozenset({NudgeTarget.REWARD, NudgeTarget.TIER, NudgeTarget.BADGE})
_ENDING = frozenset(
    {NudgeTarget.TIER_AT_RISK, NudgeTarget.CHALLENGE, NudgeTarget.POINTS, NudgeTarget.VOUCHER}
)

# Keys that rules of some targets have.
_OF_SOME = frozenset({"within", "days", "intervals", "activity", "category", "hold_out"})

# What the texts of a rule may name; `notifications.wording` fills it in.
PLACEHOLDERS: Mapping[NudgeTarget, frozenset[str]] = {
    NudgeTarget.REWARD: frozenset({"reward", "remaining"}),
    NudgeTarget.TIER: frozenset({"tier", "remaining"}),
    NudgeTarget.TIER_AT_RISK: frozenset({"tier", "remaining", "day"}),
    NudgeTarget.BADGE: frozenset({"badge", "remaining"}),
    NudgeTarget.CHALLENGE: frozenset({"challenge", "remaining", "day"}),
    NudgeTarget.POINTS: frozenset({"points", "day"}),
    NudgeTarget.VOUCHER: frozenset({"reward", "day"}),
    NudgeTarget.WELCOME: frozenset({"programme"}),
    NudgeTarget.PURCHASE: frozenset({"points"}),
    NudgeTarget.ACTIVITY: frozenset({"activity", "points"}),
    NudgeTarget.WIN_BACK: frozenset({"programme"}),
    NudgeTarget.SPENT: frozenset({"reward", "points"}),
    NudgeTarget.CAPTURED: frozenset({"reward"}),
    NudgeTarget.NEW_DEVICE: frozenset({"programme"}),
}


def read_nudges(root: Table, kinds: Mapping[str, Kind], *, locale: str) -> tuple[NudgeRule, ...]:
    """Read every `[[nudge]]`, in the order of their value."""
    rules: dict[str, NudgeRule] = {}
    for table in root.tables("nudge", required=False):
        rule = _rule(table, rules, kinds, locale=locale)
        table.finish()
        rules.setdefault(rule.id, rule)
    return tuple(rules.values())


def read_attention(root: Table) -> Attention:
    """Read `[attention]`, which may be left out."""
    if not root.has("attention"):
        root.take("attention", optional=True)
        return Attention()
    table, usual = root.table("attention", what="[attention]"), Attention()
    attention = Attention(
        pushes_each_day=table.whole("pushes_each_day", low=0, high=PUSHES_MAX),
        pushes_each_week=table.whole("pushes_each_week", low=0, high=WEEK_PUSHES_MAX),
        hold_out=_hold_out(table, usual.hold_out),
    )
    table.finish()
    return attention


def _rule(
    table: Table, others: Mapping[str, NudgeRule], kinds: Mapping[str, Kind], *, locale: str
) -> NudgeRule:
    rule_id = unique(table, others, what="nudge")
    name = table.among("target", [each.value for each in NudgeTarget], what="target")
    target = NudgeTarget(name) if table.sound("target") else NudgeTarget.WELCOME
    if table.sound("target"):
        table.what = f"a [[nudge]] of the target `{target}`"
    else:
        table.taken |= _OF_SOME  # nobody knows whether they fit
    is_near, is_away = target in _NEAR, target is NudgeTarget.WIN_BACK
    days = 0
    if target in _ENDING or is_away:
        days = table.whole("days", low=1, high=AWAY_DAYS_MAX if is_away else DAYS_MAX)
    condition = None
    if _has(table, "when"):
        condition = table.expression("when", gives="truth", kinds=(MEMBERS,), fields=MEMBER_FIELDS)
    is_service = target in SERVICE
    return NudgeRule(
        id=rule_id,
        target=target,
        within=table.number("within", low=Fraction(0), high=Fraction(1), above=True)
        if is_near
        else Fraction(0),
        days=days,
        intervals=table.whole("intervals", low=1, high=INTERVALS_MAX) if is_away else 0,
        activity=table.among("activity", kinds, what="activity")
        if target is NudgeTarget.ACTIVITY
        else None,
        condition=condition,
        category=MARKETING
        if is_service
        else table.among("category", CATEGORIES, what="category", default=MARKETING),
        hold_out=Fraction(0) if is_service else _hold_out(table, HOLD_OUT),
        title=_text(table, "title", target, locale=locale),
        body=_text(table, "body", target, locale=locale),
        link=_link(table),
        image=_image(table),
    )


def _hold_out(table: Table, usual: Fraction) -> Fraction:
    return table.number("hold_out", low=Fraction(0), high=Fraction(1, 2), default=usual)


def _text(table: Table, key: str, target: NudgeTarget, *, locale: str) -> Text | None:
    if not _has(table, key):
        return None
    text = table.text(key, locale=locale)
    for tag, words in text.items() if table.sound("target", key) else ():
        _check_placeholders(table, key, words, PLACEHOLDERS[target], tag=tag)
    return text


def _link(table: Table) -> str | None:
    if not _has(table, "link"):
        return None
    link = table.string("link")
    if len(link) > LINK_CHARACTERS_MAX:
        table.fault("link", f"`link` has {len(link)} characters; {LINK_CHARACTERS_MAX} fit")
    _check_placeholders(table, "link", link, frozenset({"target"}))
    return link


def _has(table: Table, key: str) -> bool:
    """Whether a key that may be left out is there."""
    return table.take(key, optional=True) is not None


def _image(table: Table) -> str | None:
    if not table.has("image"):
        return None
    image = table.string("image")
    if len(image) > LINK_CHARACTERS_MAX:
        table.fault("image", f"`image` has {len(image)} characters; {LINK_CHARACTERS_MAX} fit")
    elif not _HTTPS.fullmatch(image):
        table.fault("image", f"`image` is no https address of a picture: {shown(image)}")
    return image


def _check_placeholders(
    table: Table, key: str, words: str, known: frozenset[str], *, tag: str = ""
) -> None:
    named = f"{key}.{tag}" if tag else key

    def fault(reason: str) -> None:
        table.faulty.add(key)
        table.notes.fault((*table.path, *named.split(".")), reason)

    try:
        found = [
            (name, bool(spec or conversion))
            for _, name, spec, conversion in Formatter().parse(words)
            if name is not None
        ]
    except ValueError:
        fault(f"`{named}` has a brace without its other half: {shown(words)}")
        return
    for name, is_dressed in found:
        if name not in known:
            fault(f"`{named}` knows no {{{name}}}{closest(name, known)}")
        elif is_dressed:
            fault(f"`{named}`: write {{{name}}} alone, without `!` or `:`")
