"""The real command as a process of its own: what it says, and whether it serves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.journeys.story import get, wait_until

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
START_S_MAX = 60  # a process takes three seconds, on a busy machine ten
STOP_S_MAX = 30


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This process's own, with an installation's settings in place of any others."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("REGULARS_")}
    return {**kept, "REGULARS_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **settings}


def fails(*words: str, folder: Path, through: Sequence[str] = (), **settings: str) -> str:
    """The one line on standard error of a command that must not succeed.

    `through`: a program with its arguments that starts the command.
    """
    done = subprocess.run(  # noqa: S603 -- our own command
        (*through, *COMMAND, *words),
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
    *words: str, port: int, folder: Path, through: Sequence[str] = (), **settings: str
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address and the process of a command once it is ready; killed if it does not stop."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(  # noqa: S603 -- our own command
        (*through, *COMMAND, *words, "--port", str(port)),
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
