import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.payload import ELLIPSIS, TooLarge, fitting, room_for_texts, shortened, size

JOINER, ACUTE, TONE = "\N{ZERO WIDTH JOINER}", "\N{COMBINING ACUTE ACCENT}", "\U0001f3fd"
FAMILY = JOINER.join("\N{MAN}\N{WOMAN}\N{GIRL}")
POLAND, TAIWAN = "\U0001f1f5\U0001f1f1", "\U0001f1f9\U0001f1fc"

WHOLE = [
    "a",
    "ż",
    "e" + ACUTE,
    "獎",
    FAMILY,
    "\N{WAVING HAND SIGN}" + TONE,
    POLAND,
    TAIWAN,
    " ",
    "\n",
    '"',
]
"""Characters as people see them."""

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
seen = st.lists(st.sampled_from(WHOLE), max_size=60)


@given(anything, anything, st.integers(0, 600))
def test_two_texts_have_together_what_there_is_room_for(title, body, room_bytes):
    try:
        shown, told = fitting(title, body, room_bytes=room_bytes)
    except TooLarge:
        assert size(title) + size(body) > room_bytes
        return
    assert size(shown) + size(told) <= room_bytes
    for text, cut in ((title, shown), (body, told)):
        assert cut == text or (
            cut.endswith(ELLIPSIS) and text.startswith(cut.removesuffix(ELLIPSIS))
        )


@given(anything, anything)
def test_what_fits_is_left_as_it_is(title, body):
    assert fitting(title, body, room_bytes=size(title) + size(body)) == (title, body)


@given(seen, st.integers(0, 300))
def test_no_character_is_ever_split(characters, room_bytes):
    text = "".join(characters)
    cut = shortened(text, room_bytes)
    if cut == text:
        return
    wholes = {"".join(characters[:count]).rstrip() for count in range(len(characters) + 1)}
    assert cut == "" or cut.removesuffix(ELLIPSIS) in wholes
    assert size(cut) <= room_bytes


@given(seen, st.integers(60, 300))
def test_a_cut_text_loses_no_more_than_it_must(characters, room_bytes):
    text = "".join(characters)
    longest = max(
        (
            count
            for count in range(len(characters))
            if size("".join(characters[:count]).rstrip() + ELLIPSIS) <= room_bytes
        ),
        default=0,
    )
    if size(text) > room_bytes:
        kept = "".join(characters[:longest]).rstrip()
        assert shortened(text, room_bytes) == (kept + ELLIPSIS if kept else "")


def test_the_title_is_whole_where_the_body_can_give_way():
    title, body = fitting("Almost there", "x" * 500, room_bytes=100)
    assert title == "Almost there"
    assert (len(body.encode()), body[-1]) == (88, ELLIPSIS)


def test_a_long_title_takes_what_a_short_body_leaves():
    title, body = fitting("x" * 500, "Soon", room_bytes=100)
    assert (len(title.encode()), body) == (96, "Soon")


def test_data_is_never_cut_but_leaves_no_room():
    assert room_for_texts({"link": "x" * 5_000}) < 0
    with pytest.raises(TooLarge, match="leaves 0 bytes"):
        fitting("Almost there", "", room_bytes=-5)


def test_half_of_a_pair_is_no_text():
    with pytest.raises(ValueError, match="surrogates"):
        size("\ud83d")
