"""What a tag may be, and how many a member may have."""

import re
from collections.abc import Collection

from gamification.errors import Refusal

TAGS_MAX = 20  # of one member: more is a document, which belongs elsewhere
TAG_CHARACTERS_MAX = 40  # as other ids have; segments name it in 500 characters

_TAG = re.compile(r"[a-z][a-z0-9_]*")


def check_tag(tag: str) -> None:
    """Refuse what is no id, so that nobody writes a note about a person there.

    Raises Refusal TAG.
    """
    if len(tag) > TAG_CHARACTERS_MAX or not _TAG.fullmatch(tag):
        raise Refusal("TAG", field="tag", maximum=TAG_CHARACTERS_MAX)


def check_room(tags: Collection[str]) -> None:
    """Refuse one more tag than a member may have. Raises Refusal TOO_MANY_TAGS."""
    if len(tags) >= TAGS_MAX:
        raise Refusal("TOO_MANY_TAGS", field="tag", maximum=TAGS_MAX)
