import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import base45
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from gamification.cards import drawing
from gamification.cards.drawing import (
    CARD_SIZE_PX,
    CardFace,
    draw_card,
    draw_face,
    font_file_of,
    missing_letters,
    place_code,
)
from gamification.cards.fonts import FontFile, font_files

PNG_BYTES_MAX = 60_000
PALETTES = {
    "midnight and gold": ("#1f2430", "#f6efe0", "#d9a441"),
    "cream and brick": ("#f4ead9", "#3b2a1e", "#b5522b"),
    "green": ("#0f5c4a", "#ffffff", "#9fe0c0"),
    "violet": ("#4b2a8c", "#ffffff", "#ff8fb1"),
    "white": ("#ffffff", "#111111", "#e4002b"),
    "black": ("#000000", "#ffffff", "#ffffff"),
}
FACE = CardFace(
    programme_name="Café Marzipan",
    tier_name="Złoty",
    member_name="Żółć Łukasz",
    number="1234 567 890",
    background="#1f2430",
    ink="#f6efe0",
    accent="#d9a441",
)
CODE_TEXT = "LC1:" + str(base45.b45encode(bytes(range(100))), "ascii")
OFFLINE_CODE_TEXT = "LC1:" + str(base45.b45encode(bytes(range(116))), "ascii")
# Of scripts that no font we know of here has: Egyptian hieroglyphs.
HIEROGLYPHS = "\U00013000\U00013001"

Written = list[tuple[ImageFont.FreeTypeFont, str]]


def is_box(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether `font` shows `letter` as it shows U+10FFFF, which no font has."""
    box, drawn = font.getmask("\U0010ffff"), font.getmask(letter)
    return drawn.size == box.size and bytes(drawn) == bytes(box)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """All that is written on a face, with its font."""
    runs: Written = []
    write = ImageDraw.ImageDraw.text

    def spy(self: ImageDraw.ImageDraw, xy: Any, text: str, **options: Any) -> None:
        runs.append((options["font"], text))
        write(self, xy, text, **options)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", spy)
    draw_face.cache_clear()
    return runs


@pytest.fixture
def noto_sans_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without fonts for Chinese."""
    noto_sans = font_files()[:1]

    def only() -> tuple[FontFile, ...]:
        return noto_sans

    monkeypatch.setattr(drawing, "font_files", only)
    font_file_of.cache_clear()
    draw_face.cache_clear()
    yield
    font_file_of.cache_clear()
    draw_face.cache_clear()


def in_colours(palette: str) -> CardFace:
    background, ink, accent = PALETTES[palette]
    return replace(FACE, background=background, ink=ink, accent=accent)


def texts(written: Written) -> str:
    return " ".join(text for _, text in written)


@pytest.mark.parametrize("palette", PALETTES)
def test_a_reader_reads_the_code_from_the_picture(palette: str) -> None:
    png = draw_card(in_colours(palette), code_text=CODE_TEXT)
    assert png.startswith(b"\x89PNG")
    assert len(png) < PNG_BYTES_MAX
    image = Image.open(io.BytesIO(png))
    assert image.size == CARD_SIZE_PX
    (code,) = zxingcpp.read_barcodes(image)
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.text == CODE_TEXT
    assert code.ec_level == "M"


@pytest.mark.parametrize("text", [CODE_TEXT, OFFLINE_CODE_TEXT])
def test_a_code_is_read_from_a_small_and_blurred_picture(text: str) -> None:
    small = place_code(draw_face(FACE), text).resize((400, 252), Image.Resampling.BILINEAR)
    (code,) = zxingcpp.read_barcodes(small)
    assert code.text == text


def test_the_code_is_version_six_with_a_white_quiet_zone_of_four_modules() -> None:
    image = place_code(draw_face(in_colours("white")), CODE_TEXT)
    panel = image.crop((495, 94, 936, 535)).convert("L")
    dark = panel.point([255] * 128 + [0] * 128)
    # 41 modules of 9 pixels (as bytes it would be version 8, 49 modules), 4 of them around.
    assert dark.getbbox() == (36, 36, 36 + 41 * 9, 36 + 41 * 9)


def test_a_card_may_be_drawn_without_a_code() -> None:
    image = Image.open(io.BytesIO(draw_card(FACE, code_text=None)))
    assert image.size == CARD_SIZE_PX
    assert zxingcpp.read_barcodes(image) == []


def test_a_text_outside_the_alphanumeric_alphabet_is_no_code() -> None:
    with pytest.raises(ValueError, match="mode"):
        place_code(draw_face(FACE), "lower case")


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="golden-ish"):
        draw_face(replace(FACE, accent="golden-ish"))


def test_a_face_is_drawn_once_and_its_copy_gets_the_code() -> None:
    face = draw_face(FACE)
    before = face.tobytes()
    place_code(face, CODE_TEXT)
    assert draw_face(replace(FACE)) is face
    assert face.tobytes() == before


def test_another_name_or_tier_is_another_face() -> None:
    assert draw_face(replace(FACE, tier_name="Gold")) != draw_face(FACE)
    assert draw_face(replace(FACE, member_name="Ann")) != draw_face(FACE)


def test_the_check_for_boxes_knows_one() -> None:
    font = ImageFont.truetype(font_files()[0].path, 40)
    assert is_box(font, "王")
    assert not is_box(font, "Ł")


@pytest.mark.parametrize(
    "name",
    [
        "Żółć Łukasz",
        "Щукина Юлия",
        "Ναυσικά Παπαδοπούλου",
        "Z\u0307o\u0301łc\u0301",
        "王小明",
        "Łukasz 王小明 Щ",
        "Anna 🎉👩🏽\u200d🚀 Nowak 1️⃣",
        "🎉",
        "محمد",
        HIEROGLYPHS,
        "tab\tline\nnull\0bidi\u202eend",
        "\ufffe\ue000",
        "Aleksandra Maria Wiśniewska-Kowalczykowska de la Fuente García",
        "W" * 5_000,
        "王" * 60,
        "",
    ],
)
def test_no_letter_is_drawn_as_a_box(name: str, written: Written) -> None:
    draw_face(replace(FACE, member_name=name, programme_name=name, tier_name=name))
    assert "1234 567 890" in texts(written)
    for font, text in written:
        assert not any(is_box(font, letter) for letter in text), text


def test_polish_and_russian_names_stand_on_the_card(written: Written) -> None:
    draw_face(FACE)
    draw_face(replace(FACE, member_name="Щукина Юлия"))
    assert "Żółć Łukasz" in texts(written)
    assert "Щукина Юлия" in texts(written)
    assert missing_letters("Żółć Łukasz Щукина Юлия") == ""


def test_emoji_are_left_out_and_the_name_stays(written: Written) -> None:
    draw_face(replace(FACE, member_name="Anna 🎉👩🏽\u200d🚀 Nowak"))
    assert "Anna Nowak" in texts(written)
    assert missing_letters("Anna 🎉👩🏽\u200d🚀 Nowak") == ""


@pytest.mark.usefixtures("noto_sans_alone")
def test_without_a_font_for_it_the_number_takes_the_place_of_a_name(written: Written) -> None:
    draw_face(replace(FACE, member_name="王小明 Łukasz 王", tier_name="金"))
    assert [text for _, text in written] == ["Café Marzipan", "1234 567 890"]
    alone = written[-1][0].size
    draw_face(FACE)
    assert written[-1][1] == "Żółć Łukasz"
    beside_a_name = next(font.size for font, text in written[3:] if text == "1234 567 890")
    assert alone > beside_a_name


@pytest.mark.usefixtures("noto_sans_alone")
def test_the_missing_letters_are_named_once_each() -> None:
    assert missing_letters("王小明 Łukasz 王") == "王小明"


@pytest.mark.skipif(len(font_files()) == 1, reason="this machine has no font for Chinese")
def test_a_chinese_name_stands_on_the_card_beside_other_letters(written: Written) -> None:
    draw_face(replace(FACE, member_name="王小明 Łukasz"))
    assert "王小明" in texts(written)
    assert missing_letters("王小明 Łukasz") == ""


def test_a_long_name_takes_two_lines_and_is_cut_to_the_column(written: Written) -> None:
    name = "Aleksandra Maria Wiśniewska-Kowalczykowska de la Fuente García"
    draw_face(replace(FACE, member_name=name))
    lines = [(font, text) for font, text in written if text[:3] in {"Ale", "Wiś"}]
    assert len(lines) == 2
    assert lines[1][1].endswith("…")
    column_px = CARD_SIZE_PX[0] - 2 * 64 - 441
    assert all(font.getlength(text) <= column_px for font, text in lines)


def test_a_middling_name_breaks_into_lines_of_like_length(written: Written) -> None:
    draw_face(replace(FACE, member_name="Katarzyna Wiśniewska-Nowak"))
    assert [text for _, text in written][-2:] == ["Katarzyna", "Wiśniewska-Nowak"]
