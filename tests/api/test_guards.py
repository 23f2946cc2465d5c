import pytest
from graphql import get_introspection_query, parse

from api import guards
from api.guards import check_document, walk_of


def refusal(text: str, *, introspection: bool = False) -> str | None:
    error = check_document(parse(text), introspection=introspection)
    return None if error is None else error.message


def nested(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def bomb(*, fragments: int, spreads: int) -> str:
    """Fragments of which each spreads the next several times: spreads ** fragments fields."""
    steps = [
        f"fragment F{step} on T {{ a {f'...F{step + 1} ' * spreads} }}" for step in range(fragments)
    ]
    return " ".join(["{ ...F0 }", *steps, f"fragment F{fragments} on T {{ a }}"])


def test_an_ordinary_query_passes() -> None:
    assert refusal("query Home($n: Int) { viewer { member { id points { available } } } }") is None


@pytest.mark.parametrize(
    ("within", "beyond", "words"),
    [
        (nested(guards.DEPTH_MAX), nested(guards.DEPTH_MAX + 1), "levels of depth"),
        (
            "{" + " ".join(f"f{n}" for n in range(guards.FIELDS_MAX)) + "}",
            "{" + " ".join(f"f{n}" for n in range(guards.FIELDS_MAX + 1)) + "}",
            "fields",
        ),
        (
            "{" + " ".join(f"a{n}: x" for n in range(guards.ALIASES_MAX)) + "}",
            "{" + " ".join(f"a{n}: x" for n in range(guards.ALIASES_MAX + 1)) + "}",
            "aliases",
        ),
        (
            "{ x " + "@d " * guards.DIRECTIVES_MAX + "}",
            "query @d { x " + "@d " * guards.DIRECTIVES_MAX + "}",
            "directives",
        ),
        (
            "{ x }" + " fragment F%d on T { x }" * guards.FRAGMENTS_MAX % (*range(40),),
            "{ x }" + " fragment F%d on T { x }" * (guards.FRAGMENTS_MAX + 1) % (*range(41),),
            "fragments",
        ),
        (
            " ".join(f"query Q{n} {{ x }}" for n in range(guards.OPERATIONS_MAX)),
            " ".join(f"query Q{n} {{ x }}" for n in range(guards.OPERATIONS_MAX + 1)),
            "operations",
        ),
        ("{ list(first: 999) { a { b } } }", "{ list(first: 1000) { a { b } } }", "objects"),
        ("{" + " x" * 32 + "}", "{" + " x" * 33 + "}", "pairs of equal names"),
        ("{ ..." * 47 + "{ x }" + "}" * 47, "{ ..." * 49 + "{ x }" + "}" * 49, "nested"),
    ],
)
def test_each_limit_lets_its_last_value_pass_and_refuses_the_next(
    within: str, beyond: str, words: str
) -> None:
    assert refusal(within) is None
    assert words in (refusal(beyond) or "")


def test_fragments_count_where_they_are_spread() -> None:
    fields = " ".join(f"f{n}" for n in range(26))
    spreads = " ".join(f"o{n} {{ ...F }}" for n in range(20))
    assert "fields" in (refusal(f"{{ {spreads} }} fragment F on T {{ {fields} }}") or "")


def test_depth_and_aliases_are_seen_through_fragments() -> None:
    deep = nested(guards.DEPTH_MAX)[1:-1]
    assert "depth" in (refusal(f"{{ a {{ ...F }} }} fragment F on T {{ {deep} }}") or "")
    aliases = " ".join(f"a{n}: x" for n in range(16))
    twice = f"{{ o {{ ...F }} p {{ ...F }} }} fragment F on T {{ {aliases} }}"
    assert "aliases" in (refusal(twice) or "")


def test_nesting_is_added_up_through_fragments() -> None:
    half = "... { " * 30 + "%s" + " }" * 30
    text = f"{{ {half} }} fragment F on T {{ {half % 'x'} }}"
    assert "nested" in (refusal(text % "...F") or "")
    assert refusal(text % "x") is None


def test_a_page_multiplies_the_cost_of_what_it_holds() -> None:
    nested_pages = "{ a(first: 40) { b(first: 25) { c { d } } } }"
    assert "objects" in (refusal(nested_pages) or "")
    assert refusal(nested_pages.replace("40", "4")) is None


def test_a_page_size_in_a_variable_counts_as_the_largest_page() -> None:
    text = "query Q($n: Int) { %s }"
    ten = " ".join(f"p{n}(first: $n) {{ a {{ b }} }}" for n in range(10))
    nine = " ".join(f"p{n}(first: $n) {{ a {{ b }} }}" for n in range(9))
    assert "objects" in (refusal(text % ten) or "")
    assert refusal(text % nine) is None


def test_a_page_size_of_thousands_of_digits_is_refused() -> None:
    assert "objects" in (refusal(f"{{ a(first: {'9' * 5000}) {{ b {{ c }} }} }}") or "")


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on T { x ...A }",
        "{ ...A } fragment A on T { x ...B } fragment B on T { y { ...A } }",
        "{ x } fragment Unused on T { ...Unused }",
    ],
)
def test_fragments_in_a_circle_are_refused(text: str) -> None:
    assert "spreads itself" in (refusal(text) or "")


def test_a_fragment_hidden_by_another_of_its_name_is_refused() -> None:
    assert "twice" in (refusal("{ ...A } fragment A on T { x } fragment A on T { y }") or "")


def test_a_spread_of_no_fragment_is_left_to_validation() -> None:
    assert refusal("{ ...Nowhere }") is None


@pytest.mark.parametrize("spreads", [1, 2, 30])
def test_every_selection_is_visited_at_most_once(spreads: int) -> None:
    text = bomb(fragments=39, spreads=spreads)
    walk = walk_of(parse(text))
    check_document(parse(text), introspection=False, walk=walk)
    assert 0 < walk.visited <= 1 + 40 * (spreads + 1)


def test_a_doubling_bomb_is_refused_after_few_steps() -> None:
    walk = walk_of(parse(bomb(fragments=39, spreads=2)))
    error = check_document(parse(bomb(fragments=39, spreads=2)), introspection=False, walk=walk)
    assert error is not None
    assert error.extensions == {"code": "LIMIT_EXCEEDED"}
    assert walk.visited < 150


def test_a_large_bomb_is_refused_without_recursing_into_it() -> None:
    text = bomb(fragments=39, spreads=200)
    assert len(text) > 50_000
    assert refusal(text) is not None


@pytest.mark.parametrize("text", ["{ __schema { types { name } } }", '{ x { __type(name: "T") } }'])
def test_introspection_is_refused_unless_it_is_switched_on(text: str) -> None:
    error = check_document(parse(text), introspection=False)
    assert error is not None
    assert error.extensions == {"code": "INTROSPECTION_DISABLED"}
    assert refusal(text, introspection=True) is None


def test_a_type_name_is_no_introspection() -> None:
    assert refusal("{ __typename }") is None


def test_the_usual_introspection_query_passes_when_switched_on() -> None:
    text = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    assert refusal(text, introspection=True) is None


def test_introspection_does_not_open_the_way_for_anything_deeper() -> None:
    text = nested(guards.DEPTH_INTROSPECTION_MAX + 1).replace("a", "__schema", 1)
    assert "depth" in (refusal(text, introspection=True) or "")
