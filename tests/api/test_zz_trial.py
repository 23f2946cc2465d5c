def test_x(world):
    for a in ("228.00","74.00","82.00", "235.00"):
        m=world.enrol(a); world.buy(m,a); print(a, world.balances(m)["available"])
