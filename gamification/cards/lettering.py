"""The text of a card before it is drawn: bounded, straightened, broken into lines that fit.

Pure: how wide a line is, the caller knows.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

TEXT_LETTERS_MAX = 60  # bounds the measuring; more would not fit at any size
ELLIPSIS = "…"


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """Sizes to try in turn: on one line, then on two. What still does not fit is cut."""

    weight: int  # of the letters, as fonts count it: 400 is regular, 700 bold
    one_line_px: tuple[int, ...]
    two_lines_px: tuple[int, ...] = ()


def cut(text: str) -> str:
    """Bound, compose and straighten a text from outside: one line, no control characters."""
    bounded = text if len(text) <= TEXT_LETTERS_MAX else text[: TEXT_LETTERS_MAX - 1] + ELLIPSIS
    spaced = " ".join(unicodedata.normalize("NFC", bounded).split())
    return "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")


def may_be_left_out(letter: str) -> bool:
    """Tell symbols, enclosing marks and variation selectors: a name reads without them."""
    category = unicodedata.category(letter)
    return category[0] == "S" or category == "Me" or "\ufe00" <= letter <= "\ufe0f"


def fitted(
    text: str, style: Style, *, width_px: int, width_of: Callable[[str, int], float]
) -> tuple[list[str], int]:
    """Break `text` into one or two lines at the largest size that fits, else cut it.

    `width_of` gives the width in pixels of a line at a size. Gives the lines and their size.
    """

    def fits(line: str, size_px: int) -> bool:
        return width_of(line, size_px) <= width_px

    for size_px in style.one_line_px:
        if fits(text, size_px):
            return [text], size_px
    breaks = [at + 1 for at, letter in enumerate(text) if letter in " -"]
    # Lines of like length look better than a full one above a single word.
    breaks.sort(key=lambda at: max(at, len(text) - at))
    for size_px in style.two_lines_px:
        for at in breaks:
            lines = [text[:at].rstrip(), text[at:]]
            if all(fits(line, size_px) for line in lines):
                return lines, size_px

    size_px = (style.two_lines_px or style.one_line_px)[-1]
    lines = [text]
    if style.two_lines_px:
        heads = [at for at in breaks if fits(text[:at].rstrip(), size_px)]
        if heads:
            lines = [text[: max(heads)].rstrip(), text[max(heads) :]]
    while not fits(lines[-1], size_px) and len(lines[-1]) > 1:
        lines[-1] = lines[-1].removesuffix(ELLIPSIS)[:-1].rstrip() + ELLIPSIS
    return lines, size_px
