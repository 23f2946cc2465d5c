"""Set a consent: what a member allows to be told, and how."""

from dataclasses import asdict, dataclass
from datetime import datetime

from gamification.consents import store as consents
from gamification.consents.rules import KNOWN
from gamification.database import Connection
from gamification.errors import Refusal
from gamification.texts import check_text
from gamification.timeline import store as timeline

NAME_CHARACTERS_MAX = 64
"""A wording's version and a source are named in an id's length; they are evidence, not prose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentToSet:
    """What a member decided, on which wording (`text_version`), and where (`source`)."""

    member_id: str
    category: str
    channel: str
    granted: bool
    text_version: str
    source: str


def set_consent(connection: Connection, request: ConsentToSet, *, now: datetime) -> None:
    """Keep the decision; a grant counts at once for what the member is near to already.

    Raises Refusal CONSENT_UNKNOWN, TEXT_LENGTH or TEXT_UNPRINTABLE.
    """
    if (request.category, request.channel) not in KNOWN:
        raise Refusal("CONSENT_UNKNOWN")
    for field, text in (("textVersion", request.text_version), ("source", request.source)):
        check_text(text, field=field, maximum=NAME_CHARACTERS_MAX)
    consents.decide(connection, {**asdict(request), "decided_at": now})
    if request.granted:
        timeline.mark_fresh(connection, [request.member_id], now=now)
