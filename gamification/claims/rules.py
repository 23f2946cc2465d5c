"""Claims: what members say they did, which counts when staff believe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gamification.errors import Refusal

CLAIMS_WAITING_MAX = 20  # of one member: nobody does more in good faith before staff have looked


class ClaimState(StrEnum):
    """What became of a claim."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An activity that a member says happened at `claimed_at`. An approved one is `activity_id`."""

    id: str
    member_id: str
    kind: str
    attributes: Mapping[str, int | str | bool]
    claimed_at: datetime
    state: str = ClaimState.WAITING.value
    decided_by: str | None = None
    decided_at: datetime | None = None
    activity_id: str | None = None

    def check_decision(self) -> None:
        """Raises Refusal CLAIM_DECIDED: a claim is decided once."""
        if self.state != ClaimState.WAITING:
            raise Refusal("CLAIM_DECIDED")


def check_room(waiting: int) -> None:
    """Raises Refusal TOO_MANY_CLAIMS for one more than may wait."""
    if waiting >= CLAIMS_WAITING_MAX:
        raise Refusal("TOO_MANY_CLAIMS", maximum=CLAIMS_WAITING_MAX)
