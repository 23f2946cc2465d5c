"""A PostgreSQL of the drill's own, on a free port, which it may stop and start as it likes."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from tests.journeys.story import wait_until

DEMAND = "DEMAND_POSTGRESQL"
INSTALLED = Path("/usr/lib/postgresql")  # where Debian puts it, a folder for each version
OWNERS = (
    "postgres",
    "nobody",
)  # root may not run a PostgreSQL: the first of these that exists does
ROLE = "regulars"
START_S_MAX = 60
STOP_S_MAX = 60

StopMode = Literal["fast", "immediate"]


@dataclass(kw_only=True, slots=True)
class Cluster:
    """Lives in `folder` alone: data, socket and log. Only this machine's loopback reaches it."""

    folder: Path
    data: Path
    port: int
    programs: Path
    _server: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def log(self) -> Path:
        """What the server writes to whoever runs it; of every database in the cluster."""
        return self.folder / "log"

    def url(self, database: str) -> str:
        """The address of one of its databases, as a setting of ours has it."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 -- PostgreSQL's own program
                # It ends with the test's process, even with one that is killed.
                unprivileged(
                    str(self.programs / "postgres"), "-D", str(self.data), pdeathsig="INT"
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._is_up, within_s=START_S_MAX)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop it: `immediate` is a crash, after which the next start recovers."""
        if self._server is None:
            return
        with suppress(subprocess.CalledProcessError):  # it may have ended by itself: a full disk
            self.run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w")
        self._server.wait(STOP_S_MAX)
        self._server = None

    def run(self, program: str, *words: str) -> None:
        """Run one of its programs as its owner."""
        subprocess.run(  # noqa: S603 -- as above
            unprivileged(str(self.programs / program), *words),
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def _is_up(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, self.log.read_text("utf-8")[-2000:]
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def programs() -> Path:
    """The folder of the newest installed PostgreSQL's programs; skips the test without one."""
    found = [path.parent for path in INSTALLED.glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    if not found:
        missing = "POSTGRESQL IS NOT INSTALLED: its half of the drill was not done"
        if os.environ.get(DEMAND):
            pytest.fail(missing)
        pytest.skip(missing)
    return max(found, key=lambda path: int("".join(filter(str.isdigit, path.parent.name)) or 0))


def owner() -> pwd.struct_passwd:
    """Who runs the cluster: whoever runs the test, unless that is root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in OWNERS if name in known)


def unprivileged(*words: str, pdeathsig: str | None = None) -> Sequence[str]:
    """A command line that runs `words` as the cluster's owner."""
    options = [f"--pdeathsig={pdeathsig}"] if pdeathsig else []
    if os.geteuid() == 0:
        entry = owner()
        options += [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return [shutil.which("setpriv") or "setpriv", *options, *words]


@contextmanager
def private_cluster(
    *, data: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A running cluster, gone without a trace afterwards.

    `data` is an empty folder for the data alone, such as one on a small disk; the log of writes
    stays in the cluster's own folder.
    """
    binaries = programs()
    # Not below pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="regulars-cluster-"))
    entry = owner()
    place = data or folder / "data"
    place.mkdir(exist_ok=True)
    for each in (folder, place):
        os.chown(each, entry.pw_uid, entry.pw_gid)
        each.chmod(0o700)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    cluster = Cluster(folder=folder, data=place, port=port, programs=binaries)
    try:
        where = ["-D", str(place)] + ([f"--waldir={folder / 'wal'}"] if data else [])
        # Trust is for whoever is on this machine's loopback, and the socket's folder is closed.
        cluster.run("initdb", *where, "-U", ROLE, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
        wanted = {
            "listen_addresses": "'127.0.0.1'",
            "port": str(port),
            "unix_socket_directories": f"'{folder}'",
            "shared_buffers": "64MB",  # two of them may run side by side
            **(settings or {}),
        }
        with (place / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in wanted.items())
        cluster.start()
        yield cluster
    finally:
        cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
