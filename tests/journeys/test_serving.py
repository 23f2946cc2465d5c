"""The process: starts, tells that it is ready, stops when asked, and says what is wrong."""

import json
import signal
import socket
import time
from pathlib import Path

import httpx

from api.clock import SystemClock
from api.identity import issue_demo_token
from api.keys import demo_token_key
from api.server import GRACE_S
from api.streams.frames import FRAME_BYTES_MAX, GOING_AWAY
from tests.journeys.command import STOP_S_MAX, fails, running, service_account, stop
from tests.journeys.following import opened, request, streaming, told
from tests.journeys.server import OPERATIONS
from tests.journeys.story import ENROLMENT, get

MEMBERS = ("--members", "6")
ENROL = (OPERATIONS / "Enrol.graphql").read_text(encoding="utf-8")
MESSAGE_TOO_BIG = 1009


def tokens_in(text: str) -> list[str]:
    return [word.partition("#token=")[2] for word in text.split() if "#token=" in word]


def test_the_demo_builds_a_world_and_goes_on_with_it(tmp_path: Path, port: int) -> None:
    with running("demo", *MEMBERS, port=port, folder=tmp_path) as (url, process):
        assert get(f"{url}/health").json() == {"status": "up"}
        assert get(f"{url}/ready").json() == {"database": True, "engine": True}
        assert get(f"{url}/staff").status_code == 200
        assert get(f"{url}/schema.graphql").text.startswith("directive @oneOf")
        assert get(f"{url}/nowhere").status_code == 404
        out, err = stop(process)
    file = tmp_path / "demo.sqlite"
    assert out.splitlines()[-1] == (
        f"Stopped. The world is kept in {file}; `regulars demo` goes on with it."
    )
    assert any(line.startswith("6 members made ") for line in out.splitlines())
    member, *others = tokens_in(out)
    assert others
    assert not [token for token in (member, *others) if token in err]

    with running("demo", *MEMBERS, port=port, folder=tmp_path) as (url, process):
        answer = httpx.post(
            f"{url}/graphql",
            json={"query": "{ viewer { member { id } } programme { members } }"},
            headers={"Authorization": f"Bearer {member}"},
        )
        assert answer.json()["data"]["viewer"]["member"]["id"].startswith("mbr_")
        again, _ = stop(process)
    assert "members made" not in again
    assert again.splitlines()[-1] == out.splitlines()[-1]


def test_a_production_server_starts_with_firebases_file_and_stops_in_peace(
    tmp_path: Path, port: int
) -> None:
    account = str(service_account(tmp_path))
    with running("serve", port=port, folder=tmp_path, REGULARS_FIREBASE_CREDENTIALS=account) as (
        url,
        process,
    ):
        assert get(f"{url}/ready").json() == {"database": True, "engine": True}
        asked = httpx.post(f"{url}/graphql", json={"query": "{ viewer { __typename } }"})
        assert asked.status_code == 401
        assert get(f"{url}/graphql").status_code == 405
        out, err = stop(process)
    assert out.splitlines()[-1] == "Stopped; everything in flight was finished."
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert (events[0], events[-1]) == ("started", "stopped")


def test_a_server_that_stops_ends_its_streams_soon_and_takes_no_large_frame(
    tmp_path: Path, port: int
) -> None:
    with running("demo", *MEMBERS, port=port, folder=tmp_path) as (url, process):
        token = issue_demo_token(
            demo_token_key(tmp_path), subject="ola", now=SystemClock().now(), ttl_s=600
        )
        enrolled = httpx.post(
            f"{url}/graphql",
            json={"query": ENROL, "variables": {"input": ENROLMENT}},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert "MemberEnrolled" in enrolled.text
        with opened(url) as app:
            app.say(" " * (FRAME_BYTES_MAX + 1))
            assert app.code() == MESSAGE_TOO_BIG
        with opened(url) as app, streaming(url, request("0"), token=token) as response:
            app.init(token)
            app.follow("0")
            events = told(response)
            assert app.events(1)[0] == next(events)[1]["data"]["memberEvents"]
            started_s = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert app.code() == GOING_AWAY
            assert [kind for kind, _ in events if kind != "next"] == []
            assert time.monotonic() - started_s < GRACE_S / 2
        _, err = process.communicate(timeout=STOP_S_MAX)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_a_port_in_use_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = fails("demo", *MEMBERS, "--port", str(port), folder=tmp_path)
    assert line.startswith(f"127.0.0.1:{port}: ")
    assert line.endswith("choose another port by --port")
    assert list(tmp_path.iterdir()) == []


def test_demo_tokens_are_no_sign_in_for_production(tmp_path: Path) -> None:
    line = fails("serve", folder=tmp_path, REGULARS_ENV="production", REGULARS_IDENTITY="demo")
    assert line.startswith("REGULARS_IDENTITY: 'demo' is for trying out")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told_in_a_line_and_left_alone(
    tmp_path: Path, port: int
) -> None:
    file = tmp_path / "demo.sqlite"
    file.write_bytes(b"a shopping list, not a database\n" * 100)
    before = file.read_bytes()
    line = fails("demo", *MEMBERS, "--port", str(port), folder=tmp_path)
    assert line == f"{file}: file is not a database"
    assert file.read_bytes() == before
