from notifications import store
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
    page = world.read(lambda c: store.inbox(c, member.id, before="~", most=1))
    assert [line.id for line in page] == [reward.id]
    page = world.read(lambda c: store.inbox(c, member.id, before=reward.id, most=1))
    assert [line.id for line in page] == [tier.id]
