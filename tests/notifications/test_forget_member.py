from api.erasure import erase
from notifications import planner
from notifications.actions.register_device import DeviceToRegister, register_device
from notifications.actions.set_consent import ConsentToSet, set_consent
from tests.world import World

TABLES = ("device", "consent", "nudge")


def test_devices_consents_and_nudges_go_with_the_member(world: World) -> None:
    people = [world.enrol(name) for name in ("Ola", "Jan")]
    for member in people:
        device = DeviceToRegister(
            member_id=member.id,
            address_kind="token",
            address=f"phone-of-{member.display_name}",
            platform="ios",
        )
        world.write(lambda c, d=device: register_device(c, d, world.occasion()))
        consent = ConsentToSet(
            member_id=member.id,
            category="marketing",
            channel="push",
            granted=True,
            text_version="1",
            source="app",
        )
        world.write(lambda c, s=consent: set_consent(c, s, now=world.now))
        world.buy(member, "74.00")  # 850 points, and a coffee costs 900
    nudges = world.write(
        lambda c: planner.plan(c, programme=world.programme, now=world.now, new_id=world.new_id)
    )
    assert len(nudges) == 2
    erase(world.database, people[0].number, world.programme, now=world.now)
    for table in TABLES:
        assert world.rows(f"SELECT member_id FROM {table}") == [people[1].id], table  # noqa: S608 -- names of tables


def test_a_forgotten_member_is_planned_nothing(world: World) -> None:
    member = world.enrol()
    world.buy(member, "74.00")
    erase(world.database, member.number, world.programme, now=world.now)
    assert not world.read(lambda c: planner.has_work(c, now=world.now))
