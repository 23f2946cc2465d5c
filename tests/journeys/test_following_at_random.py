"""Whatever an app says on its WebSocket: an answer or a close with its code, never a fault."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.streams import frames
from tests.api.log_capture import captured_logs, lines_of
from tests.journeys.following import FOLLOW, opened, talk
from tests.journeys.server import Server, serving
from tests.world import World


@pytest.fixture(scope="module")
def server(shared_world: World) -> Iterator[Server]:
    with serving(shared_world) as server:
        shared_world.enrol("Ola", subject="ola")
        yield server


MESSAGES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KINDS = ["connection_init", "ping", "pong", "subscribe", "complete", "next", "error", ""]
FRAMES = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60),
    MESSAGES,
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)},
        optional={
            "id": st.text(max_size=5) | MESSAGES,
            "payload": st.fixed_dictionaries(
                {"query": st.sampled_from([FOLLOW, "{a}", ""]) | MESSAGES},
                optional={"variables": MESSAGES, "operationName": MESSAGES},
            )
            | MESSAGES,
        },
    ),
)
CLOSES = {
    frames.BAD_REQUEST,
    frames.UNAUTHORISED,
    frames.FORBIDDEN,
    frames.SUBSCRIBER_EXISTS,
    frames.TOO_MANY_INITIALISATIONS,
}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(FRAMES, max_size=6), subject=st.sampled_from(["ola", None]))
def test_whatever_is_said_is_answered_or_closes_the_socket(
    server: Server, said: list[Any], subject: str | None
) -> None:
    with captured_logs() as out:
        with opened(server.url) as app:
            code = talk(app, said, server.token(subject=subject) if subject else None)
        assert code is None or code in CLOSES
        assert [line for line in lines_of(out) if line["level"] == "error"] == []
