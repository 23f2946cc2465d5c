"""A member says what they did; staff look at it; everybody reads what was said of a product."""

from collections.abc import Iterator
from typing import Any

import pytest

from gamification.staff.rules import Role
from tests.journeys.server import Server, serving
from tests.journeys.story import enrol, expect_problem, home, nothing_changes, post, run
from tests.world import ELSEWHERE, World

PICTURE = "https://pictures.example/gouda.jpg"


@pytest.fixture
def server(market_world: World) -> Iterator[Server]:
    with serving(market_world) as server:
        enrol(server, "ola")
        yield server


def claim(
    server: Server, kind: str, *, key: str | None = None, subject: str = "ola", **told: Any
) -> Any:
    given = {
        "kind": kind,
        "attributes": [{"name": name, "value": value} for name, value in told.items()],
        "idempotencyKey": key or server.world.key(),
    }
    return run(server, "Claim", {"input": given}, token=server.token(subject=subject))


def review(
    server: Server, rating: int = 4, *, product: str = "Old Gouda", subject: str = "ola"
) -> str:
    told = {"product": {"text": product}, "rating": {"whole": rating}}
    return str(claim(server, "review", subject=subject, **told)["claimId"])


def decide(server: Server, claim_id: str, *, approve: bool = True) -> Any:
    given = {"claimId": claim_id, "approve": approve, "idempotencyKey": server.world.key()}
    return run(server, "DecideClaim", {"input": given}, token=server.token(Role.CLERK))


def waiting(server: Server, token: str) -> Any:
    return run(server, "Waiting", token=token)["staff"]["claims"]


def reviews(server: Server, product: str = "Old Gouda", **page: Any) -> Any:
    token = server.token(subject="ewa")
    return run(server, "Reviews", {"product": product, **page}, token=token)


def test_a_review_is_looked_at_and_then_read_by_everybody(server: Server) -> None:
    claimed = claim(
        server,
        "review",
        key="one",
        product={"text": "Old Gouda"},
        rating={"whole": 4},
        text={"text": "Crumbly"},
        picture={"text": PICTURE},
    )
    assert (claimed["__typename"], claimed["replayed"]) == ("ActivityClaimed", False)
    assert reviews(server) == {
        "average": None,
        "count": 0,
        "edges": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }
    [shown] = waiting(server, server.token(Role.CLERK))
    assert shown == {
        "id": claimed["claimId"],
        "kind": "review",
        "kindName": "Your review",
        "isReview": True,
        "attributes": [
            {"name": "product", "whole": None, "text": "Old Gouda", "flag": None},
            {"name": "rating", "whole": 4, "text": None, "flag": None},
            {"name": "text", "whole": None, "text": "Crumbly", "flag": None},
            {"name": "picture", "whole": None, "text": PICTURE, "flag": None},
        ],
        "claimedAt": "2026-03-02T11:00:00+00:00",
    }
    decided = decide(server, shown["id"])
    assert (decided["__typename"], decided["approved"]) == ("ClaimDecided", True)
    assert decided["pointsEarned"] == 30
    assert [fact["kind"] for fact in decided["facts"]] == ["ACTIVITY_RECORDED", "POINTS_EARNED"]
    assert waiting(server, server.token(Role.CLERK)) == []
    found = reviews(server, " Old  Gouda ")
    assert (found["average"], found["count"]) == (4.0, 1)
    [edge] = found["edges"]
    assert edge["node"] == {
        "rating": 4,
        "text": "Crumbly",
        "pictureUrl": PICTURE,
        "reviewedAt": "2026-03-02T11:00:00+00:00",
    }
    assert "Ola" not in str(found)
    texts = [line["node"]["text"] for line in home(server, "ola")["timeline"]["edges"]]
    assert "Twoja opinia" in texts
    late = decide(server, shown["id"], approve=False)
    expect_problem(late, "AlreadyDecided", "CLAIM_DECIDED")


def test_a_member_reads_that_it_was_not_accepted(server: Server) -> None:
    decided = decide(server, review(server, 1), approve=False)
    assert (decided["approved"], decided["pointsEarned"]) == (False, 0)
    assert [fact["text"] for fact in decided["facts"]] == [
        "“Your review”: we looked at it and could not accept it."
    ]
    newest = home(server, "ola")["timeline"]["edges"][0]["node"]
    assert newest["kind"] == "CLAIM_REFUSED"
    assert newest["text"] == "„Twoja opinia”: sprawdziliśmy to i nie mogliśmy tego uznać."
    assert reviews(server)["count"] == 0


def test_what_cannot_be_claimed_is_told_why(server: Server) -> None:
    told = {"network": {"text": "tiktok"}, "link": {"text": "tiktok.example/v/1"}}
    first = claim(server, "shared_on_social", key="one", **told)
    with nothing_changes(server):
        again = claim(server, "shared_on_social", key="one", **told)
        assert again == {**first, "replayed": True}
        wrong = claim(server, "review", product={"text": "Gouda"}, rating={"whole": 6})
        expect_problem(wrong, "InvalidInput", "ATTRIBUTE_WRONG")
        assert wrong["field"] == "attributes.rating"
        address = {"picture": {"text": "http://pictures.example"}}
        wrong = claim(server, "review", product={"text": "a"}, rating={"whole": 5}, **address)
        assert wrong["message"] == (
            "`attributes.picture` must be an https address of at most 500 characters."
        )
        expect_problem(claim(server, "tasting"), "InvalidInput", "KIND_UNKNOWN")
    twice = claim(server, "shared_on_social", **told)
    expect_problem(twice, "AlreadyCounted", "ALREADY_COUNTED")
    expect_problem(decide(server, "clm_1"), "NotFound", "CLAIM_UNKNOWN")
    review(server)
    told = {"product": {"text": "Old  Gouda"}, "rating": {"whole": 1}}
    expect_problem(claim(server, "review", **told), "AlreadyCounted", "ALREADY_COUNTED")
    for number in range(18):
        review(server, product=f"Gouda {number}")
    many = claim(server, "review", product={"text": "Gouda"}, rating={"whole": 5})
    expect_problem(many, "TooManyClaims", "TOO_MANY_CLAIMS")


def test_all_who_serve_see_what_waits_and_systems_do_not(server: Server) -> None:
    review(server)
    for role, count in ((Role.CLERK, 1), (Role.MANAGER, 1), (Role.SYSTEM, 0)):
        assert len(waiting(server, server.token(role))) == count
        seen = run(server, "Waiting", token=server.token(role))["staff"]
        assert seen["claimsWaiting"] == count
    assert len(waiting(server, server.staff_key(ELSEWHERE))) == 1


def test_reviews_come_in_pages_the_newest_first(server: Server) -> None:
    for rating in (1, 2, 3, 4, 5):
        enrol(server, f"guest-{rating}")
        decide(server, review(server, rating, subject=f"guest-{rating}"))
    first = reviews(server, first=2)
    assert (first["average"], first["count"]) == (3.0, 5)
    assert [edge["node"]["rating"] for edge in first["edges"]] == [5, 4]
    assert first["pageInfo"]["hasNextPage"]
    rest = reviews(server, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["rating"] for edge in rest["edges"]] == [3, 2, 1]
    assert not rest["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize("product", ["", "   ", "a\0b", "x" * 121, "nothing"])
def test_a_product_that_nobody_reviewed_has_no_reviews(server: Server, product: str) -> None:
    assert reviews(server, product)["count"] == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("first: 0", "PAGE_SIZE"), ("first: 101", "PAGE_SIZE"), ('after: "x"', "CURSOR")],
)
def test_arguments_that_make_no_page_are_refused(server: Server, arguments: str, code: str) -> None:
    text = f'{{ reviews(product: "Gouda", {arguments}) {{ count }} }}'
    (error,) = post(server, text, token=server.token(subject="ola")).json()["errors"]
    assert error["extensions"]["code"] == code
