"""A small schema and a way to send it requests, for the tests of the GraphQL endpoint."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import strawberry
import structlog
from starlette.applications import Starlette
from starlette.requests import Request

from api.bodies import GRAPHQL_RESPONSE, JSON
from api.failures import CallerError, UnauthenticatedError, UnavailableError
from api.graphql import GraphQLEndpoint, graphql_route


class TooFewPointsError(Exception):
    code = "TOO_FEW_POINTS"


class DatabaseIsBusyError(Exception):
    pass


@strawberry.input(one_of=True)
class Target:
    number: str | None = strawberry.UNSET
    visit: str | None = strawberry.UNSET


@strawberry.type
class Member:
    name: str
    points: int

    @strawberry.field
    def fails(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def refuses(self) -> str | None:
        raise CallerError("The reward is gone.", code="REWARD_GONE")

    @strawberry.field
    def too_few(self) -> str | None:
        raise TooFewPointsError("12 points are missing.")

    @strawberry.field
    def times(self, factor: int = 2) -> int:
        return self.points * factor

    @strawberry.field
    def unserializable(self) -> int:
        return 2**40


@strawberry.type
class Query:
    @strawberry.field
    async def member(self, info: strawberry.Info) -> Member:
        await asyncio.sleep(0)
        return Member(name=info.context["name"], points=7)

    @strawberry.field
    async def find(self, target: Target) -> str:
        return "number" if target.number else "visit"

    @strawberry.field
    async def slow(self) -> str:
        await asyncio.sleep(60)
        return "never"

    @strawberry.field
    async def busy(self) -> str:
        raise UnavailableError(retry_after_s=3)

    @strawberry.field
    async def locked(self) -> str:
        raise DatabaseIsBusyError

    @strawberry.field
    async def broken(self) -> str:
        raise RuntimeError("password=hunter2")


RECORDED: list[str] = []


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def record(self, word: str) -> str:
        await asyncio.sleep(0.01 if word == "first" else 0)
        RECORDED.append(word)
        return word


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def events(self) -> AsyncIterator[str]:
        yield "event"


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)


async def context_for(request: Request) -> object:
    token = request.headers.get("authorization", "")
    if token == "Bearer wrong":
        raise UnauthenticatedError
    if token == "Bearer busy":
        raise UnavailableError(retry_after_s=2)
    if token == "Bearer crash":
        raise RuntimeError("password=hunter2")
    return {"name": "Ola"}


def make_endpoint(**changes: Any) -> GraphQLEndpoint:
    return GraphQLEndpoint(
        **{
            "schema": SCHEMA,
            "context_for": context_for,
            "log": structlog.get_logger(),
            "new_id": lambda: "log-1",
            "caller_errors": (TooFewPointsError,),
            "busy_errors": (DatabaseIsBusyError,),
            **changes,
        }
    )


def send(
    content: Any,
    *,
    method: str = "POST",
    path: str = "/graphql",
    endpoint: GraphQLEndpoint | None = None,
    **headers: str | None,
) -> httpx.Response:
    """Send one request. Header names are written with underscores; None leaves a header out."""
    wanted: dict[str, str | None] = {"content-type": JSON, "accept": GRAPHQL_RESPONSE}
    wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
    app = Starlette(routes=[graphql_route(endpoint or make_endpoint())])

    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            del client.headers["accept"]
            kept = {name: value for name, value in wanted.items() if value is not None}
            return await client.request(method, path, content=content, headers=kept)

    return asyncio.run(exchange())


def ask(query: str, *, endpoint: GraphQLEndpoint | None = None, **members: Any) -> httpx.Response:
    headers = members.pop("headers", {})
    return send(json.dumps({"query": query, **members}), endpoint=endpoint, **headers)


def first_error(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert "data" not in body
    error: dict[str, Any] = body["errors"][0]
    return error


def code(response: httpx.Response) -> str:
    value: str = first_error(response)["extensions"]["code"]
    return value
