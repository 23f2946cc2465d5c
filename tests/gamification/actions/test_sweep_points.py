from datetime import UTC, datetime

from gamification.actions.sweep_points import lapse_vouchers, sweep_points
from tests.world import World

EXPIRY_OF_START = datetime(2027, 3, 2, 23, 0, tzinfo=UTC)  # midnight in Warsaw


def test_points_expire_at_their_end_and_the_fact_says_how_many(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00")
    world.now = EXPIRY_OF_START
    world.expire()
    assert world.balances(member)["available"] == 0
    assert world.facts(member)[-1] == ("POINTS_EXPIRED", {"points": 110})
    assert world.rows("SELECT remaining, expired FROM lot ORDER BY id") == [(0, 100), (0, 10)]


def test_points_do_not_expire_a_moment_before(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00")
    world.now = EXPIRY_OF_START
    world.pass_time(microseconds=-1)
    world.expire()
    assert world.balances(member)["available"] == 110


def test_a_late_sweep_keeps_the_moment_at_which_points_ended(world: World) -> None:
    world.buy(world.enrol(), "10.00")
    world.pass_time(days=500)
    world.expire()
    moments = world.rows("SELECT DISTINCT occurred_at FROM entry WHERE kind = 'expire'")
    assert moments == ["2027-03-02T23:00:00.000000Z"]


def test_expiring_twice_does_no_harm(world: World) -> None:
    world.buy(world.enrol(), "10.00")
    world.pass_time(days=500)
    world.expire()
    before = world.contents()
    world.expire()
    assert world.contents() == before


def test_any_write_expires_what_is_due_first(world: World) -> None:
    member = world.enrol()
    world.buy(member, "10.00")
    world.pass_time(days=500)
    world.buy(member, "5.00")
    assert world.balances(member)["available"] == 60
    assert world.kinds(member, after=3) == ["POINTS_EXPIRED", "PURCHASE_RECORDED", "POINTS_EARNED"]


def test_the_sweep_takes_members_in_batches(world: World) -> None:
    members = [world.enrol(name) for name in ("Ola", "Jan", "Ewa")]
    for member in members:
        world.buy(member, "10.00")
    world.pass_time(days=500)
    first = world.write(lambda c: sweep_points(c, world.occasion(), most=2))
    assert first == sorted(member.id for member in members)[:2]
    rest = world.write(lambda c: sweep_points(c, world.occasion(), after=first[-1], most=2))
    assert rest == [members[2].id]
    assert [world.balances(member)["available"] for member in members] == [0, 0, 0]


def test_a_lapsed_voucher_gives_back_to_the_same_lots_with_their_old_dates(world: World) -> None:
    member = world.enrol()
    world.buy(member, "50.00")
    world.pass_time(days=10)
    world.buy(member, "60.00")
    before = world.rows("SELECT id, remaining, spent, expires_at FROM lot ORDER BY id")
    world.redeem(member, "coffee")
    assert world.rows("SELECT id, remaining, spent, expires_at FROM lot ORDER BY id") != before
    world.pass_time(days=30)
    world.expire()
    assert world.rows("SELECT id, remaining, spent, expires_at FROM lot ORDER BY id") == before
    assert world.balances(member)["pending"] == 0
    assert world.facts(member)[-1] == ("VOUCHER_LAPSED", {"reward": "coffee", "points": 900})
    assert world.rows("SELECT state FROM voucher") == ["lapsed"]


def test_what_is_given_back_to_a_lot_that_has_run_out_expires_in_entries_of_its_own(
    world: World,
) -> None:
    member = world.enrol()
    world.buy(member, "99.00")
    world.now = EXPIRY_OF_START
    world.pass_time(days=-10)
    world.redeem(member, "coffee").result()
    world.pass_time(days=60)
    world.expire()
    assert world.balances(member) == {"available": 0, "debt": 0, "pending": 0}
    assert world.rows("SELECT sum(amount) FROM entry WHERE kind = 'void'") == [900]
    assert world.rows("SELECT sum(amount) FROM entry WHERE kind = 'expire'") == [1100]
    assert world.rows("SELECT sum(remaining), sum(spent), sum(expired) FROM lot") == [(0, 0, 1100)]
    assert world.violations() == []


def test_several_vouchers_of_a_member_lapse_together(world: World) -> None:
    member, other = world.enrol("Ola"), world.enrol("Jan")
    world.buy(member, "200.00")
    world.buy(other, "99.00")
    before = world.rows("SELECT id, remaining, spent, expires_at FROM lot ORDER BY id")
    for guest in (member, other, member):
        world.redeem(guest, "coffee").result()
    world.pass_time(days=31)
    assert world.write(lambda c: lapse_vouchers(c, world.occasion())) == 2
    assert world.rows("SELECT id, remaining, spent, expires_at FROM lot ORDER BY id") == before
    assert world.kinds(member)[-2:] == ["VOUCHER_LAPSED"] * 2
    assert world.kinds(other)[-1] == "VOUCHER_LAPSED"
    assert world.rows("SELECT DISTINCT state FROM voucher") == ["lapsed"]
    assert world.violations() == []


def test_lapsing_twice_does_no_harm(world: World) -> None:
    member = world.enrol()
    world.buy(member, "99.00")
    world.redeem(member, "coffee")
    world.pass_time(days=31)
    assert world.write(lambda c: lapse_vouchers(c, world.occasion())) == 1
    before = world.contents()
    assert world.write(lambda c: lapse_vouchers(c, world.occasion())) == 0
    assert world.contents() == before


def test_the_prize_of_a_challenge_lapses_without_points(world: World) -> None:
    member = world.enrol()
    world.join(member, "pastry_month")
    world.eat_pastries(member, 5)
    balance = world.balances(member)
    world.pass_time(days=31)
    world.expire()
    assert world.rows("SELECT state FROM voucher") == ["lapsed"]
    assert world.balances(member) == balance
    assert world.violations() == []
