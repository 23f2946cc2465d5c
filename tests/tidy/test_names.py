"""One name for one thing: a mutation's field, its file, and the use case behind it."""

import re
from pathlib import Path

from graphql import build_schema

from tests.tidy.files import ROOT

NOT_ACTIONS = {
    "forget_member",  # whoever runs `regulars member forget`
    "celebrate_members",  # the worker's: birthdays and anniversaries come by themselves
    "settle_referrals",  # the worker's: both sides are rewarded by themselves
    "sweep_points",  # the worker's: points cool off, and they and vouchers run out, by themselves
    "targets",  # whose activity it is; shared by several
}


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def stems(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def mutations() -> set[str]:
    schema = build_schema((ROOT / "schema/schema.graphql").read_text("utf-8"))
    assert schema.mutation_type is not None
    return {snake_case(name) for name in schema.mutation_type.fields}


def test_each_mutation_stands_in_a_file_of_its_name_and_no_other_file_is_there() -> None:
    assert stems("schema/mutations") == mutations()


def test_behind_each_mutation_stands_an_action_of_its_name() -> None:
    actions = stems("gamification/actions") | stems("notifications/actions")
    assert mutations() - actions == set()


def test_an_action_that_nobody_can_ask_for_says_who_runs_it() -> None:
    actions = stems("gamification/actions") | stems("notifications/actions")
    assert actions - mutations() == NOT_ACTIONS


def test_each_mutation_takes_one_input_and_answers_with_one_union_of_its_name() -> None:
    schema = build_schema((ROOT / "schema/schema.graphql").read_text("utf-8"))
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        title = name[0].upper() + name[1:]
        assert {key: str(argument.type) for key, argument in field.args.items()} == {
            "input": f"{title}Input!"
        }
        assert str(field.type) == f"{title}Result!"


def test_an_action_is_named_by_a_verb_and_its_file_defines_it() -> None:
    for folder in ("gamification/actions", "notifications/actions"):
        for path in sorted((ROOT / folder).glob("*.py")):
            if path.stem not in NOT_ACTIONS | {"__init__"}:
                assert f"\ndef {path.stem}(" in Path(path).read_text("utf-8"), path.name
