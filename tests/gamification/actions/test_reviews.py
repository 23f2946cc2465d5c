"""What members said of a product, as everybody may read it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from api.erasure import erase
from gamification.errors import Refusal
from gamification.members.rules import MemberRecord
from gamification.reviews import store as reviews
from gamification.reviews.rules import Review, Summary, product_key
from tests.claiming import claim, claimed, decide, review
from tests.world import World

NEWEST = "g" * 32
AT_ONCE = 12
SAME = ("Old Jal\u00f3n", " Old   Jal\u00f3n ", "Old Jalo\u0301n")  # with spaces, and decomposed


@pytest.fixture
def world(market_world: World) -> World:
    return market_world


def page(world: World, product: str, *, before: str = NEWEST, most: int = 10) -> list[Review]:
    return world.read(lambda c: reviews.page(c, product, before=before, most=most))


def summary(world: World, product: str) -> Summary:
    return world.read(lambda c: reviews.summary(c, product))


def test_only_what_was_approved_is_shown(world: World) -> None:
    ola, ewa = world.enrol(), world.enrol("Ewa")
    decide(world, review(world, ewa, rating=1), approve=False)
    decide(world, review(world, ola, rating=4, text="Crumbly", picture="https://a.example/1"))
    review(world, ewa, rating=1)
    [shown] = page(world, "Gouda")
    assert (shown.rating, shown.text, shown.picture) == (4, "Crumbly", "https://a.example/1")
    assert summary(world, "Gouda") == Summary(count=1, stars=4)
    assert summary(world, "Brie") == Summary(count=0, stars=0)


def test_a_product_is_the_same_however_it_is_typed(world: World) -> None:
    for name, typed in zip(("Ola", "Ewa", "Jan"), SAME, strict=True):
        decide(world, review(world, world.enrol(name), typed)).result()
    assert summary(world, product_key(SAME[0])).count == len(SAME)


@pytest.mark.parametrize("approve_first", [True, False])
@pytest.mark.parametrize("typed", SAME)
def test_a_member_is_paid_once_for_reviews_of_a_product(
    world: World,
    approve_first: bool,  # noqa: FBT001 -- a column of the table above
    typed: str,
) -> None:
    ola = world.enrol()
    first = review(world, ola, SAME[0], rating=1)
    if approve_first:
        decide(world, first).result()
        world.pass_time(days=400)
    with world.refuses("ALREADY_COUNTED", sticky=True):
        claim(world, ola, "review", key="again", product=typed, rating=5).result()
    assert world.rows("SELECT count(*) FROM claim") == [1]
    review(world, ola, "Old Edam")
    review(world, world.enrol("Ewa"), typed)
    if not approve_first:
        decide(world, first, approve=False)
        assert claim(world, ola, "review", key="again", product=typed, rating=5).replayed
        review(world, ola, typed)


def test_two_claims_of_a_product_that_wait_both_are_paid_once(world: World) -> None:
    ola, programme = world.enrol(), world.programme
    post = replace(programme.kinds["review"], is_review=False)
    world.programme = replace(programme, kinds={**programme.kinds, "review": post})
    first, second = (review(world, ola, typed) for typed in SAME[:2])
    world.programme = programme
    decide(world, first).result()
    with world.refuses("ALREADY_COUNTED", sticky=True):
        decide(world, second).result()
    assert world.rows("SELECT state FROM claim ORDER BY id") == ["approved", "waiting"]
    assert world.rows("SELECT count(*) FROM review") == [1]
    assert world.violations() == []


def test_a_claim_from_before_its_kind_was_a_review_stands_in_nobodys_way(world: World) -> None:
    ola, programme = world.enrol(), world.programme
    post = replace(programme.kinds["review"], is_review=False, attributes={})
    world.programme = replace(programme, kinds={**programme.kinds, "review": post})
    claimed(world, ola, "review")
    world.programme = programme
    review(world, ola)


def test_of_two_that_review_a_product_at_the_same_moment_one_waits(world: World) -> None:
    members = [world.enrol(f"Guest {number}") for number in range(AT_ONCE)]

    def reviews_it(member: MemberRecord) -> str:
        try:
            review(world, member)
        except Refusal as refusal:
            return refusal.code
        return "waits"

    both = [each for member in members for each in (member, member)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(reviews_it, both))
    assert sorted(found) == ["ALREADY_COUNTED"] * AT_ONCE + ["waits"] * AT_ONCE
    assert world.rows("SELECT count(DISTINCT member_id) FROM claim") == [AT_ONCE]


def test_the_newest_come_first_and_pages_do_not_overlap(world: World) -> None:
    for rating in (1, 2, 3, 4, 5):
        guest = world.enrol(f"Guest {rating}")
        decide(world, review(world, guest, rating=rating)).result()
        decide(world, review(world, guest, "Brie", rating=rating)).result()
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
        review(world, each, "Brie", text="I am Ola")
    erase(world.database, ola.number, world.programme, now=world.now)
    kept = {each.member_id: (each.rating, each.text, each.picture) for each in page(world, "Gouda")}
    assert kept == {ola.id: (3, None, None), jan.id: (3, "I am Ola", "https://ola.example")}
    assert world.rows("SELECT DISTINCT member_id FROM claim") == [jan.id]
    words = "SELECT attributes FROM activity WHERE kind = 'review' ORDER BY id"
    assert "Ola" not in world.rows(words)[0]
    assert world.violations() == []


def test_of_a_forgotten_member_what_only_they_called_a_product_goes(world: World) -> None:
    world.programme = replace(world.programme, products=["Rye  Bread"])
    ola, jan = world.enrol(), world.enrol("Jan")
    for product in ("Gouda of Wilhelmina", "Brie", "Rye Bread"):
        decide(world, review(world, ola, product, rating=5)).result()
    for product in (" Brie", "Gouda of Jan"):
        decide(world, review(world, jan, product)).result()
    erase(world.database, ola.number, world.programme, now=world.now)
    assert world.rows("SELECT product, member_id FROM review ORDER BY product, member_id") == [
        ("Brie", ola.id),
        ("Brie", jan.id),
        ("Gouda of Jan", jan.id),
        ("Rye Bread", ola.id),
    ]
    assert "Wilhelmina" not in str(world.contents())
    assert world.violations() == []
