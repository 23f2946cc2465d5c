"""How a field's value is found: an attribute, or a call of the function under the wrappers."""

from collections.abc import Callable
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any

from graphql import TypeNameMetaFieldDef
from strawberry import Schema
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from api.execution.arguments import conversion_of, gather_of
from api.execution.fields import Field, Resolve
from api.execution.run import Place, Run, Unplanned

_BACKREF = "strawberry-definition"


def set_resolver(field: Field, schema: Schema, *, hide_suggestions: bool) -> None:
    """Say how the value of a field is found. Raises Unplanned for what only the wrappers know."""
    if field.definition is TypeNameMetaFieldDef:
        name = field.parent.name
        field.resolve = lambda _source, _place, _run: name
        return
    known = field.definition.extensions.get(_BACKREF)
    if (
        not isinstance(known, StrawberryField)
        or type(known).get_result is not StrawberryField.get_result
        or known.extensions
        or known.is_subscription
        or schema.exception_handlers
    ):
        raise Unplanned(f"the field {field.parent.name}.{field.key}")
    resolver = known.base_resolver
    if resolver is None:
        # Strawberry's own way is `getattr` too, unless its settings name another.
        if schema.config.default_resolver is not getattr:
            raise Unplanned("a default resolver")
        field.attribute = known.python_name
        return
    if isasyncgenfunction(resolver.wrapped_func) or not callable(resolver.wrapped_func):
        raise Unplanned(f"the field {field.parent.name}.{field.key}")
    field.is_async = iscoroutinefunction(resolver.wrapped_func)
    if field.is_async != known.is_async:
        raise Unplanned(f"the field {field.parent.name}.{field.key}")
    field.resolve = _call(field, known, resolver, schema, hide_suggestions=hide_suggestions)


def _call(
    field: Field,
    known: StrawberryField,
    resolver: StrawberryResolver[Any],
    schema: Schema,
    *,
    hide_suggestions: bool,
) -> Resolve:
    function: Callable[..., Any] = resolver.wrapped_func  # type: ignore[assignment]  # checked by the caller
    gather = gather_of(field.definition, field.nodes[0], hide_suggestions=hide_suggestions)
    convert = conversion_of(known, schema)
    takes_self = resolver.self_parameter is not None
    sources = [
        parameter.name
        for parameter in (resolver.parent_parameter, resolver.root_parameter)
        if parameter is not None
    ]
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    info_class = schema.config.info_class

    def call(source: Any, place: Place, run: Run, given: dict[str, Any]) -> Any:
        if convert is not None:
            given = convert(given)
        for name in sources:
            given[name] = source
        if info_name is not None:
            given[info_name] = info_class(_raw_info=run.info(field, place), _field=known)
        return function(source, **given) if takes_self else function(**given)

    def resolve(source: Any, place: Place, run: Run) -> Any:
        return call(source, place, run, gather(run.variables))

    async def wait(source: Any, place: Place, run: Run, given: dict[str, Any]) -> Any:
        # In here, so that what cannot be converted fails when the field is waited for.
        return await call(source, place, run, given)

    def begin(source: Any, place: Place, run: Run) -> Any:
        return wait(source, place, run, gather(run.variables))

    if field.is_async:
        return begin
    if takes_self and not (field.definition.args or sources or info_name):
        return lambda source, _place, _run: function(source)
    return resolve
