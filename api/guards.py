"""Limits on what one GraphQL document may ask for, checked before validation.

One walk visits every selection of the document once. What a fragment asks for is worked out
the first time it is met and added wherever it is spread, so that fragments which double at
every step (a few hundred bytes, millions of fields) cost as much to refuse as to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

DEPTH_MAX = 12  # the deepest screen of the app reads eight levels; half as much again for others
DEPTH_INTROSPECTION_MAX = 16  # the usual introspection query follows `ofType` nine times
FIELDS_MAX = 500  # the home screen asks for about 60; resolving 500 takes a few milliseconds
ALIASES_MAX = 30  # aliases repeat a costly field without more depth; no screen needs ten
FRAGMENTS_MAX = 40  # client generators write one per component; the largest screens have 20
OPERATIONS_MAX = 10  # a document of several operations is a convenience of editors only
DIRECTIVES_MAX = 50  # @include and @skip are evaluated one by one at execution
COST_MAX = 1_000  # objects built for one answer; the home screen needs about 100
PAGE_SIZE_MAX = 100  # the largest `first`; assumed for a variable, whose value comes later
NESTING_MAX = 48  # bounds the recursion below: selection sets, spreads and inline fragments
# Validation compares every two fields that answer to one name (6 µs a pair, and again for
# what is nested in them): 300 equal fields in 3.9 kB took 290 ms. Under this limit the worst
# document found takes 50 ms; twelve types of a union may still share seven names.
SAME_NAME_PAIRS_MAX = 500

_PAGE_SIZE_DIGITS_MAX = 9  # more digits are no page size, and int() refuses 4,300 of them
_INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})  # __typename stays allowed


@dataclass(kw_only=True, slots=True)
class Weight:
    """What a selection set asks for, with its fragments spread out."""

    depth: int = 0
    nesting: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    same_name_pairs: int = 0

    def add(self, other: "Weight", *, levels: int, times: int) -> None:
        """Count `other` too, `levels` fields further down and its cost `times` over."""
        self.depth = max(self.depth, other.depth + levels)
        self.nesting = max(self.nesting, other.nesting + 1)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost += other.cost * times
        self.same_name_pairs += other.same_name_pairs


class _RefusedError(Exception):
    """The document is refused, with the words and the code its sender gets."""

    def __init__(self, message: str, *, code: str = "LIMIT_EXCEEDED") -> None:
        super().__init__(message)
        self.code = code


def _refuse_above(what: str, actual: int, allowed: int) -> None:
    if actual > allowed:
        raise _RefusedError(f"The document has more than {allowed} {what}.")


@dataclass(kw_only=True, slots=True)
class Walk:
    """The state of one walk. `visited` counts the selections looked at."""

    fragments: dict[str, FragmentDefinitionNode]
    weights: dict[str, tuple[Weight, dict[str, int]]] = field(default_factory=dict)
    open_fragments: set[str] = field(default_factory=set)
    visited: int = 0
    introspects: bool = False

    def weigh(self, selections: SelectionSetNode, *, nesting: int) -> Weight:
        """Weigh a selection set of its own: the document's, or that of a field."""
        weight, _ = self._weigh_set(selections, nesting=nesting)
        return weight

    def _weigh_set(
        self, selections: SelectionSetNode, *, nesting: int
    ) -> tuple[Weight, dict[str, int]]:
        weight, names = Weight(), dict[str, int]()
        self._add_selections(weight, names, selections, nesting=nesting)
        weight.same_name_pairs += sum(count * (count - 1) // 2 for count in names.values())
        return weight, names

    def _add_selections(
        self,
        weight: Weight,
        names: dict[str, int],
        selections: SelectionSetNode,
        *,
        nesting: int,
    ) -> None:
        _refuse_above("nested selection sets", nesting, NESTING_MAX)
        for selection in selections.selections:
            self.visited += 1
            weight.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                self._add_field(weight, names, selection, nesting=nesting)
            elif isinstance(selection, FragmentSpreadNode):
                self._add_fragment(weight, names, selection.name.value, nesting=nesting)
            else:  # an inline fragment selects for the set it stands in
                inline = Weight()
                self._add_selections(
                    inline,
                    names,
                    selection.selection_set,  # type: ignore[attr-defined] # the third kind
                    nesting=nesting + 1,
                )
                weight.add(inline, levels=0, times=1)
            # At once, not at the end: the next spread could double what is added up below.
            _refuse_above("fields", weight.fields, FIELDS_MAX)

    def _add_field(
        self, weight: Weight, names: dict[str, int], node: FieldNode, *, nesting: int
    ) -> None:
        weight.fields += 1
        weight.aliases += node.alias is not None
        weight.depth = max(weight.depth, 1)
        self.introspects = self.introspects or node.name.value in _INTROSPECTION_FIELDS
        answer_name = (node.alias or node.name).value
        names[answer_name] = names.get(answer_name, 0) + 1
        if node.selection_set is not None:
            weight.cost += 1
            children = self.weigh(node.selection_set, nesting=nesting + 1)
            weight.add(children, levels=1, times=_page_size(node))

    def _add_fragment(
        self, weight: Weight, names: dict[str, int], name: str, *, nesting: int
    ) -> None:
        if name not in self.fragments:
            return  # validation names it
        fragment, fragment_names = self.weigh_fragment(name, nesting=nesting + 1)
        _refuse_above("nested selection sets", nesting + 1 + fragment.nesting, NESTING_MAX)
        weight.add(fragment, levels=0, times=1)
        for answer_name, count in fragment_names.items():
            names[answer_name] = names.get(answer_name, 0) + count

    def weigh_fragment(self, name: str, *, nesting: int) -> tuple[Weight, dict[str, int]]:
        """Weigh a fragment once, and give the names at its top with their counts."""
        if name not in self.weights:
            if name in self.open_fragments:
                raise _RefusedError(f"Fragment '{name}' spreads itself.")
            self.open_fragments.add(name)
            self.weights[name] = self._weigh_set(
                self.fragments[name].selection_set, nesting=nesting
            )
            self.open_fragments.remove(name)
        return self.weights[name]


def _page_size(node: FieldNode) -> int:
    """How many children a field with `first` may have; 1 without it."""
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, VariableNode):
                return PAGE_SIZE_MAX
            if isinstance(argument.value, IntValueNode):
                digits = argument.value.value
                too_long = len(digits) > _PAGE_SIZE_DIGITS_MAX
                return COST_MAX + 1 if too_long else max(1, int(digits))
    return 1


def _directives_outside_selections(
    definitions: Sequence[OperationDefinitionNode | FragmentDefinitionNode],
) -> int:
    return sum(
        len(definition.directives or ())
        + sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
        for definition in definitions
    )


def _check(document: DocumentNode, walk: Walk, *, introspection: bool) -> None:
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    _refuse_above("operations", len(operations), OPERATIONS_MAX)
    _refuse_above("fragments", len(fragments), FRAGMENTS_MAX)
    if len(walk.fragments) < len(fragments):  # the hidden one would reach validation unweighed
        raise _RefusedError("A fragment is defined twice.")
    weights = [walk.weigh_fragment(name, nesting=0)[0] for name in walk.fragments]
    weights += [walk.weigh(node.selection_set, nesting=0) for node in operations]
    if walk.introspects and not introspection:
        raise _RefusedError("Introspection is switched off.", code="INTROSPECTION_DISABLED")
    depth_max = DEPTH_INTROSPECTION_MAX if walk.introspects else DEPTH_MAX
    directives_outside = _directives_outside_selections([*operations, *fragments])
    for weight in weights:
        _refuse_above("levels of depth", weight.depth, depth_max)
        _refuse_above("aliases", weight.aliases, ALIASES_MAX)
        _refuse_above("directives", weight.directives + directives_outside, DIRECTIVES_MAX)
        _refuse_above("objects (cost)", weight.cost, COST_MAX)
        _refuse_above("pairs of equal names", weight.same_name_pairs, SAME_NAME_PAIRS_MAX)


def walk_of(document: DocumentNode) -> Walk:
    """Make a fresh walk over a document."""
    return Walk(
        fragments={
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
    )


def check_document(
    document: DocumentNode, *, introspection: bool, walk: Walk | None = None
) -> GraphQLError | None:
    """Give the first limit the document passes, as an error with a code; None when within all.

    The document need not be valid. Linear in its size: every selection is visited once. Every
    operation and every fragment, used or not, must keep the limits by itself.
    """
    try:
        _check(document, walk or walk_of(document), introspection=introspection)
    except _RefusedError as refused:
        return GraphQLError(str(refused), extensions={"code": refused.code})
    return None
