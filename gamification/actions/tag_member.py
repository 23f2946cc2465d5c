"""Tag a member: a word of the shop's own, for segments to build on."""

from dataclasses import dataclass

from gamification.actions.targets import Target, find_target
from gamification.cards.rules import CodeFlag
from gamification.database import Connection
from gamification.effects.occasion import Occasion
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Role, require_staff
from gamification.tags import store as tags
from gamification.tags.rules import check_room, check_tag
from gamification.timeline import store as timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class TagToPut:
    """Which tag whom is put on, or, with `remove`, taken off."""

    target: Target
    tag: str
    remove: bool = False


def tag_member(
    connection: Connection, request: TagToPut, occasion: Occasion
) -> tuple[MemberRecord, list[str]]:
    """The member, and all their tags afterwards, in the order of the alphabet.

    The same again is the same. Raises Refusal FORBIDDEN, TAG or TOO_MANY_TAGS.
    """
    require_staff(occasion.actor, Role.MANAGER, Role.SYSTEM)
    check_tag(request.tag)
    member = find_target(
        connection, request.target, occasion.actor, now=occasion.now, needs=CodeFlag.EARN
    ).member
    timeline.lock(connection, member.id)
    held = set(tags.of_member(connection, member.id))
    if request.remove:
        tags.take_off(connection, member.id, request.tag)
        return member, sorted(held - {request.tag})
    if request.tag not in held:
        check_room(held)
        tags.put(connection, member.id, request.tag)
    return member, sorted(held | {request.tag})
