"""Starts a demo as given on the command line, looks at a member's home screen, and stops it.

Usage: python .ci/smoke.py regulars demo. Says what it saw, and exits 0 only if all of it was right.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

READY_S_MAX = 300  # a year of history is made first
STOP_S_MAX = 30
MEMBER = "zofia"  # lives in every demo
HOME = Path("schema/operations/Home.graphql")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(url: str, demo: subprocess.Popen[bytes]) -> None:
    """Return when the demo says that it is ready; exit when it ends or takes too long."""
    deadline = time.monotonic() + READY_S_MAX
    while time.monotonic() < deadline:
        if demo.poll() is not None:
            sys.exit(f"the demo ended by itself with exit code {demo.returncode}")
        try:
            if httpx.get(f"{url}/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    sys.exit(f"the demo was not ready after {READY_S_MAX} s")


def token_of(regulars: str) -> str:
    """A token of the member."""
    environment = {**os.environ, "REGULARS_ENV": "demo", "REGULARS_IDENTITY": "demo"}
    made = subprocess.run(  # noqa: S603 -- the command that was just started
        [regulars, "token", MEMBER], env=environment, check=True, capture_output=True, text=True
    )
    return next(line for line in made.stdout.split() if line.count(".") == 2)  # noqa: PLR2004 -- a JWT has three parts


def look_at_home(url: str, token: str) -> str:
    """What the home screen shows, in one line; exit when it shows no member."""
    answer = httpx.post(
        f"{url}/graphql",
        json={"query": HOME.read_text("utf-8")},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    if "errors" in answer or not answer["data"]["viewer"]["member"]:
        sys.exit(f"the home screen answered {answer}")
    member = answer["data"]["viewer"]["member"]
    if httpx.get(member["card"]["imageUrl"]).headers["content-type"] != "image/png":
        sys.exit("the card is no picture")
    return (
        f"{member['displayName']}: {member['points']['available']} points,"
        f" tier {member['tier']['current']['name']}, {len(member['badges'])} badges, a card"
    )


def main() -> None:
    """Start, look, stop."""
    command = sys.argv[1:]
    url = f"http://127.0.0.1:{(port := free_port())}"
    started = time.monotonic()
    demo = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)  # noqa: S603 -- it is ours to name
    try:
        wait_until_ready(url, demo)
        sys.stdout.write(f"ready after {time.monotonic() - started:.1f} s\n")
        sys.stdout.write(look_at_home(url, token_of(command[0])) + "\n")
        demo.send_signal(signal.SIGTERM)
        code = demo.wait(STOP_S_MAX)
    finally:
        demo.kill()
    if code != 0:
        sys.exit(f"asked to stop, the demo ended with exit code {code}")
    sys.stdout.write("stopped when asked, with exit code 0\n")


if __name__ == "__main__":
    main()
