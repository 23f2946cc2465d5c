"""What members said of a product, as everybody may read it."""

import pytest

from api.erasure import erase
from gamification.reviews import store as reviews
from gamification.reviews.rules import Review, Summary, product_key
from tests.claiming import decide, review
from tests.world import World

NEWEST = "g" * 32


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


def page(world: World, product: str, *, before: str = NEWEST, most: int = 10) -> list[Review]:
    return world.read(lambda c: reviews.page(c, product, before=before, most=most))


def summary(world: World, product: str) -> Summary:
    return world.read(lambda c: reviews.summary(c, product))


def test_only_what_was_approved_is_shown(world: World) -> None:
    ola = world.enrol()
    decide(world, review(world, ola, rating=4, text="Crumbly", picture="https://a.example/1"))
    decide(world, review(world, ola, rating=1), approve=False)
    review(world, ola, rating=1)
    [shown] = page(world, "Gouda")
    assert (shown.rating, shown.text, shown.picture) == (4, "Crumbly", "https://a.example/1")
    assert summary(world, "Gouda") == Summary(count=1, stars=4)
    assert summary(world, "Brie") == Summary(count=0, stars=0)


def test_a_product_is_the_same_however_it_is_spaced(world: World) -> None:
    ola = world.enrol()
    for typed in ("Old Gouda", " Old   Gouda "):
        decide(world, review(world, ola, typed)).result()
    assert summary(world, product_key("Old  Gouda")).count == 2


def test_the_newest_come_first_and_pages_do_not_overlap(world: World) -> None:
    ola = world.enrol()
    for rating in (1, 2, 3, 4, 5):
        decide(world, review(world, ola, rating=rating)).result()
        decide(world, review(world, ola, "Brie", rating=rating)).result()
    first = page(world, "Gouda", most=3)
    rest = page(world, "Gouda", before=first[-1].activity_id, most=3)
    assert [each.rating for each in (*first, *rest)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("ratings", "average"),
    [((), None), ((5,), 5.0), ((4, 5), 4.5), ((5, 5, 4), 4.7), ((1, 1, 1, 2), 1.3), ((3, 3), 3.0)],
)
def test_an_average_is_rounded_half_up_to_a_tenth(
    ratings: tuple[int, ...], average: float | None
) -> None:
    assert Summary(count=len(ratings), stars=sum(ratings)).average == average


def test_of_a_forgotten_member_the_stars_stay_and_the_words_go(world: World) -> None:
    ola, jan = world.enrol(), world.enrol("Jan")
    for each in (ola, jan):
        decide(world, review(world, each, text="I am Ola", picture="https://ola.example"))
        review(world, each, text="I am Ola")
    erase(world.database, ola.number, world.programme, now=world.now)
    kept = {each.member_id: (each.rating, each.text, each.picture) for each in page(world, "Gouda")}
    assert kept == {ola.id: (3, None, None), jan.id: (3, "I am Ola", "https://ola.example")}
    assert world.rows("SELECT DISTINCT member_id FROM claim") == [jan.id]
    words = "SELECT attributes FROM activity WHERE kind = 'review' ORDER BY id"
    assert "Ola" not in world.rows(words)[0]
    assert world.violations() == []
