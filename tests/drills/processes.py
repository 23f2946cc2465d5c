"""Real processes of the real command: started, killed, started again.

Each is forked from a process that has imported the program already and done nothing else: what a
start costs is then the start itself (a fifth of a second) and not the imports (three).
"""

import ctypes
import json
import multiprocessing
import os
import re
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest import mock

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import messaging

from api.cli import main
from tests.journeys.story import get, wait_until

START_S_MAX = 60.0
STOP_S_MAX = 40.0
END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

# What no drill may find in a server's log: a failure that nobody foresaw.
UNFORESEEN = re.compile(r"graphql_request_failed|graphql_field_failed")

ROOT = Path(__file__).parents[2]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.drills.processes"])


def _fork(words: Sequence[str], *, installation: "Installation", output: Path) -> ForkServerProcess:
    # The process that is forked looks for what it imports by its environment alone.
    with mock.patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        forkserver.ensure_running()
    process = _forks.Process(
        target=_become_command,
        args=(words, installation.environment(), str(output), installation.phones_url),
        daemon=True,
    )
    process.start()
    return process


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _become_command(
    words: Sequence[str], environment: Mapping[str, str], output: str, phones_url: str
) -> None:
    # A drill that is killed leaves no server behind.
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", 1), os.fdopen(2, "w", 1)
    os.chdir(Path(output).parent)
    os.environ.clear()
    os.environ.update(environment)
    messaging._MessagingService.FCM_URL = f"{phones_url}/v1/projects/{{0}}/messages:send"  # noqa: SLF001 -- the client has no option for it
    sys.argv = ["regulars", *words]
    main()


class Running:
    """One process of the command; what it writes is in `output`."""

    def __init__(self, process: ForkServerProcess, output: Path) -> None:
        self._process = process
        self.output = output

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.join(STOP_S_MAX)
        assert not self.is_alive

    def end(self) -> int:
        """Wait until it ends by itself; its exit code."""
        self._process.join(STOP_S_MAX)
        assert not self.is_alive, self.text()
        return self._process.exitcode or 0

    def stop(self) -> int:
        """SIGTERM, and wait; its exit code."""
        self._process.terminate()
        return self.end()

    def text(self) -> str:
        """What it wrote so far, with what its predecessors wrote to the same file."""
        return self.output.read_text("utf-8") if self.output.exists() else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """A folder, a database, where pushes go, and the rules."""

    folder: Path
    database_url: str
    phones_url: str
    programme_file: Path

    def environment(self) -> dict[str, str]:
        """This process's own, with the installation's settings in place of any others."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("REGULARS_")}
        return {
            **kept,
            "REGULARS_ENV": "test",
            "REGULARS_IDENTITY": "demo",
            "REGULARS_DATA_DIR": str(self.folder),
            "REGULARS_DATABASE_URL": self.database_url,
            "REGULARS_PROGRAMME": str(self.programme_file),
            "REGULARS_FIREBASE_CREDENTIALS": str(self._service_account()),
        }

    def start(self, *words: str, output: str) -> Running:
        """Start a command and wait for nothing; it writes to a file called `output`."""
        path = self.folder / output
        return Running(_fork(words, installation=self, output=path), path)

    def run(self, *words: str) -> str:
        """Run a command that must succeed; what it wrote."""
        output = f"{'-'.join(words[:2])}.{os.urandom(4).hex()}.txt"
        running = self.start(*words, output=output)
        code = running.end()
        assert code == 0, running.text()
        return running.text()

    def add_staff(self, role: str) -> str:
        """The `rg_` key of a new member of the staff."""
        said = self.run("staff", "add", "--store", "centre", "--role", role)
        return next(word for word in said.split() if word.startswith("rg_"))

    def _service_account(self) -> Path:
        """A file as Firebase gives it, whose token endpoint is the stand-in's."""
        path = self.folder / "account.json"
        if not path.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            content = {
                "type": "service_account",
                "project_id": "a-cafe",
                "private_key_id": "1",
                "private_key": pem.decode(),
                "client_email": "pushes@a-cafe.example",
                "client_id": "1",
                "token_uri": f"{self.phones_url}/token",
            }
            path.write_text(json.dumps(content), encoding="utf-8")
        return path


@dataclass(kw_only=True)
class Fleet:
    """The processes of an installation, by number; a server's port stays its own."""

    installation: Installation
    commands: Sequence[Sequence[str]]
    running: dict[int, Running] = field(default_factory=dict)
    _ports: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        servers = [number for number, words in enumerate(self.commands) if words[0] == "serve"]
        self._ports = {number: free_port() for number in servers}

    @property
    def ports(self) -> list[int]:
        """Where the servers answer."""
        return list(self._ports.values())

    def __str__(self) -> str:
        return " + ".join(" ".join(words) for words in self.commands)

    def start(self) -> None:
        """Start those that do not run, and wait until each server is ready."""
        self.begin()
        for number in self._ports:
            wait_until(partial(self._is_up, number), within_s=START_S_MAX)

    def begin(self) -> list[int]:
        """Start those that do not run, and wait for nothing; their numbers."""
        begun = [number for number in range(len(self.commands)) if number not in self.running]
        for number in begun:
            port = self._ports.get(number)
            where = ("--port", str(port)) if port else ()
            self.running[number] = self.installation.start(
                *self.commands[number], *where, output=f"process-{number}.log"
            )
        return begun

    def kill(self, numbers: Sequence[int]) -> None:
        """SIGKILL some of them."""
        for number in numbers:
            self.running.pop(number).kill()

    def logs(self) -> str:
        """What all of them wrote since the beginning."""
        paths = sorted(self.installation.folder.glob("process-*.log"))
        return "".join(path.read_text("utf-8", errors="replace") for path in paths)

    def unforeseen(self) -> list[str]:
        """The lines of their logs that tell of a failure nobody foresaw."""
        return [line for line in self.logs().splitlines() if UNFORESEEN.search(line)]

    def _is_up(self, number: int) -> bool:
        assert self.running[number].is_alive, self.running[number].text()[-3000:]
        try:
            return get(f"http://127.0.0.1:{self._ports[number]}/ready").status_code == 200
        except httpx.TransportError:
            return False
