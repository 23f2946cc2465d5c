import pytest

from api.erasure import erase
from gamification.actions.tag_member import TagToPut, tag_member
from gamification.actions.targets import Target
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.staff.rules import Actor
from gamification.tags.rules import TAG_CHARACTERS_MAX, TAGS_MAX
from tests.world import CLERK, MANAGER, SYSTEM, World


def tag(
    world: World,
    member: MemberRecord,
    word: str,
    *,
    remove: bool = False,
    actor: Actor = MANAGER,
) -> list[str]:
    target = Target(member_number=member.number)
    request = TagToPut(target=target, tag=word, remove=remove)
    _, tags = world.write(lambda c: tag_member(c, request, world.occasion(actor)))
    return tags


@pytest.mark.parametrize("actor", [MANAGER, SYSTEM], ids=lambda actor: actor.role)
def test_a_tag_is_put_on_once_and_taken_off(world: World, actor: Actor) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    tag(world, other, "vip", actor=actor)
    assert tag(world, member, "vip", actor=actor) == ["vip"]
    assert tag(world, member, "allergic", actor=actor) == ["allergic", "vip"]
    assert tag(world, member, "vip", actor=actor) == ["allergic", "vip"]
    assert tag(world, member, "vip", remove=True, actor=actor) == ["allergic"]
    assert tag(world, member, "vip", remove=True, actor=actor) == ["allergic"]
    rows = world.rows("SELECT member_id, tag FROM tag ORDER BY member_id")
    assert [tuple(row) for row in rows] == [(member.id, "allergic"), (other.id, "vip")]


def test_in_a_visit_a_manager_tags_who_is_there(world: World) -> None:
    member = world.enrol()
    visit = world.scan(member, actor=MANAGER)
    request = TagToPut(target=Target(visit_id=visit.id), tag="vip")
    found, tags = world.write(lambda c: tag_member(c, request, world.occasion(MANAGER)))
    assert (found, tags) == (member, ["vip"])


@pytest.mark.parametrize(
    "word",
    ["", "VIP", "very important", "1st", "vip!", "żubr", "vip\n", "x" * (TAG_CHARACTERS_MAX + 1)],
)
def test_what_is_no_id_is_no_tag(world: World, word: str) -> None:
    member = world.enrol()
    with world.refuses("TAG", field="tag", maximum=TAG_CHARACTERS_MAX):
        tag(world, member, word)


def test_a_member_has_no_more_tags_than_there_is_room_for(world: World) -> None:
    member = world.enrol()
    for number in range(TAGS_MAX):
        tag(world, member, f"tag_{number}")
    assert len(tag(world, member, "tag_0")) == TAGS_MAX
    with world.refuses("TOO_MANY_TAGS", maximum=TAGS_MAX):
        tag(world, member, "one_more")
    tag(world, member, "tag_0", remove=True)
    assert "one_more" in tag(world, member, "one_more")


def test_a_clerk_and_a_member_tag_nobody(world: World) -> None:
    member = world.enrol()
    for actor in (CLERK, world.as_member(member)):
        with pytest.raises(Refusal, match="FORBIDDEN"):
            tag(world, member, "vip", actor=actor)
    assert world.rows("SELECT tag FROM tag") == []


def test_tags_go_with_a_forgotten_member(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    for each in (member, other):
        tag(world, each, "vip")
    erase(world.database, member.number, world.programme, now=world.now)
    assert world.rows("SELECT member_id FROM tag") == [other.id]
    with world.refuses("MEMBER_UNKNOWN"):
        tag(world, member, "vip")
