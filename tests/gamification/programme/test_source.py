"""The line of each value, however TOML lets people write it."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from gamification.programme.check import check_programme
from gamification.programme.source import read_source

WRITTEN = b"""# a note
top = 1
[one]
"quoted key" = "x"
name.en = "A"
name.'zh-Hant' = "B"
many = [
  1, # a note
  { deep = 2 },
]
[[item]]
text = '''
over
lines'''
[[item.part]]
size = 1
[[item.part]]
size = 2
[[item]]
[item.inner]
last = 2026-01-01
"""


def test_every_way_of_writing_has_its_line() -> None:
    source = read_source(WRITTEN)
    lines = {
        ("top",): 2,
        ("one",): 3,
        ("one", "quoted key"): 4,
        ("one", "name"): 5,
        ("one", "name", "zh-Hant"): 6,
        ("one", "many", 0): 8,
        ("one", "many", 1, "deep"): 9,
        ("item",): 11,
        ("item", 0, "text"): 12,
        ("item", 0, "part", 1, "size"): 18,
        ("item", 1): 19,
        ("item", 1, "inner", "last"): 21,
    }
    assert {path: source.line(path) for path in lines} == lines


def test_what_is_not_there_is_on_the_line_of_what_surrounds_it() -> None:
    source = read_source(WRITTEN)
    assert source.line(("item", 1, "missing", "deeper")) == 19
    assert source.line(("missing",)) == 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_check(data: bytes) -> None:
    programme, faults = check_programme(data, "any")
    assert programme is None
    assert faults


_KEYS = st.sampled_from(["programme", "tier", "tiers", "badge", "id", "name", "en", "x", "from"])
_VALUES = st.sampled_from(
    [
        *("1", "true", '"a"', "[]", "{}", "nan", "inf", "-1e99999999999999999999", "1e999999999"),
        *("0x" + "f" * 1900, "2026-01-01", "07:30:00", "[[1]]", '{ en = "a" }', "'''\n'''"),
    ]
)
_LINES = st.one_of(
    st.builds("[{}]".format, _KEYS),
    st.builds("[[{}]]".format, _KEYS),
    st.builds("{} = {}".format, _KEYS, _VALUES),
    st.builds("{}.{} = {}".format, _KEYS, _KEYS, _VALUES),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=12))
def test_no_toml_breaks_the_check(lines: list[str]) -> None:
    text = "\n".join(lines)
    _, faults = check_programme(text.encode(), "any")
    assert faults
    assert all(1 <= fault.line <= text.count("\n") + 1 for fault in faults)
    try:
        tomllib.loads(text)
    except ValueError:
        assert len(faults) == 1


def test_hostile_files_are_refused_in_few_words() -> None:
    hostile = [
        "a = " + "[" * 100_000,
        "[" * 100_000,
        "a = " + "{a=" * 50_000,
        "a." * 100_000 + "a = 1",
        "[" + "a." * 100_000 + "a]",
        "a = " + "9" * 200_000,
        "a = " + "[" * 200 + "]" * 200,
        "\n".join(f"[[tier]]\nk{n} = 1" for n in range(10_000)),
        "[programme]\ncategories = [" + '"a",\n' * 50_000 + "]",
        "[programme]\ncategories = [" + "".join(f'"A{n}",\n' for n in range(20_000)) + "]",
        "a = " + "[\n" * 100_000,
        "a = " + "[\n" * 100 + "]\n" * 100,
        "\n".join("b" * n + "." + "a." * 900 + "a = 1" for n in range(1, 120)),
        '"' + "x" * 200_000 + '" = 1',
        "[programme]\nname = {" + ",".join(f"a{n}=1" for n in range(20_000)) + "}",
    ]
    for text in hostile:
        programme, faults = check_programme(text.encode(), "hostile")
        assert programme is None
        assert faults, text[:40]
        assert all(len(str(fault)) < 1_000 for fault in faults)
