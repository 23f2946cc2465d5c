from notifications import inbox, store
from tests.notifications.nudging import (
    RecordingSender,
    go_round,
    near_tier_and_coffee,
    nudges,
    willing_member,
)


def test_the_inbox_is_read_in_pages_newest_first(world):
    sender = RecordingSender()
    member = willing_member(world)
    near_tier_and_coffee(world, member)
    go_round(world, sender)
    world.pass_time(days=1)
    world.buy(member, "1.00")
    go_round(world, sender)
    tier, reward = nudges(world)
    page = world.read(lambda c: inbox.page(c, member.id, before="~", most=1))
    assert [line.id for line in page.lines] == [reward.id]
    page = world.read(lambda c: inbox.page(c, member.id, before=reward.id, most=1))
    assert [line.id for line in page.lines] == [tier.id]


def test_what_is_known_of_a_key_is_told_of_the_member_who_was_asked_about(world):
    ola, jan = willing_member(world, "Ola"), willing_member(world, "Jan")
    for member in (ola, jan):
        near_tier_and_coffee(world, member)
    go_round(world, RecordingSender())
    tier, coffee = "near_tier:serenade:2026", "near_reward:coffee:2"
    asked = [(ola.id, tier), (jan.id, coffee), (jan.id, "near_reward:cake:0")]
    known = world.read(lambda c: store.known(c, asked))
    assert {who: set(keys) for who, keys in known.items()} == {ola.id: {tier}, jan.id: {coffee}}
    assert known[ola.id][tier].state == "sent"
    assert world.read(lambda c: store.known(c, [])) == {}
