"""Parsed and checked GraphQL documents, remembered by their text.

Parsing, the guards and validation depend on nothing but the text and the schema, and cost
several times the execution of a home query, so each text pays once. With a text are kept the
plans by which its operations are executed.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution import VariableValues
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.execution.operation import Operation
from api.execution.plan import Plan
from api.failures import ErrorEntry, OperationRefusedError, entries, entry
from api.guards import check_document

TOKENS_MAX = 1_500  # the home query has about 250
COMMENTS_MAX = 200  # comments are kept as tokens, and generated queries have none
VALIDATION_ERRORS_MAX = 10  # enough to mend a document by; each may quote a part of it
DOCUMENTS_MAX = 256  # an app has some dozen operations, and several versions are in use at once
# A parsed document takes 110 to 280 bytes for each byte of its text (measured), so that these
# texts hold at most 36 MiB.
TEXT_BYTES_MAX = 128 * 1024
# A field of a plan takes 1.5 kB (measured), so that these hold at most 30 MiB; an app's screens
# have some hundred each.
PLANNED_FIELDS_MAX = 20_000
COERCION_ERRORS_MAX = 10  # enough to mend the variables by; each quotes a value

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedDocument:
    """A document and what is wrong with it; no errors means that it may be executed.

    Errors are kept as entries: an exception would keep the frames of its traceback alive.
    `operations` are those that were asked for by now, by their names.
    """

    document: DocumentNode | None
    errors: tuple[ErrorEntry, ...]
    operations: dict[str | None, Operation] = field(default_factory=dict)

    @property
    def planned_fields(self) -> int:
        """How large the plans of the operations are."""
        return sum(operation.size for operation in self.operations.values())

    def operation(self, name: str | None) -> tuple[DocumentNode, OperationDefinitionNode]:
        """Give the document and its operation called `name`, or its only one.

        Raise OperationRefusedError when it is not valid or the choice is not clear.
        """
        if self.document is None:
            raise OperationRefusedError(self.errors)
        operations = [
            node
            for node in self.document.definitions
            if isinstance(node, OperationDefinitionNode)
            and (name is None or (node.name is not None and node.name.value == name))
        ]
        if len(operations) == 1:  # validation has refused two of one name
            return self.document, operations[0]
        message = (
            "The document has no operation of the name given."
            if name is not None
            else '"operationName" must name one of the several operations.'
        )
        raise OperationRefusedError([entry(message, code="OPERATION_RESOLUTION_FAILURE")])


class Documents:
    """The documents of one schema, the most recently used kept."""

    def __init__(self, schema: strawberry.Schema, *, introspection: bool) -> None:
        self.schema = core_schema(schema)
        self.introspection = introspection
        self._strawberry = schema
        self._kept: OrderedDict[str, CheckedDocument] = OrderedDict()
        self._text_bytes = 0
        self._planned_fields = 0

    def __len__(self) -> int:
        """Count the documents kept."""
        return len(self._kept)

    def check(self, text: str) -> CheckedDocument:
        """Parse, guard and validate a text, or remember having done so."""
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        checked = self._check(text)
        self._keep(text, checked)
        return checked

    def operation(self, text: str, name: str | None) -> Operation:
        """Give the operation of a text that is called `name`, or its only one.

        Raise OperationRefusedError when the text is not valid or the choice is not clear.
        """
        checked = self.check(text)
        known = checked.operations.get(name)
        if known is not None:
            return known
        document, node = checked.operation(name)
        operation = checked.operations[name] = Operation(
            schema=self._strawberry,
            document=document,
            node=node,
            errors_max=COERCION_ERRORS_MAX,
            hide_suggestions=not self.introspection,
        )
        return operation

    def plan(self, operation: Operation, variables: VariableValues) -> Plan | None:
        """Give the plan of an operation just looked up; None where graphql-core executes it."""
        before = operation.size
        plan = operation.plan(variables)
        if operation.size > before:
            self._planned_fields += operation.size - before
            self._drop_oldest()
        return plan

    def _check(self, text: str) -> CheckedDocument:
        try:
            document = parse(text, max_lexical_tokens=TOKENS_MAX, max_comments=COMMENTS_MAX)
        except GraphQLError as error:
            return _refused([error], code="GRAPHQL_PARSE_FAILED")
        over = check_document(document, introspection=self.introspection)
        if over is not None:
            return _refused([over], code="LIMIT_EXCEEDED")
        errors = validate(
            self.schema,
            document,
            _RULES,
            max_errors=VALIDATION_ERRORS_MAX,
            hide_suggestions=not self.introspection,
        )
        if errors:
            return _refused(errors, code="GRAPHQL_VALIDATION_FAILED")
        return CheckedDocument(document=document, errors=())

    def _keep(self, text: str, checked: CheckedDocument) -> None:
        self._kept[text] = checked
        self._text_bytes += len(text.encode())
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._kept and (
            len(self._kept) > DOCUMENTS_MAX
            or self._text_bytes > TEXT_BYTES_MAX
            or self._planned_fields > PLANNED_FIELDS_MAX
        ):
            text, dropped = self._kept.popitem(last=False)
            self._text_bytes -= len(text.encode())
            self._planned_fields -= dropped.planned_fields


def _refused(errors: list[GraphQLError], *, code: str) -> CheckedDocument:
    return CheckedDocument(document=None, errors=tuple(entries(errors, code=code)))


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Give graphql-core's schema under Strawberry's."""
    return schema._schema  # noqa: SLF001 -- Strawberry has no public name for it


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Tell whether an operation answers with a stream, which a plain POST has no place for."""
    return operation.operation is OperationType.SUBSCRIPTION
