"""The picture of a member's card: a PNG in the colours of the tier.

The face (all but the code) changes seldom and is cached by content; the code goes on a copy.
No letter is ever drawn as a box. Letters come from Noto Sans, and Han, kana and hangul from Noto
Sans CJK where it is installed. A text with a letter that no font has is left off, and in place of
such a name stands the member's number.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

import qrcode
from PIL import Image, ImageColor, ImageDraw, ImageFont
from qrcode.util import MODE_ALPHA_NUM, QRData

from gamification.cards.fonts import FontFile, font_files
from gamification.cards.lettering import Style, cut, fitted, may_be_left_out

CARD_SIZE_PX = (1000, 630)  # the proportions of a bank card (ISO/IEC 7810 ID-1)
FACES_CACHED_MAX = 16  # 2.5 MB each; a member looks at one card several times in a minute
GROUNDS_CACHED_MAX = 8  # 2.5 MB each; one per tier
QUIET_ZONE_MODULES = 4  # what a reader needs around the code (ISO/IEC 18004)
PNG_COMPRESS_LEVEL = 6  # 9 takes four times as long and saves a fifteenth

_MARGIN_PX = 64
_PANEL_PX = 441  # nine pixels a module for version 6: 41 modules and the quiet zone
_PANEL_AT = (CARD_SIZE_PX[0] - _MARGIN_PX - _PANEL_PX, (CARD_SIZE_PX[1] - _PANEL_PX) // 2)
_PANEL_RADIUS_PX = 28  # less than the quiet zone, so that the corners stay out of the code
_TOP_PX, _BOTTOM_PX = _PANEL_AT[1], _PANEL_AT[1] + _PANEL_PX
_COLUMN_PX = _PANEL_AT[0] - _MARGIN_PX - 40
_SMOOTHING = 4  # shapes are drawn this many times larger, then shrunk: soft edges
_REGULAR, _SEMIBOLD = 400, 600
_CAP_HEIGHT = 0.714  # of Noto Sans, in ems: makes capitals stand on the panel's top line
_LINE_HEIGHT = 1.16

_Rgb = tuple[int, int, int]
_WHITE: _Rgb = (255, 255, 255)
_BLACK: _Rgb = (0, 0, 0)
_NEAR_BLACK: _Rgb = (22, 22, 26)
_LUMA_LIGHT_MIN = 145  # of 255: above it black letters read better than white ones


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFace:
    """What stands on a card. `number` is grouped with spaces; colours are `#rrggbb`."""

    programme_name: str
    tier_name: str
    member_name: str
    number: str
    background: str
    ink: str
    accent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lines:
    """A text broken into lines. Its height is from the first capitals to the last baseline."""

    lines: tuple[str, ...]
    size_px: int
    weight: int

    @property
    def height_px(self) -> int:
        return round(self.size_px * (_CAP_HEIGHT + _LINE_HEIGHT * (len(self.lines) - 1)))


_PROGRAMME = Style(weight=_SEMIBOLD, one_line_px=(46, 42, 38), two_lines_px=(38, 34, 30))
_TIER = Style(weight=_SEMIBOLD, one_line_px=(27, 24, 21))
_NAME = Style(weight=_SEMIBOLD, one_line_px=(56, 52, 48, 44), two_lines_px=(46, 42, 38, 35))
_NUMBER = Style(weight=_REGULAR, one_line_px=(33, 28))
_NUMBER_ALONE = Style(weight=_SEMIBOLD, one_line_px=(62, 48))


def draw_card(face: CardFace, *, code_text: str | None) -> bytes:
    """Draw `face`, and `code_text` as a QR code where given; gives a PNG of CARD_SIZE_PX.

    Raises ValueError for a colour that is none and for a text with other letters than a code's.
    """
    image = draw_face(face)
    if code_text is not None:
        image = place_code(image, code_text)
    png = io.BytesIO()
    image.save(png, format="PNG", compress_level=PNG_COMPRESS_LEVEL)
    return png.getvalue()


@lru_cache(maxsize=FACES_CACHED_MAX)
def draw_face(face: CardFace) -> Image.Image:
    """Draw all but the code. The image is shared by all who ask: copy it before drawing on it."""
    background, ink, accent = (_rgb(colour) for colour in (face.background, face.ink, face.accent))
    image = _ground(background, accent).copy()
    top_px = _TOP_PX
    if programme_name := _drawable(face.programme_name):
        heading = _typeset(programme_name, _PROGRAMME)
        _write(image, (_MARGIN_PX, top_px), heading, colour=ink)
        top_px += heading.height_px + round(heading.size_px * 0.7)
    if tier_name := _drawable(face.tier_name):
        _draw_pill(image, top_px, tier_name, colour=accent)

    # From the bottom up: the number, above it the name, above that a bar.
    bottom_px = _BOTTOM_PX
    name = _drawable(face.member_name)
    if name:
        number = _typeset(face.number, _NUMBER)
        bottom_px -= number.height_px
        faint = _mixed(ink, background, share=0.2)
        _write(image, (_MARGIN_PX, bottom_px), number, colour=faint)
        bottom_px -= 30
    title = _typeset(name, _NAME) if name else _typeset(face.number, _NUMBER_ALONE)
    bottom_px -= title.height_px
    _write(image, (_MARGIN_PX, bottom_px), title, colour=ink)
    bar = (_MARGIN_PX, bottom_px - 42, _MARGIN_PX + 72, bottom_px - 36)
    _fill_rounded(image, bar, radius_px=3, colour=accent)
    return image


def place_code(image: Image.Image, text: str) -> Image.Image:
    """Give a copy of `image` with `text` as a QR code, error level M, on a white panel."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(QRData(text, mode=MODE_ALPHA_NUM), optimize=0)
    code.make(fit=True)
    rows = code.get_matrix()
    dark = Image.frombytes("L", (len(rows),) * 2, bytes(255 * cell for row in rows for cell in row))
    code_px = len(rows) * (_PANEL_PX // (len(rows) + 2 * QUIET_ZONE_MODULES))
    dark = dark.resize((code_px, code_px), Image.Resampling.NEAREST)
    inset_px = (_PANEL_PX - code_px) // 2
    image = image.copy()
    left_px, top_px = _PANEL_AT
    panel = (left_px, top_px, left_px + _PANEL_PX, top_px + _PANEL_PX)
    _fill_rounded(image, panel, radius_px=_PANEL_RADIUS_PX, colour=_WHITE)
    image.paste(_BLACK, (left_px + inset_px, top_px + inset_px), dark)
    return image


def missing_letters(text: str) -> str:
    """Give the letters of `text` that no font here has, each once: what a log line needs.

    Symbols such as emoji are no letters: those that no font has are left out of the drawing.
    """
    letters = dict.fromkeys(letter for letter in cut(text) if not may_be_left_out(letter))
    return "".join(letter for letter in letters if font_file_of(letter) is None)


def _drawable(text: str) -> str:
    """Give `text` as it can be drawn without a box, or nothing where a letter is missing."""
    if missing_letters(text):
        return ""
    return " ".join("".join(letter for letter in cut(text) if font_file_of(letter)).split())


@lru_cache(maxsize=4096)  # letters in use, not all of Unicode
def font_file_of(letter: str) -> FontFile | None:
    """Give the first font of this machine that has `letter`."""
    return next((file for file in font_files() if _has_letter(file, letter)), None)


def _has_letter(file: FontFile, letter: str) -> bool:
    """Tell whether `file` maps `letter`, by the picture: Pillow shows no character map.

    The picture of a letter that is not mapped is that of U+10FFFF, which no font maps.
    """
    # The basic layout asks the character map alone: the other one may put a letter together.
    font = _font(file, 32, _REGULAR, ImageFont.Layout.BASIC)
    return _picture(font, letter) != _picture(font, "\U0010ffff")


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter, mode="L")
    return mask.size, bytes(mask)


@cache  # sizes, weights and files are few
def _font(
    file: FontFile, size_px: int, weight: int, layout: ImageFont.Layout | None = None
) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(file.path, size_px, index=file.index, layout_engine=layout)
    if file.has_weights:
        others = [float(axis["default"] or 0) for axis in font.get_variation_axes()[1:]]
        font.set_variation_by_axes([weight, *others])
    return font


def _runs(text: str, size_px: int, weight: int) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    """Split a drawable text where its font changes."""
    for file, letters in groupby(text, key=font_file_of):
        if file is not None:
            yield _font(file, size_px, weight), "".join(letters)


def _width_px(text: str, size_px: int, weight: int) -> float:
    return sum(font.getlength(run) for font, run in _runs(text, size_px, weight))


def _typeset(text: str, style: Style, width_px: int = _COLUMN_PX) -> _Lines:
    def width_of(line: str, size_px: int) -> float:
        return _width_px(line, size_px, style.weight)

    lines, size_px = fitted(text, style, width_px=width_px, width_of=width_of)
    return _Lines(lines=tuple(lines), size_px=size_px, weight=style.weight)


def _write(image: Image.Image, at: tuple[int, int], text: _Lines, *, colour: _Rgb) -> None:
    """Write `text`, its first capitals touching `at` with their top left corner."""
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(text.lines):
        left_px: float = at[0]
        baseline_px = at[1] + round(text.size_px * (_CAP_HEIGHT + _LINE_HEIGHT * number))
        for font, run in _runs(line, text.size_px, text.weight):
            draw.text((left_px, baseline_px), run, font=font, fill=colour, anchor="ls")
            left_px += font.getlength(run)


def _draw_pill(image: Image.Image, top_px: int, text: str, *, colour: _Rgb) -> None:
    pad_x_px, pad_y_px = 22, 15
    line = _typeset(text, _TIER, _COLUMN_PX - 2 * pad_x_px)
    text_px = round(_width_px(line.lines[0], line.size_px, line.weight))
    height_px = line.height_px + 2 * pad_y_px
    box = (_MARGIN_PX, top_px, _MARGIN_PX + text_px + 2 * pad_x_px, top_px + height_px)
    _fill_rounded(image, box, radius_px=height_px // 2, colour=colour)
    ink = _NEAR_BLACK if _is_light(colour) else _WHITE
    _write(image, (_MARGIN_PX + pad_x_px, top_px + pad_y_px), line, colour=ink)


@lru_cache(maxsize=GROUNDS_CACHED_MAX)
def _ground(background: _Rgb, accent: _Rgb) -> Image.Image:
    """Draw what lies under the text: light from above left, and arcs in the accent."""
    light, dark = _mixed(background, _WHITE, share=0.07), _mixed(background, _BLACK, share=0.16)
    slope = Image.frombytes("L", (2, 2), bytes((0, 128, 128, 255)))
    # Between the middles of the four pixels: beyond them the slope would be flat.
    slope = slope.resize(CARD_SIZE_PX, Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))
    image = Image.composite(
        Image.new("RGB", CARD_SIZE_PX, dark), Image.new("RGB", CARD_SIZE_PX, light), slope
    )
    large = (CARD_SIZE_PX[0] * _SMOOTHING, CARD_SIZE_PX[1] * _SMOOTHING)
    # (centre x, centre y, radius, width of the ring or 0 for a disc, strength of the accent)
    for x, y, radius, ring, strength in (
        (930, 60, 330, 0, 0.20),
        (930, 60, 470, 3, 0.38),
        (830, 800, 320, 0, 0.12),
        (830, 800, 420, 3, 0.26),
    ):
        shape = Image.new("L", large)
        box = [_SMOOTHING * edge for edge in (x - radius, y - radius, x + radius, y + radius)]
        level = round(255 * strength)
        pen = ImageDraw.Draw(shape)
        if ring:
            pen.ellipse(box, outline=level, width=ring * _SMOOTHING)
        else:
            pen.ellipse(box, fill=level)
        image.paste(accent, (0, 0), shape.resize(CARD_SIZE_PX, Image.Resampling.BOX))
    return image


def _fill_rounded(
    image: Image.Image, box: tuple[int, int, int, int], *, radius_px: int, colour: _Rgb
) -> None:
    left_px, top_px, right_px, bottom_px = box
    mask = _rounded_mask((right_px - left_px, bottom_px - top_px), radius_px)
    image.paste(colour, (left_px, top_px), mask)


@lru_cache(maxsize=32)  # the panel, the bar and the pills of a programme's tiers
def _rounded_mask(size_px: tuple[int, int], radius_px: int) -> Image.Image:
    large = (size_px[0] * _SMOOTHING, size_px[1] * _SMOOTHING)
    mask = Image.new("L", large)
    corner = (large[0] - 1, large[1] - 1)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *corner), radius_px * _SMOOTHING, fill=255)
    return mask.resize(size_px, Image.Resampling.BOX)


def _rgb(colour: str) -> _Rgb:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _mixed(one: _Rgb, other: _Rgb, *, share: float) -> _Rgb:
    """Blend in `share` (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _is_light(colour: _Rgb) -> bool:
    """Tell whether `colour` is light, by its luma (ITU-R BT.601)."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > _LUMA_LIGHT_MIN
