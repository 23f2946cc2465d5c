"""The schema object, and its printed form."""

from functools import cache
from pathlib import Path

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from schema.mutation import Mutation
from schema.problems import Problem
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

SDL_FILE = Path(__file__).parent / "schema.graphql"


class Names(NameConverter):
    """Strawberry's names, worked out once: it asks for them at every argument of every request."""

    def __init__(self) -> None:
        super().__init__()
        self.apply_naming_config = cache(self.apply_naming_config)  # type: ignore[method-assign]  # same function, remembered


def build_schema() -> strawberry.Schema:
    """The schema of Regulars."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Problem],
        config=StrawberryConfig(scalar_map=SCALARS, name_converter=Names()),
    )


def sdl() -> str:
    """The schema in the schema definition language, as `schema/schema.graphql` holds it."""
    return build_schema().as_str().rstrip() + "\n"
