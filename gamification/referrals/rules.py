"""Referrals: when both sides are rewarded, and when they are not. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CHAIN_MAX = 10  # how many referrers of referrers are looked at: longer rings are not worth a reward
SHARING_MAX = 50  # who used a phone that was used by … : more than a family and its friends


class State(StrEnum):
    """Where a referral stands."""

    WAITING = "waiting"
    REWARDED = "rewarded"
    DOUBTED = "doubted"
    LAPSED = "lapsed"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a referral is refused."""

    RING = "ring"
    SHARED_DEVICE = "shared_device"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Both are rewarded on the friend's `on_purchase`-th purchase, within `within_days`.

    Only purchases of at least `least_minor` count, in minor units, what was returned left out.
    """

    on_purchase: int
    within_days: int
    least_minor: int = 1

    def ends_at(self, made_at: datetime) -> datetime:
        """When the friend has taken too long."""
        return made_at + timedelta(days=self.within_days)


def refused_for(
    friend_id: str, *, chain: Sequence[str], shared: Collection[str], siblings: Collection[str] = ()
) -> Reason | None:
    """Why nobody is rewarded: the friend is among those who brought them, or shares a device.

    `chain` is the referrer, their referrer, and so on; `shared` are the members with whom the
    friend has used one device, those with whom they have, and so on; `siblings` are those of them
    whom the same member brought.
    """
    if friend_id in chain:
        return Reason.RING
    if siblings or not set(shared).isdisjoint(chain):
        return Reason.SHARED_DEVICE
    return None
