from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gamification.activities.returns import Left, left_of
from gamification.activities.rules import Activity, ActivityKind, Line

AT = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
BASKETS = st.lists(st.tuples(st.integers(1, 7), st.integers(0, 999)), max_size=4)


def purchase_of(basket: list[tuple[int, int]], *, amount_minor: int = 0) -> Activity:
    lines = [
        Line(name="?", category="pastry", quantity=quantity, amount_minor=amount)
        for quantity, amount in basket
    ]
    total = sum(amount for _, amount in basket) if basket else amount_minor
    return activity(ActivityKind.PURCHASE, total, lines=lines)


def activity(kind: ActivityKind, amount_minor: int, *, lines: list[Line] | None = None) -> Activity:
    return Activity(
        id="one",
        member_id="ola",
        kind=kind,
        occurred_at=AT,
        local_date=AT.date(),
        amount_minor=amount_minor,
        lines=lines or [],
    )


def is_consistent(left: Left) -> bool:
    amounts = [line.amount_minor for line in left.lines]
    return (
        left.amount_minor >= 0
        and (not left.lines or sum(amounts) == left.amount_minor)
        and all(line.quantity >= 0 and line.amount_minor >= 0 for line in left.lines)
        and not any(line.amount_minor for line in left.lines if not line.quantity)
    )


@given(basket=BASKETS, chance=st.data())
def test_parts_in_any_order_add_up_to_the_purchase(
    basket: list[tuple[int, int]], chance: st.DataObject
) -> None:
    purchase = purchase_of(basket, amount_minor=chance.draw(st.integers(0, 999)))
    left = left_of(purchase)
    given_back = 0
    while not left.is_nothing:
        open_lines = [number for number, line in enumerate(left.lines, start=1) if line.quantity]
        if open_lines and (not left.amount_minor or chance.draw(st.booleans())):
            number = chance.draw(st.sampled_from(open_lines))
            most = left.lines[number - 1].quantity
            lines = left.pieces([(number, chance.draw(st.integers(1, most)))], digits=2)
            amount = sum(line.amount_minor for line in lines)
        else:
            amount = chance.draw(st.integers(1, left.amount_minor))
            lines = list(left.money(amount, digits=2))
            assert sum(line.amount_minor for line in lines) == (amount if left.lines else 0)
        left = left.without(amount, lines)
        given_back += amount
        assert is_consistent(left)
        assert left.reduced.amount_minor == purchase.amount_minor - given_back
    assert given_back == purchase.amount_minor


def test_a_refund_that_says_nothing_of_lines_gave_back_all() -> None:
    """So did refunds before a part could be given back."""
    purchase = purchase_of([(2, 500), (1, 0)])
    assert left_of(purchase, [activity(ActivityKind.REFUND, 500)]).is_nothing


def test_a_share_of_nothing_stays_whole_until_all_is_given_back() -> None:
    free = left_of(purchase_of([(2, 0)]))
    assert free.share(30) == 30
    assert free.without(0, free.pieces([(1, 1)], digits=2)).share(30) == 30
    assert free.without(0, free.everything()).share(30) == 0


def test_cents_that_are_over_go_where_most_was_cut_off() -> None:
    left = left_of(purchase_of([(1, 100), (1, 100), (1, 801)]))
    assert [each.amount_minor for each in left.money(10, digits=2)] == [1, 1, 8]
    assert [each.amount_minor for each in left.money(7, digits=2)] == [1, 1, 5]
