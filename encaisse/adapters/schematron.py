"""XML against rules that a schema cannot say: schematrons, compiled to XSLT by those who publish them.

Saxon runs inside the process, without a server or Java. A compiled rule set takes about half a second to load
and a hundred megabytes to keep, so it is loaded at its first use and kept for the life of the process.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"


class FailedAssert(NamedTuple):
    """One rule that the document breaks. `flag` is "fatal" unless the rule set says otherwise."""

    id: str
    flag: str
    location: str
    text: str


def failed_asserts(document: bytes, rule_set: Path) -> tuple[FailedAssert, ...]:
    """Every rule of the compiled rule set (.xslt) that the document breaks; empty means that it keeps all.

    Raises ValueError when the rule set yields no report at all, so that nothing can pass unread.
    """
    node = _processor().parse_xml(xml_text=document.decode("utf-8"))
    report = _compiled(rule_set).transform_to_string(xdm_node=node)
    if not report:
        raise ValueError(f"{rule_set.name} gave no report")
    tree = etree.fromstring(report.encode("utf-8"))
    if tree.find(f"{_SVRL}active-pattern") is None:
        raise ValueError(f"{rule_set.name} examined nothing")
    return tuple(map(_failed, tree.iter(f"{_SVRL}failed-assert")))


def _failed(node: Any) -> FailedAssert:
    text = " ".join("".join(node.find(f"{_SVRL}text").itertext()).split())
    # Some rule sets name the rule only in its text: "[BR-CO-15]-…".
    name = node.get("id") or text.partition("]")[0].lstrip("[")
    return FailedAssert(name, node.get("flag", "fatal"), node.get("location", ""), text)


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _compiled(rule_set: Path) -> PyXsltExecutable:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rule_set))
