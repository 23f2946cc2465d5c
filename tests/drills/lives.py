"""One member's time in the programme, in which every text names them."""

import asyncio
from pathlib import Path
from typing import Any

import base45
import httpx

from tests.drills.client import Connection, connections
from tests.drills.planted import Planted
from tests.drills.shop import Shop

STRANGER = "somebody-else-entirely"
AT_ONCE = 20  # a button pressed again and again, a till that does not wait for its answer
CSV = """member,date,amount,receipt,customer_name,category
{external_id},2026-01-05 10:00,12.50,{receipt},{name},{category}
{external_id},2026-01-06 10:00,3.50,{other_receipt},{name},coffee
neighbour,2026-01-06 11:00,3.50,R-1,,coffee
"""


class Life:
    """Plants an identifier wherever one can enter, and remembers what asks for the member."""

    def __init__(self, shop: Shop, connection: Connection) -> None:
        self.shop = shop
        self.connection = connection
        self.planted = Planted()
        self.number = ""
        self.code = ""
        self.image_url = ""
        self.token = ""

    def keep(self, what: str, identifier: str) -> str:
        return self.planted.keep(what, identifier)

    async def run(self, operation: str, variables: dict[str, Any], *, token: str) -> Any:
        return await self.connection.run(operation, variables, token=token)

    async def race(self, operation: str, variables: dict[str, Any], *, token: str) -> list[Any]:
        """The same asked many times at once: what each was answered, the winners first."""
        async with connections(self.shop.fleet.ports, AT_ONCE) as racers:
            answers = await asyncio.gather(
                *(racer.run(operation, variables, token=token) for racer in racers)
            )
        return sorted(answers, key=lambda answer: "code" in answer)

    async def live(self) -> None:
        await self._join()
        await self._show_the_card()
        await self._buy()
        await self._redeem_and_return()
        await self._be_looked_up()
        await self._be_adjusted()
        await self._be_tagged()
        await self._get_everything_wrong()

    async def _join(self) -> None:
        keep = self.keep
        subject = keep("subject", "Subj7Qwilhelmina9Zk")
        self.token = self.shop.token(subject)
        first, last = keep("first name", "Wilhelmina"), keep("last name", "Krzyżanowska")
        local, domain = (
            keep("e-mail", "w.krzyz.1987"),
            keep("e-mail domain", "krzyzanowska.example"),
        )
        answers = await self.race(
            "Enrol",
            {
                "input": {
                    "displayName": f"{first} {last}",
                    "locale": "en-" + keep("locale", "Wilhelma"),
                    "timeZone": keep("time zone", "Pacific/Chatham"),
                    "email": f"{local}@{domain}",
                    "birthday": keep("birthday", "1987-06-05"),
                }
            },
            token=self.token,
        )
        answer = answers[0]
        assert {each["__typename"] for each in answers} == {"MemberEnrolled"}, answers
        assert len({each["member"]["id"] for each in answers}) == 1, answers
        self.number = keep("member number", answer["member"]["number"].replace(" ", ""))
        for kind, address in (
            ("TOKEN", keep("token of a phone", "phone:wilhelmina-0123456789abcdef")),
            ("FID", keep("installation id", "fid-of-wilhelminas-tablet")),
        ):
            given = {"addressKind": kind, "address": address, "platform": "IOS"}
            consent = {"category": "MARKETING", "channel": "PUSH", "granted": True}
            variables = {"device": given, "consent": {**consent, "textVersion": "old"}}
            await self.race("Device", variables, token=self.token)
        consent["textVersion"] = keep("wording of a consent", "as-told-to-wilhelmina")
        await self.run("Device", {"device": given, "consent": consent}, token=self.token)

    async def _show_the_card(self) -> None:
        home = await self.run("Home", {}, token=self.token)
        card = home["member"]["card"]
        self.image_url = card["imageUrl"]
        used = card["code"]["text"]
        self.code = (await self.run("Home", {}, token=self.token))["member"]["card"]["code"]["text"]
        layout = base45.b45decode(used.removeprefix("LC1:"))
        self.keep("handle of the card", layout[2:10].hex())
        self.keep("nonce of a used code", layout[17:25].hex())
        answer, *others = await self.race("Scan", {"code": used}, token=self.shop.clerk_key)
        assert {each["code"] for each in others} == {"CODE_USED"}, others
        self.visit = answer["visit"]["id"]

    async def _buy(self) -> None:
        keep = self.keep
        line = {
            "name": keep("name of an article", "Cake «Wilhelmina is 39»"),
            "category": keep("category", "wilhelminas-wishes"),
            "sku": keep("article number", "CAKE-WILHELMINA-39"),
            "quantity": 1,
            "amount": "100.00",
        }
        self.receipt = keep("receipt", "table of Mrs Krzyzanowska")
        purchase = {
            "target": {"memberNumber": self.number},
            "total": "100.00",
            "lines": [line],
            "receipt": self.receipt,
            "idempotencyKey": keep("key of the till", "sale-to-wilhelmina-1"),
        }
        answers = await self.race("Purchase", {"input": purchase}, token=self.shop.system_key)
        assert {each["__typename"] for each in answers} == {"PurchaseRecorded"}, answers
        purchase = {
            "target": {"visitId": self.visit},
            "total": "60.00",
            "receipt": keep("receipt of a scanner", "booked by wilhelmina k."),
            "idempotencyKey": keep("key of the scanner", "scan-of-wilhelmina-2"),
        }
        answer = await self.run("Purchase", {"input": purchase}, token=self.shop.clerk_key)
        self.purchase_id = answer["purchaseId"]
        claimed = {
            **purchase,
            "idempotencyKey": keep("key of a claimed receipt", "wilhelmina-claims-again"),
        }
        answer = await self.run("Purchase", {"input": claimed}, token=self.shop.clerk_key)
        assert answer["__typename"] == "ReceiptAlreadyClaimed", answer
        visit = {
            "target": {"visitId": self.visit},
            "idempotencyKey": keep("key of a visit", "wilhelmina-came-by"),
        }
        answers = await self.race("Visit", {"input": visit}, token=self.shop.clerk_key)
        assert {each["__typename"] for each in answers} == {"VisitRecorded"}, answers

    async def _redeem_and_return(self) -> None:
        keep = self.keep
        codes = []
        for key in ("wilhelminas-first-coffee", "wilhelminas-next-coffee"):
            variables = {"rewardId": "coffee", "key": keep(f"key of {key}", key)}
            answer = await self.run("Redeem", variables, token=self.token)
            codes.append(answer["voucher"]["code"].replace("-", ""))
            keep(f"voucher code of {key}", codes[-1])
        variables = {
            "rewardId": "coffee",
            "key": keep("key of too few points", "wilhelmina-too-few"),
        }
        for _ in range(20):  # until the points are spent
            answer = await self.run("Redeem", variables, token=self.token)
            if answer["__typename"] == "NotEnoughPoints":
                break
            variables = {"rewardId": "coffee", "key": f"{variables['key']}-"}
        assert answer["__typename"] == "NotEnoughPoints", answer
        for what, key in (
            ("capture", "wilhelmina-drinks"),
            ("captured twice", "wilhelmina-thirsts"),
        ):
            variables = {
                "visitId": self.visit,
                "voucher": codes[0],
                "key": keep(f"key: {what}", key),
            }
            answer = await self.run("Capture", variables, token=self.shop.clerk_key)
        assert answer["code"] == "VOUCHER_CAPTURED", answer
        for what, key in (
            ("refund", "wilhelmina-returns"),
            ("refunded twice", "wilhelmina-insists"),
        ):
            given = {
                "purchase": {"purchaseId": self.purchase_id},
                "idempotencyKey": keep(f"key: {what}", key),
            }
            answer = await self.run("Refund", {"input": given}, token=self.shop.clerk_key)
        assert answer["__typename"] == "AlreadyRefunded", answer

    async def _be_looked_up(self) -> None:
        for what, reason in (
            ("reason of a look-up", "Mrs Krzyżanowska lost her phone"),
            ("second reason", "she lives at 7 Lindenstrasse"),
        ):
            variables = {"number": self.number, "reason": self.keep(what, reason)}
            answer = await self.run("LookUp", variables, token=self.shop.clerk_key)
            assert answer["__typename"] == "MemberLookedUp", answer

    async def _be_adjusted(self) -> None:
        for what, points, kind in (
            ("given", 10, "PointsAdjusted"),
            ("taken", -10, "PointsAdjusted"),
            ("too many", -2000, "NotEnoughPoints"),
        ):
            given = {
                "target": {"memberNumber": self.number},
                "points": points,
                "idempotencyKey": self.keep(f"key: points {what}", f"for-wilhelmina-{points}"),
                "reason": f"wilhelmina {what}",
            }
            if kind == "PointsAdjusted":
                self.keep(f"reason: points {what}", given["reason"])
            else:
                self.planted.mention(f"reason: points {what}", given["reason"])
            answer = await self.run("Adjust", {"input": given}, token=self.shop.manager_key)
            assert answer["__typename"] == kind, answer

    async def _be_tagged(self) -> None:
        tag = self.keep("tag", "friend_of_wilhelmina")
        given = {"target": {"memberNumber": self.number}, "tag": tag}
        answer = await self.run("Tag", {"input": given}, token=self.shop.manager_key)
        assert answer["tags"] == [tag]

    async def _get_everything_wrong(self) -> None:
        """Requests that are refused: nothing of them may stand anywhere."""
        say = self.planted.mention
        url = f"http://127.0.0.1:{self.shop.fleet.ports[0]}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(base_url=url) as client:

            async def post(content: str, **more: str) -> None:
                await client.post("/graphql", content=content, headers={**headers, **more})

            await post(say("body that is no JSON", "{wilhelmina-writes-no-json"))
            await post(f'{{"query": "{{ {say("unknown field", "wilhelminasField")} }}"}}')
            name = say("name of an operation", "WilhelminasOperation")
            await post(
                f'{{"query": "query {name} {{ viewer {{ x }} }}", "operationName": "{name}"}}'
            )
            await post("{}", Authorization=f"Bearer {say('token', 'wilhelminas.own.token')}")
            await post("{}", **{"User-Agent": say("user agent", "PhoneOfWilhelmina/1.0")})
            await client.get(f"/cards/{say('path', 'wilhelminas-card')}.png")
            await client.get("/health", params={"for": say("query string", "wilhelminas-health")})
        given = {
            "displayName": say("name that is too long", "wilhelmina-the-long ") * 9,
            "locale": say("locale that is none", "wilhelminish!"),
            "timeZone": say("zone that is none", "Wilhelmina/Town"),
        }
        answer = await self.run("Enrol", {"input": given}, token=self.shop.token(STRANGER))
        assert answer["__typename"] == "InvalidInput", answer
        variables = {"number": "12", "reason": say("reason of a slip", "wilhelmina mumbled")}
        answer = await self.run("LookUp", variables, token=self.shop.clerk_key)
        assert answer["code"] == "NUMBER_MISTYPED", answer


def imported(shop: Shop, planted: Planted, folder: Path) -> str:
    """Import a member whom the shop's earlier system called by their address; their number."""
    keep = planted.keep
    log = folder / "log.csv"
    external_id = keep("id in the earlier system", "theodora@stavropoulou.example")
    log.write_text(
        CSV.format(
            external_id=external_id,
            receipt=keep("receipt in a log", "bill of theodora"),
            other_receipt=keep("second receipt in a log", "theodoras tab"),
            name=keep("name in a log", "Theodora Stavropoulou"),
            category=keep("category in a log", "for theodora only"),
        ),
        encoding="utf-8",
    )
    shop.installation.run("import", "purchases", str(log))
    with shop.database.opened() as database:
        rows = database.read_now(
            lambda c: c.driver.execute(
                "SELECT number FROM member JOIN person ON member_id = id "
                "WHERE display_name LIKE 'Theodora%'"
            ).fetchall()
        )
    return keep("number of an imported member", rows[0][0])
