"""Where this machine keeps the fonts for cards.

Noto Sans (Latin, Cyrillic, Greek) is installed with us. Noto Sans CJK (Han, kana, hangul) is
taken where it is found: Debian's package fonts-noto-cjk, or our extra `cjk`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import fontpkg

_SIMPLIFIED_CHINESE = 2  # the face in the collections; the others differ in the shape of a few Han


@dataclass(frozen=True, kw_only=True, slots=True)
class FontFile:
    """A font, `index` of its collection; `has_weights` where it draws any weight."""

    path: str
    index: int = 0
    has_weights: bool = False


@cache
def font_files() -> tuple[FontFile, ...]:
    """List the fonts of this machine in the order in which they are asked for a letter."""
    found = [FontFile(path=str(fontpkg.path("Noto Sans")), has_weights=True)]
    debian = Path("/usr/share/fonts/opentype/noto")
    collections = [debian / f"NotoSansCJK-{weight}.ttc" for weight in ("Bold", "Regular")]
    found += [
        FontFile(path=str(file), index=_SIMPLIFIED_CHINESE)
        for file in collections
        if file.is_file()
    ]
    package = find_spec("justmytype_intl_cjk")
    folders = (package.submodule_search_locations or ()) if package else ()
    found += [
        FontFile(path=str(file), has_weights=True)
        for folder in folders
        for script in ("sc", "tc", "jp", "kr")
        for file in sorted(Path(folder).glob(f"fonts/ofl/notosans{script}/*.ttf"))
    ]
    return tuple(found)
