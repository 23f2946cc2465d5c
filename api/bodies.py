"""Reading a GraphQL request out of an HTTP request (GraphQL over HTTP, draft of June 2025).

Whatever the bytes are, the outcome is a request or a `MalformedRequestError` with one sentence.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from api.failures import MalformedRequestError

BODY_BYTES_MAX = 256 * 1024  # a batch of 500 activities with 500 bytes each

_LENGTH_DIGITS_MAX = 9  # int() refuses numbers of 4,300 digits

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphQLRequest:
    """A well-formed request; `query` may still be no valid document."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


def _media_type_and_parameters(text: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = text.split(";")
    parameters = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"').lower()
    return media_type.strip().lower(), parameters


def response_media_type(accept: str | None) -> str | None:
    """Choose the media type of the answer by an Accept header; None when none is acceptable.

    The higher q wins, the more specific range counts (RFC 9110, 12.5.1). Without a header, and
    for wildcards, it is application/json, which every client reads.
    """
    if accept is None or not accept.strip():
        return JSON
    wanted: dict[str, float] = {}
    for item in accept.split(","):
        media_range, parameters = _media_type_and_parameters(item)
        try:
            wanted[media_range] = float(parameters.get("q", "1"))
        except ValueError:
            continue  # a range whose weight cannot be read is no wish
    anything = wanted.get("application/*", wanted.get("*/*", 0.0))
    json_quality = wanted.get(JSON, anything)
    graphql_quality = wanted.get(GRAPHQL_RESPONSE, anything)
    if not max(json_quality, graphql_quality) > 0:  # `not >`: "q=nan" is no wish either
        return None
    named = GRAPHQL_RESPONSE in wanted
    if graphql_quality > json_quality or (named and graphql_quality == json_quality):
        return GRAPHQL_RESPONSE
    return JSON


def require_json(content_type: str | None) -> None:
    """Refuse every request body but JSON in UTF-8.

    Forms and plain text, which a page of another site may send unasked, are refused here.
    """
    media_type, parameters = _media_type_and_parameters(content_type or "")
    if media_type != JSON or parameters.get("charset", "utf-8") not in {"utf-8", "utf8"}:
        raise MalformedRequestError(
            "The body must be sent as Content-Type: application/json, in UTF-8.",
            status=415,
            code="UNSUPPORTED_MEDIA_TYPE",
        )


async def read_body(request: Request) -> bytes:
    """Read at most BODY_BYTES_MAX; more is refused as soon as it arrives, or is announced."""
    too_large = MalformedRequestError(
        f"The body is larger than {BODY_BYTES_MAX} bytes.", status=413, code="BODY_TOO_LARGE"
    )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (
        len(announced) > _LENGTH_DIGITS_MAX or int(announced) > BODY_BYTES_MAX
    ):
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise too_large
    return bytes(body)


def _parse_json(body: bytes) -> object:
    """Parse strictly: no NaN, no infinity, no lone surrogates, no deep nesting."""
    try:
        value: object = orjson.loads(body)
    except ValueError as error:
        raise MalformedRequestError("The body is not JSON in UTF-8.") from error
    return value


def parse_request(body: bytes) -> GraphQLRequest:
    """Read the members of a request; unknown members are ignored, as the draft demands."""
    return request_of(_parse_json(body))


def request_of(members: object) -> GraphQLRequest:
    """A request out of parsed JSON. Raises MalformedRequestError."""
    if not isinstance(members, dict):
        raise MalformedRequestError('The body must be a JSON object with a member "query".')
    query = members.get("query")
    if not isinstance(query, str):
        raise MalformedRequestError('"query" must be a string: the text of the operation.')
    operation_name = members.get("operationName")
    if not isinstance(operation_name, str | None):
        raise MalformedRequestError('"operationName" must be a string.')
    variables = members.get("variables")
    if not isinstance(variables, dict | None):
        raise MalformedRequestError('"variables" must be an object.')
    if not isinstance(members.get("extensions"), dict | None):
        raise MalformedRequestError('"extensions" must be an object.')
    return GraphQLRequest(query=query, operation_name=operation_name, variables=variables or {})
