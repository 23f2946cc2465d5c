import pytest

from api.documents import DOCUMENTS_MAX, TEXT_BYTES_MAX, Documents
from tests.api.graphql_toy import SCHEMA


def test_a_document_is_parsed_and_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(SCHEMA, introspection=False)
    first = documents.check("{ member { name } }")
    monkeypatch.setattr("api.documents.parse", None)
    assert documents.check("{ member { name } }") is first


def test_the_documents_kept_are_bounded_in_number_and_in_bytes() -> None:
    documents = Documents(SCHEMA, introspection=False)
    kept = documents.check("{ member { name } }")
    for number in range(DOCUMENTS_MAX + 10):
        documents.check(f"query Q{number} {{ member {{ name }} }}")
        assert documents.check("{ member { name } }") is kept  # used again, so not the oldest
    assert len(documents) == DOCUMENTS_MAX
    for number in range(4):
        padding = "," * (TEXT_BYTES_MAX // 3)
        documents.check(f"query Q{number} {{ member {{ name }} }}{padding}")
    assert len(documents) <= 3
