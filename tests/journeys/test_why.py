"""A member asks why, over HTTP, and does what the answer says."""

from typing import Any

from gamification.staff.rules import Role
from tests.journeys.server import Server
from tests.journeys.story import counted_statements, post, run

REDEEM = """
mutation ($key: String!) {
  redeemReward(input: { rewardId: "coffee", idempotencyKey: $key }) {
    __typename
    ... on Problem { code why { text amount next { text action remaining } } }
  }
}
"""
BUY = """
mutation ($input: RecordPurchaseInput!) {
  recordPurchase(input: $input) {
    ... on PurchaseRecorded { facts { kind points why { text rule amount parts { amount } } } }
    ... on ReceiptAlreadyClaimed { why { text amount } }
  }
}
"""
PLAIN = "{ viewer { member { timeline { edges { node { text } } } } } }"
ASKING = "{ viewer { member { timeline { edges { node { text why { text } } } } } } }"


def why(server: Server, **pages: Any) -> Any:
    return run(server, "Why", pages, token=server.token(subject="ola"))["member"]


def explanations(screen: Any) -> list[Any]:
    facts = [edge["node"] for edge in screen["timeline"]["edges"]]
    return [
        screen["tier"]["why"],
        screen["nextReward"]["why"],
        *(each["why"] for part in ("badges", "challenges", "stamps") for each in screen[part]),
        *(each for fact in facts for each in fact["why"]),
    ]


def test_every_number_on_the_screen_is_explained_and_adds_up(server: Server) -> None:
    world = server.world
    ola = world.enrol("Ola", subject="ola")
    world.buy(ola, "260.00")
    world.buy(ola, "12.50")
    screen = why(server, facts=100)
    for each in explanations(screen):
        assert sum(part["amount"] for part in each["parts"]) == each["amount"], each
        assert each["version"] == world.programme.version
    told = [each["text"] for each in explanations(screen)]
    assert "Punkty za zakupy: 137 = 125 + 12 (Serenada ×1,1)." in told
    assert screen["tier"]["why"]["next"]["measure"] == "spend"
    assert screen["tier"]["why"]["next"]["unit"] == "MONEY"


def test_what_a_member_is_told_to_do_is_done_and_counts(server: Server) -> None:
    world = server.world
    ola = world.enrol("Ola", subject="ola")
    world.buy(ola, "40.00")
    step = why(server)["nextReward"]["why"]["next"]
    token = server.token(subject="ola")
    refused = post(server, REDEEM, {"key": "1"}, token=token).json()["data"]["redeemReward"]
    assert refused["code"] == "NOT_ENOUGH_POINTS"
    assert refused["why"]["next"]["remaining"] == step["remaining"]
    assert refused["why"]["text"].startswith("Potrzeba 900 punktów")
    world.adjust(ola, step["remaining"])
    done = post(server, REDEEM, {"key": "2"}, token=token).json()["data"]["redeemReward"]
    assert done == {"__typename": "RewardRedeemed"}


def test_staff_read_why_in_the_language_of_the_programme(server: Server) -> None:
    ola = server.world.enrol("Ola", subject="ola")
    token = server.token(Role.MANAGER)

    def bought() -> Any:
        given = {
            "target": {"memberNumber": ola.number},
            "total": "5.00",
            "receipt": "R-1",
            "idempotencyKey": server.world.key(),
        }
        answer = post(server, BUY, {"input": given}, token=token).json()
        return answer["data"]["recordPurchase"]

    *_, earned = bought()["facts"]
    assert [each["amount"] for each in earned["why"]] == [50, 10]
    assert earned["why"][0]["text"] == "Points for what you buy: 50 points."
    assert bought()["why"] == {
        "text": "This receipt was counted before, and counts once.",
        "amount": 1,
    }


def test_why_costs_one_statement_however_many_facts_there_are(server: Server) -> None:
    ola = server.world.enrol("Ola", subject="ola")
    token = server.token(subject="ola")
    for _ in range(3):
        server.world.buy(ola, "30.00")
        costs = []
        for query in (PLAIN, ASKING):
            post(server, query, token=token)
            with counted_statements(server) as counts:
                assert "errors" not in post(server, query, token=token).json()
            costs.append(counts.total())
        assert costs[1] == costs[0] + 1
