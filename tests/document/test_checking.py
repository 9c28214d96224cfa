"""The official rules as they are asked say what they say as they are published."""

from pathlib import Path

import pytest
from lxml import etree

from encaisse.adapters import schematron
from encaisse.adapters.schematron import failed_asserts
from encaisse.adapters.typesetting import typeset
from encaisse.document import facturx
from encaisse.document.checking import Job, attempt, examine
from encaisse.document.cii import invoice_xml
from encaisse.document.facturx import render, rule_sets
from tests.document import contents
from tests.document.test_facturx import AT

WRONGS = [
    (b"<ram:TypeCode>380<", b"<ram:TypeCode>999<"),
    (b"<ram:CategoryCode>S<", b"<ram:CategoryCode>Z<"),
    (b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>1"),
    (b'currencyID="EUR"', b'currencyID="EURO"'),
    (b"<ram:CountryID>FR<", b"<ram:CountryID>XX<"),
    (b'unitCode="', b'unitCode="?'),
    (b'<udt:DateTimeString format="102">2', b'<udt:DateTimeString format="102">1'),
]
HERE = Path(facturx.__file__).parent
MARK, FONTS = HERE / "templates" / "mark.typ", HERE / "fonts"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@pytest.mark.parametrize(("place", "caught"), [(0, 4), (1, 1)])
def test_what_is_left_out_of_the_rules_is_no_rule(place, caught):
    content = contents.four_lines()
    right, rules = invoice_xml(content), rule_sets(content)[place]
    # Saxon gives a process one engine: a second one would end with the first.
    processor = schematron._processor()
    published = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))

    counts = []
    for before, after in [(b"", b""), *WRONGS]:
        document = right.replace(before, after) if before else right
        report = published.transform_to_string(xdm_node=processor.parse_xml(xml_text=document.decode()))
        failed = etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert")
        asked = failed_asserts(document, rules)
        assert [(each.location, each.text) for each in asked] == [
            (node.get("location"), " ".join("".join(node.find(f"{SVRL}text").itertext()).split()))
            for node in failed
        ]
        counts.append(len(asked))

    assert counts[0] == 0
    assert sum(count > 0 for count in counts) >= caught


def test_the_data_within_the_file_are_what_is_examined():
    pdf = render(contents.four_lines(), at=AT)

    assert examine(Job(pdf, "FR")) == ()
    bare = typeset(MARK, {"mark": "DUPLICATA", "lang": "fr"}, fonts=FONTS, at=AT)
    assert "no factur-x.xml" in attempt(Job(bare, "FR"))
    assert "ValueError" in attempt(Job(b"no file", "FR"))
