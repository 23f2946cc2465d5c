"""A member who also claims, reviews and answers, and of whom much is said in the back office."""

from typing import Any

from tests.drills.further_storms import ABOVE_LIMIT, told
from tests.drills.lives import Life


class TalkativeLife(Life):
    """A life in which more is typed: in each place its own words, which name the member."""

    product = ""
    claim_id = ""
    proposal_id = ""
    second_manager_key = ""

    async def live(self) -> None:
        self.second_manager_key = self.shop.installation.add_staff("manager")
        await super().live()
        await self._be_asked()
        await self._review()
        await self._share()
        await self._return_a_part()
        await self._be_proposed()
        await self._rename()
        await self._bring_a_friend()
        await self._say_it_wrong()

    async def _be_asked(self) -> None:
        """Staff's system tells what the member wished for, in a batch of one."""
        activity = {
            "target": {"memberNumber": self.number},
            "kind": "tasting",
            "attributes": told(wish={"text": self.keep("wish", "Wilhelmina wants her own chair")}),
            "idempotencyKey": self.keep("key of an activity", "wilhelmina-tasted"),
        }
        answers = await self.race(
            "Activity", {"input": {"activities": [activity]}}, token=self.shop.system_key
        )
        (kinds,) = {tuple(a["__typename"] for a in each["answers"]) for each in answers}
        assert kinds == ("ActivityRecorded",), answers

    async def _review(self) -> None:
        """One review counts, one is refused, one waits for ever, and one was there before."""
        keep = self.keep
        for what, approve in (("approved", True), ("refused", False), ("waiting", None)):
            product = keep(f"product: {what}", f"Cake for Wilhelmina, {what}")
            text = keep(f"review: {what}", f"I, Wilhelmina K., have {what} it")
            picture = keep(f"picture: {what}", f"https://pictures.example/wilhelmina/{what}.jpg")
            given = {
                "kind": "photo_review",
                "attributes": told(
                    product={"text": product},
                    rating={"whole": 5},
                    text={"text": text},
                    picture={"text": picture},
                ),
                "idempotencyKey": keep(f"key of a claim: {what}", f"wilhelmina-says-{what}"),
            }
            answers = await self.race("Claim", {"input": given}, token=self.token)
            (self.claim_id,) = {each["claimId"] for each in answers}
            if approve is None:
                continue
            decision = {
                "claimId": self.claim_id,
                "approve": approve,
                "idempotencyKey": keep(f"key of a decision: {what}", f"wilhelmina-was-{what}"),
            }
            answers = await self.race("DecideClaim", {"input": decision}, token=self.shop.clerk_key)
            assert {each["approved"] for each in answers} == {approve}, answers
            if approve:
                self.product = product
        again = {**given, "idempotencyKey": keep("key of a claim: again", "wilhelmina-repeats")}
        answer = await self.run("Claim", {"input": again}, token=self.token)
        assert answer["__typename"] == "AlreadyCounted", answer

    async def _share(self) -> None:
        """A link to what the member wrote elsewhere, which counts."""
        link = self.keep("link", "https://social.example/@wilhelmina.k/1")
        key = self.keep("key of a shared link", "wilhelmina-tells-everybody")
        given = {
            "kind": "shared_on_social",
            "attributes": told(link={"text": link}),
            "idempotencyKey": key,
        }
        answer = await self.run("Claim", {"input": given}, token=self.token)
        key = self.keep("key of its decision", "wilhelmina-told-everybody")
        decision = {"claimId": answer["claimId"], "approve": True, "idempotencyKey": key}
        answer = await self.run("DecideClaim", {"input": decision}, token=self.shop.clerk_key)
        assert answer["approved"], answer

    async def _return_a_part(self) -> None:
        for what, amount, kind in (
            ("a part", "1.00", "PurchaseRefunded"),
            ("too much", "400.00", "RefundTooLarge"),
        ):
            given = {
                "purchase": {"receipt": self.receipt},
                "amount": amount,
                "idempotencyKey": self.keep(f"key: {what}", f"wilhelmina-returns-{what}"),
            }
            answer = await self.run("Refund", {"input": given}, token=self.shop.system_key)
            assert answer["__typename"] == kind, answer

    async def _be_proposed(self) -> None:
        """One large gift is approved, one refused, and one waits for ever."""
        for what, approve in (("agreed", True), ("declined", False), ("open", None)):
            given = {
                "target": {"memberNumber": self.number},
                "points": ABOVE_LIMIT,
                "reason": self.keep(f"reason: {what}", f"Wilhelmina is my aunt ({what})"),
                "idempotencyKey": self.keep(f"key: {what}", f"wilhelmina-large-{what}"),
            }
            answers = await self.race("Adjust", {"input": given}, token=self.shop.manager_key)
            (self.proposal_id,) = {each["adjustmentId"] for each in answers}
            if approve is not None:
                decision: dict[str, Any] = {
                    "adjustmentId": self.proposal_id,
                    "approve": approve,
                    "idempotencyKey": self.keep(f"key: was {what}", f"wilhelmina-got-{what}"),
                }
                answers = await self.race(
                    "DecideAdjustment", {"input": decision}, token=self.second_manager_key
                )
                assert {each["approved"] for each in answers} == {approve}, answers

    async def _rename(self) -> None:
        """The earlier name and address are parts of the new ones, and so are looked for, too."""
        stored = self.planted.stored
        name, address = stored["last name"], stored["e-mail"]
        given = {
            "displayName": f"{stored['first name']} {self.keep('new name', f'{name}-Øster')}",
            "email": f"{self.keep('new address', f'{address}.oster')}@{stored['e-mail domain']}",
        }
        answers = await self.race("Profile", {"input": given}, token=self.token)
        assert {each["__typename"] for each in answers} == {"ProfileUpdated"}, answers

    async def _bring_a_friend(self) -> None:
        """Who has bought, and takes over a tablet that was the member's."""
        friend = await self.shop.enrol(self.connection, "brought", brought_by=self.number)
        tablet = {"addressKind": "TOKEN", "address": "tablet-on-the-kitchen-table"}
        variables = {
            "device": {**tablet, "platform": "ANDROID"},
            "consent": {
                "category": "MARKETING",
                "channel": "PUSH",
                "granted": False,
                "textVersion": "1",
            },
        }
        for token in (self.token, friend.token):
            answer = await self.run("Device", variables, token=token)
            assert answer["__typename"] == "DeviceRegistered", answer
        bought = {
            "target": {"memberNumber": friend.number},
            "total": "12.00",
            "idempotencyKey": "the friend's",
        }
        await self.run("Purchase", {"input": bought}, token=self.shop.system_key)

    async def _say_it_wrong(self) -> None:
        """What is refused in a batch and in a claim: nothing of it may stand anywhere."""
        say = self.planted.mention
        target = {"memberNumber": self.number}
        batch = [
            {
                "target": target,
                "kind": "tasting",
                "attributes": told(
                    wish={"text": say("wish that is too long", "wilhelm-long ") * 40}
                ),
                "idempotencyKey": say("key of a refused activity", "wilhelmina-overdoes-it"),
            },
            {
                "target": target,
                "kind": say("kind that is none", "wilhelminas_dance"),
                "idempotencyKey": "no-kind",
            },
            {
                "target": target,
                "kind": "tasting",
                "attributes": told(
                    **{say("attribute that is none", "wilhelminas_mood"): {"whole": 1}}
                ),
                "idempotencyKey": "no-attribute",
            },
        ]
        answer = await self.run(
            "Activity", {"input": {"activities": batch}}, token=self.shop.system_key
        )
        assert [each["__typename"] for each in answer["answers"]] == ["InvalidInput"] * 3, answer
        given = {
            "kind": "photo_review",
            "attributes": told(
                product={"text": say("product that is not kept", "wilhelminas-other-cake")},
                rating={"whole": 5},
                picture={"text": say("picture that is none", "ftp://wilhelmina.example/me")},
            ),
            "idempotencyKey": "no-picture",
        }
        answer = await self.run("Claim", {"input": given}, token=self.token)
        assert answer["__typename"] == "InvalidInput", answer
        given = {"email": say("address that is none", "wilhelmina-at-nowhere")}
        answer = await self.run("Profile", {"input": given}, token=self.token)
        assert answer["__typename"] == "InvalidInput", answer
