"""Card pictures: an address is good for one card and one minute, and tells strangers nothing."""

import asyncio
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
import zxingcpp
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from api.images import ADDRESS_LIFE, CardImages, ImageAddresses
from api.keys import CardKeys
from gamification.cards import store as cards
from gamification.members.rules import MemberRecord
from tests.world import KEY_ID, START, World

HANDLE = bytes(range(8))
OTHER_HANDLE = bytes(range(1, 9))
ADDRESSES = ImageAddresses(key=b"k" * 32, public_url="https://cards.example.org/regulars")


def parts(address: str) -> tuple[str, dict[str, str]]:
    """The name of the picture and the query, as the route sees them."""
    split = urlsplit(address)
    name = split.path.rpartition("/")[2].removesuffix(".png")
    return name, dict(parse_qsl(split.query, keep_blank_values=True))


def allows(address: str, *, now: datetime = START, **changes: str) -> bool:
    name, query = parts(address)
    return ADDRESSES.allows(changes.pop("name", name), {**query, **changes}, now=now)


def test_an_address_names_the_card_under_the_public_url() -> None:
    address = ADDRESSES.address(HANDLE, now=START)
    assert address.startswith(f"https://cards.example.org/regulars/cards/{HANDLE.hex()}.png?")
    assert allows(address)


def test_an_address_is_good_until_its_minute_is_over() -> None:
    address = ADDRESSES.address(HANDLE, now=START)
    assert timedelta(minutes=1) == ADDRESS_LIFE
    assert allows(address, now=START + timedelta(seconds=59))
    assert not allows(address, now=START + timedelta(seconds=60))


def test_an_address_is_good_for_one_card() -> None:
    assert not allows(ADDRESSES.address(HANDLE, now=START), name=OTHER_HANDLE.hex())


@pytest.mark.parametrize("place", range(0, 32, 5))
def test_no_altered_digit_of_a_signature_passes(place: int) -> None:
    address = ADDRESSES.address(HANDLE, now=START)
    signature = parts(address)[1]["signature"]
    other = "0" if signature[place] != "0" else "1"
    assert not allows(address, signature=signature[:place] + other + signature[place + 1 :])


@pytest.mark.parametrize("signature", ["", "ą" * 32, "\ud800", "0" * 10_000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not allows(ADDRESSES.address(HANDLE, now=START), signature=signature)


@pytest.mark.parametrize(
    "expires", ["", "soon", "-1", "1e9", "٣", "²", "9" * 12, "9" * 13, "9" * 5_000, " 1"]
)
def test_a_later_end_cannot_be_asked_for(expires: str) -> None:
    assert not allows(ADDRESSES.address(HANDLE, now=START), expires=expires)


def test_another_installations_address_is_worth_nothing_here() -> None:
    other = ImageAddresses(key=b"x" * 32, public_url=ADDRESSES.public_url)
    assert not allows(other.address(HANDLE, now=START))


@pytest.fixture
def ola(world: World) -> MemberRecord:
    return world.enrol("Ola")


def picture(world: World, member: MemberRecord, *, handle: bytes | None = None) -> Response:
    """What the address of the member's card, or of a handle, is answered."""
    keys = CardKeys(
        kid=KEY_ID,
        private_key=world.card_key,
        public_keys={KEY_ID: world.card_key.public_key()},
    )
    images = CardImages(
        addresses=ADDRESSES, database=world.database, programme=world.programme, card_keys=keys
    )
    current = world.read(lambda c: cards.current_handle(c, member.id)) or b""
    split = urlsplit(ADDRESSES.address(handle or current, now=world.now))
    name, _ = parts(split.geturl())
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "path_params": {"handle": name},
        "query_string": split.query.encode(),
    }
    return asyncio.run(images.answer(Request(scope), now=world.now))


def image_of(response: Response) -> Image.Image:
    assert response.status_code == 200
    return Image.open(BytesIO(bytes(response.body)))


def brightness(response: Response) -> int:
    """Of the card itself, a little inside its edge; from 0 to 765."""
    pixel = image_of(response).convert("RGB").getpixel((12, 500))
    assert isinstance(pixel, tuple)
    return int(sum(pixel))


def code_on(response: Response) -> str:
    (found,) = zxingcpp.read_barcodes(image_of(response))
    return str(found.text)


def test_each_picture_carries_a_fresh_code_that_opens_a_visit(
    world: World, ola: MemberRecord
) -> None:
    first, second = picture(world, ola), picture(world, ola)
    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["content-type"] == "image/png"
    assert code_on(first) != code_on(second)
    for response in (first, second):
        assert world.scan_code(code_on(response)).member_id == ola.id


def test_the_card_wears_the_colours_of_the_tier(world: World, ola: MemberRecord) -> None:
    assert brightness(picture(world, ola)) > 600  # Prelude is pale
    world.buy(ola, "250.00")
    assert brightness(picture(world, ola)) < 250  # Serenade is a dark green


def test_a_revoked_card_and_one_that_never_was_have_no_picture(
    world: World, ola: MemberRecord
) -> None:
    handle = world.read(lambda c: cards.current_handle(c, ola.id))
    unknown = picture(world, ola, handle=HANDLE)
    world.write(lambda c: cards.revoke(c, ola.id, now=world.now))
    revoked = picture(world, ola, handle=handle)
    for response in (unknown, revoked):
        assert (response.status_code, response.body) == (404, b"")
