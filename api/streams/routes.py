"""The address of GraphQL: plain requests, and streams beside them."""

from dataclasses import dataclass

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api.graphql import GraphQLEndpoint
from api.streams.events import serve_events, wants_events
from api.streams.socket import serve_socket
from api.streams.streams import Streams


def graphql_routes(
    endpoint: GraphQLEndpoint, streams: Streams, *, path: str = "/graphql"
) -> list[BaseRoute]:
    """Mount both; they answer every HTTP method and WebSocket by themselves."""
    return [
        Route(path, _Requests(endpoint=endpoint, streams=streams), methods=None),
        WebSocketRoute(path, _Sockets(streams=streams)),
    ]


# Objects, since Starlette takes functions for handlers of its own requests.
@dataclass(frozen=True, kw_only=True, slots=True)
class _Requests:
    endpoint: GraphQLEndpoint
    streams: Streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if wants_events(scope):
            await serve_events(self.streams, scope, receive, send)
        else:
            await self.endpoint(scope, receive, send)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sockets:
    streams: Streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve_socket(self.streams, scope, receive, send)
