"""Update what a member says of themselves; a complete profile is an occasion, once."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from gamification.activities.kinds import Recorder
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.effects.of_kind import EVER, record_by_itself
from gamification.effects.state import local_day
from gamification.errors import Refusal
from gamification.members import store as members
from gamification.members.rules import MemberRecord, check_enrolment
from gamification.staff.rules import require_member
from gamification.timeline import store as timeline

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What changes; None stays as it is."""

    display_name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    email: str | None = None
    birthday: date | None = None


def update_profile(connection: Connection, request: Profile, occasion: Occasion) -> MemberRecord:
    """The member as they stand now.

    A birthday is said once: presents come on it. Raises Refusal NOT_ENROLLED, FORBIDDEN,
    BIRTHDAY_STANDS, and what `check_enrolment` raises.
    """
    member_id = require_member(occasion.actor)
    timeline.lock(connection, member_id)
    member = members.by_id(connection, member_id)
    if member is None or member.is_forgotten:
        raise Refusal("NOT_ENROLLED")
    email, birthday = members.contacts_of(connection, member.id)
    if birthday is not None and request.birthday not in {None, birthday}:
        raise Refusal("BIRTHDAY_STANDS", field="birthday")
    changed = replace(
        member,
        display_name=" ".join(_new(request.display_name, member.display_name).split()),
        locale=_new(request.locale, member.locale),
        time_zone=_new(request.time_zone, member.time_zone),
    )
    email, birthday = _new(request.email, email), _new(request.birthday, birthday)
    check_enrolment(
        display_name=changed.display_name,
        locale=changed.locale,
        time_zone=changed.time_zone,
        email=email,
        birthday=birthday,
        today=local_day(occasion.now, occasion.programme),
    )
    members.update_profile(connection, changed, email=email, birthday=birthday)
    if email and birthday:
        record_by_itself(connection, Recorder.PROFILE, changed, occasion, cycle=EVER)
    return changed


def _new(asked: T | None, before: T) -> T:
    return before if asked is None else asked
