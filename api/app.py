"""The application: HTTP routes over one database, one programme and one clock."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from structlog.typing import FilteringBoundLogger

from api import ids
from api.clock import Clock
from api.context import RequestContext
from api.database import Database, DatabaseBusy
from api.failures import UnauthenticatedError, UnavailableError
from api.graphql import GraphQLEndpoint
from api.identity import (
    Identity,
    IdentityUnavailable,
    OpaqueKeys,
    Principal,
    Unauthenticated,
    identify,
)
from api.images import CardImages, ImageAddresses
from api.keys import CardKeys
from api.logs import RequestLog
from api.pages import static_page
from api.streams.feed import FactFeed
from api.streams.listening import told_of_writes
from api.streams.routes import graphql_routes
from api.streams.streams import Streams
from gamification.programme.values import Programme
from gamification.staff import store as staff
from gamification.staff.rules import Role
from gamification.timeline import store as timeline
from schema.build import build_schema, sdl
from schema.problems import RequestRefused

RETRY_AFTER_S = 5  # how soon to ask again when sign-in could not be checked


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What the application is made of. `is_worker_ready` tells whether nudges can go out."""

    database: Database
    programme: Programme
    identity: Identity
    card_keys: CardKeys
    images: ImageAddresses
    clock: Clock
    log: FilteringBoundLogger
    ide: bool
    is_worker_ready: Callable[[], bool]


def build_app(parts: Parts) -> Starlette:
    """The ASGI application. Whoever made the parts closes them."""
    feed = FactFeed(lambda ids: parts.database.read(lambda c: timeline.last_numbers(c, ids)))
    context_for = _context_for(parts, feed)

    async def context_of_request(request: Request) -> object:
        return await context_for(request.headers.get("authorization"))

    endpoint = GraphQLEndpoint(
        schema=build_schema(),
        context_for=context_of_request,
        log=parts.log,
        new_id=ids.new_id,
        ide=parts.ide,
        caller_errors=(RequestRefused,),
        busy_errors=(DatabaseBusy,),
    )
    streams = Streams(endpoint=endpoint, context_for=context_for, log=parts.log, new_id=ids.new_id)
    pictures = CardImages(
        addresses=parts.images,
        database=parts.database,
        programme=parts.programme,
        card_keys=parts.card_keys,
    )
    printed = sdl()

    async def card_picture(request: Request) -> Response:
        return await pictures.answer(request, now=parts.clock.now())

    async def schema_text(_request: Request) -> Response:
        return PlainTextResponse(printed)

    async def till(_request: Request) -> Response:
        return static_page("till.html")

    async def decisions(_request: Request) -> Response:
        return static_page("decisions.html")

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def ready(_request: Request) -> Response:
        found = {"database": await _is_readable(parts), "engine": parts.is_worker_ready()}
        return JSONResponse(found, status_code=200 if all(found.values()) else 503)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with told_of_writes(feed, parts.database, log=parts.log):
            parts.log.info("started")
            yield
            parts.log.info("stopped")

    app = Starlette(
        routes=[
            *graphql_routes(endpoint, streams),
            Route("/schema.graphql", schema_text),
            Route("/cards/{handle:str}.png", card_picture),
            Route("/staff", till),
            Route("/staff/decisions", decisions),
            Route("/health", health),
            Route("/ready", ready),
        ],
        lifespan=lifespan,
    )
    app.state.streams = streams
    app.add_middleware(RequestLog, log=parts.log, new_id=ids.new_id)
    return app


async def _is_readable(parts: Parts) -> bool:
    try:
        await parts.database.read(lambda connection: staff.by_id(connection, ""))
    except DatabaseBusy:
        return False
    return True


def _context_for(parts: Parts, feed: FactFeed) -> Callable[[str | None], Awaitable[RequestContext]]:
    async def find_key(key_hash: str) -> Principal | None:
        # One look-up by a primary key takes less than the way to a reader thread and back.
        row = parts.database.read_now(lambda c: staff.by_key_hash(c, key_hash))
        if row is None:
            return None
        return Principal(
            subject=row.id, role=Role(row.role), store_id=row.store_id, staff_id=row.id
        )

    keys = OpaqueKeys(find_key, clock=parts.clock)

    async def context_for(authorization: str | None) -> RequestContext:
        try:
            principal = await identify(authorization, tokens=parts.identity, keys=keys)
        except Unauthenticated as refused:
            raise UnauthenticatedError(f"Not signed in: {refused.reason}.") from refused
        except IdentityUnavailable as trouble:
            raise UnavailableError(retry_after_s=RETRY_AFTER_S) from trouble
        return RequestContext(
            database=parts.database,
            programme=parts.programme,
            principal=principal,
            card_keys=parts.card_keys,
            images=parts.images,
            feed=feed,
            moment=parts.clock.now(),
        )

    return context_for
