"""Which variables decide, by @skip and @include, what an operation asks for."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from graphql import (
    DirectiveNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from api.execution.run import Unplanned

Fragments: TypeAlias = Mapping[str, FragmentDefinitionNode]

_KNOWN = frozenset({GraphQLSkipDirective.name, GraphQLIncludeDirective.name})


def conditions_of(operation: OperationDefinitionNode, fragments: Fragments) -> tuple[str, ...]:
    """The names of the variables, sorted. Raises Unplanned for other directives."""
    _refuse(operation.directives)
    for variable in operation.variable_definitions or ():
        _refuse(variable.directives)
    names: set[str] = set()
    met: set[str] = set()
    for directive in _directives(operation.selection_set, fragments, met):
        if directive.name.value not in _KNOWN:
            _refuse((directive,))
        names |= {
            argument.value.name.value
            for argument in directive.arguments or ()
            if isinstance(argument.value, VariableNode)
        }
    for name in met:
        _refuse(fragments[name].directives)
        if fragments[name].variable_definitions:
            raise Unplanned("a fragment with variables")
    return tuple(sorted(names))


def _directives(
    selections: SelectionSetNode | None, fragments: Fragments, met: set[str]
) -> Iterator[DirectiveNode]:
    """The directives on every selection, in each fragment once."""
    for node in selections.selections if selections else ():
        yield from node.directives or ()
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in met:
                met.add(name)
                yield from _directives(fragments[name].selection_set, fragments, met)
        else:
            inside: SelectionSetNode | None = getattr(node, "selection_set", None)
            yield from _directives(inside, fragments, met)


def _refuse(directives: tuple[DirectiveNode, ...] | None) -> None:
    for directive in directives or ():
        raise Unplanned(f"the directive @{directive.name.value}")
