"""What nudges are worth, as managers see it."""

from datetime import datetime
from enum import Enum

import strawberry

from gamification.database import Connection
from gamification.programme.values import Programme
from gamification.staff.rules import Actor, Role
from notifications import measuring
from notifications.report import RuleReport, Verdict, report
from schema.enums import valued
from schema.fields import field


@strawberry.enum(description="What can be said of a rule's nudges, by visits.")
class NudgeVerdict(Enum):
    """See the description."""

    NOT_COMPARED = valued(Verdict.NOT_COMPARED.value, "Everybody is told: nobody to compare with.")
    TOO_EARLY = valued(Verdict.TOO_EARLY.value, "Too few members were told, or held out.")
    NO_CLEAR_DIFFERENCE = valued(
        Verdict.NO_CLEAR_DIFFERENCE.value, "Whether it does good or harm is not clear."
    )
    MORE_VISITS = valued(Verdict.MORE_VISITS.value, "Members who are told come more often.")
    FEWER_VISITS = valued(Verdict.FEWER_VISITS.value, "Members who are told come less often.")


@strawberry.type(description="What telling brings beside silence, for each member on average.")
class Uplift:
    """See the description."""

    mean: float = field("The best guess; below 0 if telling costs.")
    low: float = field("The lower end: the truth lies between both ends in 19 of 20 cases.")
    high: float = field("The upper end; it may be looked at every day.")


@strawberry.type(description="How many nudges were not sent for one reason.")
class KeptBack:
    """See the description."""

    reason: str = field("Why.")
    nudges: int = field("How many.")


@strawberry.type(description="What the nudges of one rule did.")
class NudgeReport:
    """See the description."""

    rule: str = field("The rule's id in the programme file.")
    is_in_programme: bool = field("False for a rule that left the programme.")
    paused_at: datetime | None = field("Since when it tells nobody, since it did harm; else null.")
    paused_because: str | None = field("What was measured then, in English; else null.")
    sent: int = field("How many nudges were sent: to phones or to the inbox alone.")
    delivered: int = field("How many of them the push service took.")
    opened: int = field("How many were read in the inbox.")
    held_out: int = field("How many were kept back for comparison.")
    kept_back: list[KeptBack] = field("How many were kept back for other reasons.")
    told_measured: int = field("How many members who were told are compared: 14 days are over.")
    told_who_came: int = field("How many of these came in their 14 days.")
    held_out_measured: int = field("How many members who were held out are compared.")
    visits: Uplift | None = field(
        "In days with a visit, within 14 days; null while nothing can be said."
    )
    spend: Uplift | None = field("In minor units of the currency; null while nothing can be said.")
    reward_cost: Uplift | None = field(
        "In points of rewards that were handed over; null while nothing can be said."
    )
    verdict: NudgeVerdict = field("What can be said of it.")


def nudge_report(
    connection: Connection, actor: Actor, programme: Programme, *, now: datetime
) -> list[NudgeReport]:
    """The rules in the programme's order, then those that left it; none but for managers."""
    if actor.role is not Role.MANAGER:
        return []
    return [_report_type(each) for each in report(connection, programme, now=now)]


def _report_type(found: RuleReport) -> NudgeReport:
    compared = found.comparison
    pause = found.pause if found.is_paused else None
    return NudgeReport(
        rule=found.rule,
        is_in_programme=found.is_in_programme,
        paused_at=pause.paused_at if pause else None,
        paused_because=pause.reason if pause else None,
        sent=found.sent,
        delivered=found.delivered,
        opened=found.opened,
        held_out=found.held_out,
        kept_back=[
            KeptBack(reason=reason, nudges=times)
            for reason, times in sorted(found.kept_back.items())
        ],
        told_measured=compared.told,
        told_who_came=compared.told_who_came,
        held_out_measured=compared.held_out,
        visits=_uplift_type(compared.visits),
        spend=_uplift_type(compared.spend),
        reward_cost=_uplift_type(compared.reward_cost),
        verdict=NudgeVerdict(found.verdict.value),
    )


def _uplift_type(uplift: measuring.Uplift | None) -> Uplift | None:
    return Uplift(mean=uplift.mean, low=uplift.low, high=uplift.high) if uplift else None
