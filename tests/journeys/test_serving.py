"""The process: starts, tells that it is ready, stops when asked, and says what is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.journeys.story import get, wait_until

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
START_S_MAX = 60  # a process takes three seconds, on a busy machine ten
STOP_S_MAX = 30
MEMBERS = ("--members", "6")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This process's own, with an installation's settings in place of any others."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("REGULARS_")}
    return {**kept, "REGULARS_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **settings}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def fails(*words: str, folder: Path, **settings: str) -> str:
    """The one line on standard error of a command that must not succeed."""
    done = subprocess.run(  # noqa: S603 -- our own command
        (*COMMAND, *words),
        env=environment(folder, **settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=START_S_MAX,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


def is_ready(url: str) -> bool:
    try:
        return get(f"{url}/ready").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def running(
    *words: str, port: int, folder: Path, **settings: str
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address and the process of a command once it is ready; killed if it does not stop."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603 -- our own command
        (*COMMAND, *words, "--port", str(port)),
        env=environment(folder, **settings),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: process.poll() is not None or is_ready(url), within_s=START_S_MAX)
        assert process.poll() is None, process.communicate()
        yield url, process
    finally:
        process.kill()
        process.communicate()


def stop(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it wrote, once SIGTERM has ended it as it should."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=STOP_S_MAX)
    assert process.returncode == 0, err
    return out, err


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
    member, clerk, manager, till = tokens_in(out)
    assert not [token for token in (member, clerk, manager, till) if token in err]

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


def service_account(folder: Path) -> Path:
    """A file as Firebase gives it; its token endpoint is a port where nobody answers."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    content: dict[str, Any] = {
        "type": "service_account",
        "project_id": "a-cafe",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "pushes@a-cafe.example",
        "client_id": "1",
        "token_uri": "http://127.0.0.1:9/token",
    }
    path = folder / "account.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


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
