from dataclasses import replace

import pytest
from sqlalchemy import select

from gamification.consents import store
from gamification.consents.tables import Consent
from gamification.database import table_of
from gamification.errors import Refusal
from notifications.actions.set_consent import NAME_CHARACTERS_MAX, ConsentToSet, set_consent

_ALL = select(*table_of(Consent).columns)


@pytest.fixture
def granted(world):
    return ConsentToSet(
        member_id=world.enrol().id,
        category="marketing",
        channel="push",
        granted=True,
        text_version="2026-01",
        source="app",
    )


def decide(world, request):
    world.write(lambda c: set_consent(c, request, now=world.now))


def consents(world, request):
    return world.read(lambda c: store.granted(c, [request.member_id], channel=request.channel)).get(
        request.member_id, frozenset()
    )


def test_marketing_is_off_until_it_is_granted(world, granted):
    assert consents(world, granted) == frozenset()
    decide(world, granted)
    assert consents(world, granted) == {granted.category}


def test_the_last_decision_holds_and_keeps_its_wording_and_time(world, granted):
    decide(world, granted)
    world.pass_time(days=1)
    decide(world, replace(granted, granted=False, text_version="2026-02"))
    assert consents(world, granted) == frozenset()
    (row,) = world.read(lambda c: c.all(_ALL))
    assert (row.granted, row.text_version, row.decided_at) == (False, "2026-02", world.now)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "service"}, "CONSENT_UNKNOWN"),
        ({"channel": "pigeon"}, "CONSENT_UNKNOWN"),
        ({"text_version": ""}, "TEXT_LENGTH"),
        ({"source": "x" * (NAME_CHARACTERS_MAX + 1)}, "TEXT_LENGTH"),
    ],
)
def test_what_cannot_be_consented_to_is_refused(world, granted, changes, code):
    with pytest.raises(Refusal) as refused:
        decide(world, replace(granted, **changes))
    assert refused.value.code == code
    assert world.read(lambda c: c.all(_ALL)) == []
