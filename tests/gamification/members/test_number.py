from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamification.members.rules import (
    grouped_number,
    is_valid_number,
    normal_number,
    with_check_digit,
)

BODIES = st.integers(0, 999_999_999).map(lambda body: f"{body:09d}")


def test_the_common_example_of_damm_gives_its_check_digit() -> None:
    # 572 -> 4 is the example commonly given for this table; leading zeros change nothing.
    assert with_check_digit("000000572") == "0000005724"


@given(BODIES)
def test_a_number_made_is_a_valid_number(body: str) -> None:
    number = with_check_digit(body)
    assert len(number) == 10
    assert number.startswith(body)
    assert is_valid_number(number)


@given(BODIES)
def test_every_single_wrong_digit_is_caught(body: str) -> None:
    number = with_check_digit(body)
    slips = [
        number[:place] + digit + number[place + 1 :]
        for place in range(10)
        for digit in "0123456789"
        if digit != number[place]
    ]
    assert len(slips) == 90
    assert not any(is_valid_number(slip) for slip in slips)


@given(BODIES)
def test_every_swap_of_neighbours_is_caught(body: str) -> None:
    number = with_check_digit(body)
    for place, (left, right) in enumerate(pairwise(number)):
        if left != right:
            assert not is_valid_number(number[:place] + right + left + number[place + 2 :])


@pytest.mark.parametrize("lead", range(10))
def test_no_slip_in_the_last_three_digits_passes_whatever_came_before(lead: int) -> None:
    # One leading digit reaches each of the ten states of the check, so this is exhaustive.
    for tail in range(1000):
        number = with_check_digit(f"0000{lead}0{tail:03d}")
        for place in (6, 7, 8):
            left, right = number[place], number[place + 1]
            swapped = number[:place] + right + left + number[place + 2 :]
            assert is_valid_number(swapped) == (left == right)


@pytest.mark.parametrize("digits", ["", "12345678", "1234567890", "12345678x", "\uff11" * 9])
def test_anything_but_nine_digits_makes_no_number(digits: str) -> None:
    with pytest.raises(ValueError, match="9 digits"):
        with_check_digit(digits)


@pytest.mark.parametrize(
    "typed", ["0000 005 724", "0000-005-724", " 0000005724\n", "0000\u00a0005\u2011724"]
)
def test_a_number_may_be_typed_with_spaces_and_hyphens(typed: str) -> None:
    assert is_valid_number(typed)
    assert normal_number(typed) == "0000005724"


@pytest.mark.parametrize(
    "typed", ["", "572", "00000005724", "000000572\uff14", "0000.005.724", "-" * 10]
)
def test_other_texts_are_no_number(typed: str) -> None:
    assert not is_valid_number(typed)


def test_a_number_is_shown_in_groups_of_four_three_and_three() -> None:
    assert grouped_number("1234567890") == "1234 567 890"
    assert grouped_number("1234-567-890") == "1234 567 890"


def test_only_ten_digits_can_be_grouped() -> None:
    with pytest.raises(ValueError, match="10 digits"):
        grouped_number("123456789")
