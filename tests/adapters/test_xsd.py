"""XML against a schema."""

from pathlib import Path

import pytest

from encaisse.adapters.xsd import violations

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="count" type="xs:integer"/>
</xs:schema>"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "count.xsd"
    path.write_text(SCHEMA, "utf-8")
    return path


def test_a_valid_document_has_no_violation(schema):
    assert violations(b"<count>3</count>", schema) == ()


def test_a_violation_is_told_with_its_line(schema):
    (reason,) = violations(b"\n<count>three</count>", schema)

    assert reason.startswith("line 2: Element 'count': 'three' is not a valid value")


def test_what_is_not_xml_is_a_violation(schema):
    assert len(violations(b"<count>", schema)) == 1


def test_an_external_entity_is_not_read(schema, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("3", "utf-8")
    document = f'<!DOCTYPE count [<!ENTITY secret SYSTEM "{secret.as_uri()}">]><count>&secret;</count>'

    assert violations(document.encode(), schema) != ()
