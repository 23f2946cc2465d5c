"""The schema object, and its printed form."""

from pathlib import Path

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.problems import Problem
from schema.query import Query
from schema.scalars import SCALARS

SDL_FILE = Path(__file__).parent / "schema.graphql"


def build_schema() -> strawberry.Schema:
    """The schema of Regulars."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Problem],
        config=StrawberryConfig(scalar_map=SCALARS),
    )


def sdl() -> str:
    """The schema in the schema definition language, as `schema/schema.graphql` holds it."""
    return build_schema().as_str().rstrip() + "\n"
