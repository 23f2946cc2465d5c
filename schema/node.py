"""Node: what can be fetched again by its id."""

import strawberry

from schema.fields import field


@strawberry.interface(description="An object that `node(id:)` finds again.")
class Node:
    """See the description."""

    id: strawberry.ID = field("Opaque and unguessable; store it, do not read it.")
