"""Which of all that there is to tell a member is told. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from notifications.rules import PASSING, Candidate, Reason

Arm = Literal["treated", "held_out"]

MILLION = 1_000_000
"""A certain chance."""

EVERY_RULE = "every rule"
"""Stands for the rule's id where a member is held out of all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What is decided of a candidate: planned without a reason, or kept back for one.

    `arm` says on which side of a comparison the member is, if this is part of one. `chance_ppm`
    is the chance that the member had of being told, in millionths; None as well for who is held
    out of everything.
    """

    candidate: Candidate
    reason: Reason | None = None
    arm: Arm | None = None
    chance_ppm: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What is decided for a member; `superseded` are ids of nudges that waited and shall not."""

    choices: Sequence[Choice]
    superseded: Sequence[str]


def is_held_out(member_id: str, of: str, share: Fraction) -> bool:
    """Whether a member belongs to the share that is held out: always the same answer.

    Members are spread by a hash of both, so that the shares of two rules have nothing in common.
    """
    drawn = hashlib.blake2b(f"{of}\n{member_id}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) * share.denominator < share.numerator << 64


def choose(
    member_id: str,
    candidates: Sequence[Candidate],
    *,
    known: Mapping[str, Any],
    consents: AbstractSet[str],
    hold_out: Fraction,
    paused: AbstractSet[str] = frozenset(),
) -> Chosen:
    """Decide about candidates, the most valuable first; `known` are earlier nudges by key.

    Service messages all go out. Of the others one does: the first that the member allows. Who is
    held out of it is told nothing in its place, so that a comparison is fair. `hold_out` is the
    share that is held out of everything, `paused` are ids of rules that tell nobody.
    """
    choices: list[Choice] = []
    superseded: list[str] = []
    is_taken = False
    for candidate in candidates:
        rule, row = candidate.rule, known.get(candidate.key)
        is_waiting = row is not None and row.state in {"planned", "queued"}
        if rule.is_service:
            if row is None:
                choices.append(Choice(candidate=candidate))
            continue
        if is_waiting and is_taken and row is not None and row.state == "planned":
            superseded.append(row.id)
        is_taken = is_taken or (is_waiting and rule.id not in paused)
        if row is not None and not _may_come_back(row):
            continue
        if rule.id in paused:
            choice = Choice(candidate=candidate, reason=Reason.PAUSED)
        else:
            choice = _choice(member_id, candidate, consents, hold_out, is_taken=is_taken)
        is_taken = is_taken or choice.arm is not None
        if row is None or row.reason != choice.reason:
            choices.append(choice)
    return Chosen(choices=choices, superseded=superseded)


def _choice(
    member_id: str,
    candidate: Candidate,
    consents: AbstractSet[str],
    hold_out: Fraction,
    *,
    is_taken: bool,
) -> Choice:
    rule = candidate.rule
    if rule.category not in consents:
        return Choice(candidate=candidate, reason=Reason.NO_CONSENT)
    if is_taken:
        return Choice(candidate=candidate, reason=Reason.OUTRANKED)
    if is_held_out(member_id, EVERY_RULE, hold_out):
        return Choice(candidate=candidate, reason=Reason.HELD_OUT, arm="held_out")
    chance_ppm = round((1 - rule.hold_out) * MILLION)
    if is_held_out(member_id, rule.id, rule.hold_out):
        return Choice(
            candidate=candidate, reason=Reason.HELD_OUT, arm="held_out", chance_ppm=chance_ppm
        )
    return Choice(candidate=candidate, arm="treated", chance_ppm=chance_ppm)


def _may_come_back(row: Any) -> bool:
    return row.state == "suppressed" and row.reason in PASSING
