"""Actions besides buying and redeeming, and returns of parts: scenes as in `scenes.py`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from gamification.actions.celebrate_members import celebrate_member, members_to_celebrate
from gamification.actions.record_purchase import PurchaseLine
from gamification.actions.settle_referrals import referrals_to_settle, settle_referral
from gamification.actions.update_profile import Profile, update_profile
from gamification.effects.state import local_day
from tests import claiming, second_manager
from tests.drills.repeatable import RepeatableWorld
from tests.drills.scenes import KEY, PRIZES_OF, Action, Scene, identity, nothing, owe_a_pastry
from tests.gamification.actions.parts import money, pieces
from tests.second_manager import two_managers

PRAISE: Mapping[str, claiming.Told] = {"product": "Torte", "rating": 4, "text": "Once more!"}
BORN = date(1990, 3, 2)  # a year after the day on which a world begins is an anniversary, too


def beans(bags: int) -> tuple[PurchaseLine, ...]:
    """So many bags, each for ten; five fill a stamp card."""
    return (
        PurchaseLine(name="Ziarna", category="beans", quantity=bags, amount=Decimal(10 * bags)),
    )


def fill_a_card(world: RepeatableWorld, name: str) -> Action:
    """The fifth bag of beans, which wins a voucher."""
    member = world.enrol(name)
    world.buy(member, "40.00", lines=beans(4))
    return lambda w: w.buy(member, "10.00", lines=beans(1), key=KEY)


def return_pieces(world: RepeatableWorld, name: str) -> Action:
    """Two of six bags are given back: the card is not full any more, and its voucher goes."""
    member = world.enrol(name)
    purchase = world.buy(member, "60.00", lines=beans(6))
    return lambda w: w.refund(purchase, key=KEY, **pieces((1, 2)))


def return_the_rest(world: RepeatableWorld, name: str) -> Action:
    """All the money that a first return left: the card's voucher was used, and is owed."""
    member = world.enrol(name)
    purchase = world.buy(member, "60.00", lines=beans(6))
    (prize,) = world.rows(PRIZES_OF.format(member.id))
    world.capture(world.scan(member).id, prize)
    world.refund(purchase, **pieces((1, 1)))
    return lambda w: w.refund(purchase, key=KEY, **money("50.00"))


def record_activity(world: RepeatableWorld, name: str) -> Action:
    """A tasting, which wins a badge, after a lot has run out."""
    member = world.enrol(name)
    world.buy(member, "20.00")
    world.pass_time(days=370)
    return lambda w: w.do(member, "tasting", key=KEY, wish="more olives")


def claim(world: RepeatableWorld, name: str) -> Action:
    """A member reviews a product; staff have not seen it yet."""
    member = world.enrol(name)
    return lambda w: claiming.claim(w, member, "photo_review", key=KEY, **PRAISE)


def approve_claim(world: RepeatableWorld, name: str) -> Action:
    """A review counts, and everybody reads it."""
    claim_id = claiming.claimed(world, world.enrol(name), "photo_review", **PRAISE)
    return lambda w: claiming.decide(w, claim_id, key=KEY)


def refuse_claim(world: RepeatableWorld, name: str) -> Action:
    """A review does not count."""
    claim_id = claiming.claimed(world, world.enrol(name), "photo_review", **PRAISE)
    return lambda w: claiming.decide(w, claim_id, approve=False, key=KEY)


def propose(world: RepeatableWorld, name: str) -> Action:
    """More points than one manager may give."""
    member = two_managers(world).enrol(name)
    return lambda w: w.adjust(member, 2000, key=KEY)


def approve_adjustment(world: RepeatableWorld, name: str) -> Action:
    """A second manager agrees, and the points settle a debt."""
    member = two_managers(world).enrol(name)
    owe_a_pastry(world, member)
    proposal_id = second_manager.propose(world, member, 2000)
    return lambda w: second_manager.decide(w, proposal_id, key=KEY)


def refuse_adjustment(world: RepeatableWorld, name: str) -> Action:
    """A second manager does not agree."""
    proposal_id = second_manager.propose(world, two_managers(world).enrol(name), 2000)
    return lambda w: second_manager.decide(w, proposal_id, approve=False, key=KEY)


def enrol_brought(world: RepeatableWorld, name: str) -> Action:
    """Someone joins whom a member brought, and says all that one can: points."""
    brought_by = world.enrol("somebody else").number
    known = {"email": "ola@example.com", "birthday": BORN, "referred_by": brought_by}
    return lambda w: identity(w.enrol(name, **known))


def complete_profile(world: RepeatableWorld, name: str) -> Action:
    """A member says what was missing: points, once."""
    member = world.enrol(name, email="ola@example.com")
    request = Profile(display_name="Aleksandra", birthday=BORN)
    return lambda w: identity(
        w.write(lambda c: update_profile(c, request, w.occasion(w.as_member(member))))
    )


def reward_friends(world: RepeatableWorld, name: str) -> Action:
    """Both sides of a referral get points; those of one settle a debt."""
    member = world.enrol(name)
    owe_a_pastry(world, member)
    world.buy(world.enrol(f"{name}'s friend", referred_by=member.number), "12.00")
    return settle


def take_back_from_friends(world: RepeatableWorld, name: str) -> Action:
    """The friend returned it all: both sides lose their points, one has spent them already."""
    member = world.enrol(name)
    purchase = world.buy(world.enrol(f"{name}'s friend", referred_by=member.number), "12.00")
    settle(world)
    world.adjust(member, -world.balances(member)["available"])
    world.refund(purchase)
    return settle


def celebrate(world: RepeatableWorld, name: str) -> Action:
    """A birthday on the day of joining, when points run out, and somebody else's anniversary."""
    for member in (world.enrol(name, birthday=BORN), world.enrol(f"{name}'s friend")):
        world.buy(member, "20.00")
    world.pass_time(days=365)

    def act(w: RepeatableWorld) -> None:
        day, occasion = local_day(w.now, w.programme), w.occasion()
        w.write(
            lambda c: [
                celebrate_member(c, each, occasion, day=day)
                for each in members_to_celebrate(c, w.programme, day, after="")
            ]
        )

    return act


def settle(world: RepeatableWorld) -> None:
    """Find the referrals that have come true, or are to be doubted, and settle them."""
    occasion = world.occasion()
    nothing(
        world.write(
            lambda c: [
                settle_referral(c, each, occasion)
                for each in referrals_to_settle(
                    c, programme=world.programme, now=world.now, after=""
                )
            ]
        )
    )


FURTHER_SCENES: Mapping[str, Scene] = {
    scene.__name__: scene
    for scene in (
        fill_a_card,
        return_pieces,
        return_the_rest,
        record_activity,
        claim,
        approve_claim,
        refuse_claim,
        propose,
        approve_adjustment,
        refuse_adjustment,
        enrol_brought,
        complete_profile,
        reward_friends,
        take_back_from_friends,
        celebrate,
    )
}
