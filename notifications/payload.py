"""Cuts a push's texts to what a push service takes. Pure."""

import json
import unicodedata
from collections.abc import Mapping

MESSAGE_BYTES_MAX = 4096
"""FCM and Apple refuse a longer payload."""

ENVELOPE_BYTES_MAX = 1000
"""What surrounds the texts, the data and the picture at the most: names, keys, times, brackets."""

ELLIPSIS = "…"

_JOINER = "\N{ZERO WIDTH JOINER}"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)  # two make a flag
_TAGS = range(0xE0020, 0xE0080)  # spell out a region after a flag
_JAMO = range(0x1160, 0x1200)  # vowels and ends of a Korean syllable


class TooLarge(ValueError):  # noqa: N818 -- says what is wrong with the message
    """What may not be cut leaves no room for a text."""


def room_for_texts(data: Mapping[str, str], *others: str) -> int:
    """How many bytes title and body may have beside such data and other values. Below 0: none."""
    fixed = sum(size(key) + size(value) + len('"":"",') for key, value in data.items())
    return MESSAGE_BYTES_MAX - ENVELOPE_BYTES_MAX - fixed - sum(size(each) for each in others)


def fitting(title: str, body: str, *, room_bytes: int) -> tuple[str, str]:
    """Cut both so that they have `room_bytes` together; a text that is cut ends in an ellipsis.

    The title is cut only where it takes more than half while the body needs the rest. Raises
    TooLarge where nothing of a text would be left.
    """
    shown = shortened(title, max(room_bytes // 2, room_bytes - size(body)))
    told = shortened(body, room_bytes - size(shown))
    if (title and not shown) or (body and not told):
        raise TooLarge(f"the data leaves {max(room_bytes, 0)} bytes for the texts")
    return shown, told


def shortened(text: str, room_bytes: int) -> str:
    """Cut a text between two characters as people see them; "" where not even one fits."""
    if size(text) <= room_bytes:
        return text
    left = room_bytes - size(ELLIPSIS)
    end = 0
    for position, character in enumerate(text):
        if _may_cut(text, position):
            end = position
        left -= size(character)
        if left < 0:
            break
    kept = text[:end].rstrip()
    return kept + ELLIPSIS if kept else ""


def size(text: str) -> int:
    """How many bytes a text has in a JSON document in UTF-8. Raises ValueError for half a pair."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - len('""')


def _may_cut(text: str, position: int) -> bool:
    """Whether what stands before a position is whole without what stands there."""
    if position == 0:
        return False
    before, after = text[position - 1], text[position]
    if _continues(after) or _JOINER in {before, after} or (before == "\r" and after == "\n"):
        return False
    if ord(after) not in _FLAG_LETTERS:
        return True
    letters = 0
    while letters < position and ord(text[position - 1 - letters]) in _FLAG_LETTERS:
        letters += 1
    return letters % 2 == 0


def _continues(character: str) -> bool:
    """Whether it is drawn as a part of the character before it."""
    return unicodedata.category(character).startswith("M") or any(
        ord(character) in each for each in (_SKIN_TONES, _TAGS, _JAMO)
    )
