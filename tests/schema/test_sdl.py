"""The printed contract is the contract."""

from schema.build import SDL_FILE, sdl


def test_the_printed_schema_is_what_the_server_serves() -> None:
    assert SDL_FILE.read_text("utf-8") == sdl(), (
        "schema/schema.graphql is out of date: write it again with"
        " `regulars sdl > schema/schema.graphql`, and say in schema/CHANGELOG.md what changed"
    )


def test_the_printed_schema_ends_with_one_line_break() -> None:
    # So that `regulars sdl > schema/schema.graphql` leaves no difference behind.
    assert sdl().endswith("}\n")
    assert not sdl().endswith("\n\n")
