"""Enrol a member: who they are, a number, a card, empty accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gamification.activities.kinds import Recorder
from gamification.cards import store as cards
from gamification.database import Connection
from gamification.effects.apply import apply
from gamification.effects.begin import begin
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import EVER, record_by_itself
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.facts import FactKind
from gamification.members import store as members
from gamification.members.rules import (
    MemberRecord,
    check_enrolment,
    is_valid_number,
    normal_number,
)
from gamification.points import store as points
from gamification.referrals import store as referrals
from gamification.timeline import store as timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """Who joins. `subject` is the token's; an imported member has an `external_id` instead.

    `referred_by` is the number of the member who brought them.
    """

    subject: str | None
    display_name: str
    locale: str
    time_zone: str
    email: str | None = None
    birthday: date | None = None
    external_id: str | None = None
    referred_by: str | None = None


def enrol_member(
    connection: Connection,
    request: Enrolment,
    occasion: Occasion,
    *,
    new_number: Callable[[], str],
    new_handle: Callable[[], bytes],
) -> tuple[MemberRecord, bool]:
    """The member, and whether they are new: enrolling a subject again gives the same member.

    Raises Refusal REFERRER_UNKNOWN, TEXT_LENGTH, TEXT_UNPRINTABLE, EMAIL, BIRTHDAY,
    LOCALE_UNKNOWN or TIME_ZONE_UNKNOWN.
    """
    if request.subject is not None:
        known = members.by_subject(connection, request.subject)
        if known is not None:
            return known, False
    name = " ".join(request.display_name.split())
    check_enrolment(
        display_name=name,
        locale=request.locale,
        time_zone=request.time_zone,
        email=request.email,
        birthday=request.birthday,
        today=local_day(occasion.now, occasion.programme),
    )
    referrer = None if request.referred_by is None else _referrer(connection, request.referred_by)
    member = MemberRecord(
        id=occasion.new_id(),
        number=_free_number(connection, new_number),
        locale=request.locale,
        time_zone=request.time_zone,
        joined_at=occasion.now,
        display_name=name,
    )
    members.add(
        connection,
        member,
        subject=request.subject,
        external_id=request.external_id,
        email=request.email,
        birthday=request.birthday,
    )
    cards.issue(connection, handle=new_handle(), member_id=member.id, now=occasion.now)
    points.open_accounts(connection, member.id)
    timeline.start(connection, member.id)
    decision = begin(connection, member, occasion)
    decision.tell(FactKind.MEMBER_ENROLLED, at=occasion.now)
    apply(connection, decision, announce=False)
    if referrer is not None:
        referrals.add(connection, friend_id=member.id, referrer_id=referrer.id, now=occasion.now)
    record_by_itself(connection, Recorder.JOINING, member, occasion, cycle=EVER)
    if request.email and request.birthday:
        record_by_itself(connection, Recorder.PROFILE, member, occasion, cycle=EVER)
    return member, True


def _referrer(connection: Connection, number: str) -> MemberRecord:
    known = is_valid_number(number) and members.by_number(connection, normal_number(number))
    if not known:
        raise Refusal("REFERRER_UNKNOWN", field="referredBy")
    return known


def _free_number(connection: Connection, new_number: Callable[[], str]) -> str:
    while True:
        number = new_number()
        if members.by_number(connection, number) is None:
            return number
