"""Adjustments: what staff may give or take by hand, and what somebody else has to look at first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gamification.errors import Refusal

REASON_CHARACTERS_MAX = 200
PROPOSAL_DAYS_MAX = 30
"""How long a proposal waits: by then a month's books are closed, and nobody knows why it was."""

RULE = "adjustment:"
"""With the staff's id behind it, the rule under which the entry is kept: under its chain."""


class ProposalState(StrEnum):
    """What became of a proposal. One that has waited too long still says `waiting`."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustment:
    """Points that staff gave a member (`points` > 0) or took (< 0), for a stated `reason`."""

    id: str
    member_id: str
    staff_id: str
    points: int
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An adjustment that a second manager has to approve, and that moves nothing until then."""

    id: str
    member_id: str
    staff_id: str
    points: int
    reason: str
    proposed_at: datetime
    state: str = ProposalState.WAITING.value
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """From when on it can be decided no more."""
        return self.proposed_at + timedelta(days=PROPOSAL_DAYS_MAX)

    def check_decision(self, *, staff_id: str, now: datetime) -> None:
        """Refuse to decide what was decided, what waited too long, and one's own.

        Raises Refusal PROPOSAL_DECIDED, PROPOSAL_LAPSED or OWN_PROPOSAL.
        """
        if self.state != ProposalState.WAITING:
            raise Refusal("PROPOSAL_DECIDED")
        if now >= self.expires_at:
            raise Refusal("PROPOSAL_LAPSED", maximum_days=PROPOSAL_DAYS_MAX)
        if staff_id == self.staff_id:
            raise Refusal("OWN_PROPOSAL")

    def approved(self, *, now: datetime) -> Adjustment:
        """The adjustment that it becomes, with its own id."""
        return Adjustment(
            id=self.id,
            member_id=self.member_id,
            staff_id=self.staff_id,
            points=self.points,
            reason=self.reason,
            recorded_at=now,
        )


def rule_of(staff_id: str, approved_by: str | None = None) -> str:
    """The rule of an adjustment's entry: who wanted it and, if one had to, who approved it."""
    return f"{RULE}{staff_id}" if approved_by is None else f"{RULE}{staff_id}:{approved_by}"


def check_points(points: int, *, maximum: int) -> None:
    """Refuse an adjustment by nothing, or by more than the programme allows at once.

    Raises Refusal POINTS_OUT_OF_RANGE, naming the limit.
    """
    if points == 0 or abs(points) > maximum:
        raise Refusal("POINTS_OUT_OF_RANGE", field="points", maximum=maximum)
