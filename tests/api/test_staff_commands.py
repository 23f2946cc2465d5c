"""Keys of staff at the command line: made, used, and taken back."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.identity import KEY_REMEMBERED_S
from api.server import StartRefused
from tests.journeys.server import Server, serving
from tests.journeys.story import post
from tests.world import World

VIEWER = "query { viewer { staff { role } } }"


def run(world: World, folder: Path, *words: str) -> str:
    environment = {
        "REGULARS_ENV": "test",
        "REGULARS_IDENTITY": "demo",
        "REGULARS_DATA_DIR": str(folder),
        "REGULARS_DATABASE_URL": world.database.url,
    }
    answer = CliRunner().invoke(app, words, env=environment)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def made(world: World, folder: Path) -> tuple[str, str]:
    """A clerk's key, and the words that end it, as they were shown."""
    shown = run(world, folder, "staff", "add", "--store", "harbour", "--role", "clerk")
    key = re.search(r"^rg_\S+$", shown, flags=re.MULTILINE)
    ends = re.search(r"`regulars (staff revoke \S+)` ends it\.\n$", shown)
    assert key
    assert ends
    return key[0], ends[1]


def role_of(server: Server, key: str) -> str | None:
    answer = post(server, VIEWER, token=key)
    if answer.status_code == 401:
        return None
    return str(answer.json()["data"]["viewer"]["staff"]["role"])


def test_a_key_opens_until_it_is_revoked_by_the_words_that_were_shown_with_it(
    world: World, tmp_path: Path
) -> None:
    key, ends = made(world, tmp_path)
    other, _ = made(world, tmp_path)
    clerk = ends.split()[-1]
    with serving(world) as server:
        assert role_of(server, key) == "clerk"
        assert run(world, tmp_path, *ends.split()) == (
            f"The key of clerk {clerk} in harbour was revoked; it is refused within "
            f"{KEY_REMEMBERED_S} seconds.\n"
        )
        server.pass_time(seconds=KEY_REMEMBERED_S)
        assert role_of(server, key) is None
        assert role_of(server, other) == "clerk"


def test_revoking_twice_keeps_the_first_moment(world: World, tmp_path: Path) -> None:
    _, ends = made(world, tmp_path)
    run(world, tmp_path, *ends.split())
    moments = world.rows("SELECT revoked_at FROM staff_key WHERE revoked_at IS NOT NULL")
    again = run(world, tmp_path, *ends.split())
    assert again == f"The key of clerk {ends.split()[-1]} in harbour had been revoked before.\n"
    assert len(moments) == 1
    assert world.rows("SELECT revoked_at FROM staff_key WHERE revoked_at IS NOT NULL") == moments


@pytest.mark.parametrize(
    ("given", "shown"),
    [("nobody", "'nobody'"), ("x\n\x1b[2J" + "y" * 99, "'x[2J" + "y" * 36 + "'")],
)
def test_an_id_of_nobody_reads_one_clear_line(
    world: World, tmp_path: Path, given: str, shown: str
) -> None:
    with pytest.raises(StartRefused) as refused:
        run(world, tmp_path, "staff", "revoke", given)
    assert str(refused.value) == f"{shown}: no staff has this id; `regulars staff add` shows it"
