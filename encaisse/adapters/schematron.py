"""XML against rules that a schema cannot say: schematrons, compiled to XSLT by those who publish them.

Saxon runs inside the process, without a server or Java. A compiled rule set takes about half a second to load
and a hundred megabytes to keep, so it is loaded at its first use and kept for the life of the process.

What is published says everything that it looked at, walks the whole document once more for each of its patterns and
reads its lists of codes again for each document. `_lean` leaves all that out and no rule: three times as fast.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"
# A code looked for in a list of a file beside the rules: document('codes.xml')/codedb/cl[@id=3]/…[@value=$code]
_CODE: Final = re.compile(r"document\('([^']+)'\)/codedb/cl\[@id=(\d+)\]/enumeration\[@value=(\$\w+)\]")
_WALKS: Final = frozenset({"@*|*", "*|comment()|processing-instruction()"})


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
    rules = etree.parse(str(rule_set))
    codes = _lean(rules)
    text = etree.tostring(rules, encoding="unicode")
    if "document('" in text:
        raise ValueError(f"{rule_set.name} reads a file in a way that is not known here")
    compiled = _processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=text)
    for number, name in enumerate(codes):
        node = _processor().parse_xml(xml_file_name=str(rule_set.parent / name))
        compiled.set_parameter(f"codes-{number}", node)
    return compiled


def _lean(rules: Any) -> list[str]:
    """The rules ask what they asked and no more; gives the files of codes that they now take as parameters."""
    for pattern in rules.iter(f"{_SVRL}active-pattern"):
        for walk in pattern.findall(f"{_XSL}apply-templates"):
            pattern.remove(walk)
    for fired in list(rules.iter(f"{_SVRL}fired-rule")):
        fired.getparent().remove(fired)
    for output in rules.iter(f"{_XSL}output"):
        output.set("indent", "no")
    if not any(_is_of_attributes(template) for template in rules.iter(f"{_XSL}template")):
        for walk in rules.iter(f"{_XSL}apply-templates"):
            if walk.get("select") in _WALKS:
                walk.set("select", "*")
    return _with_codes_at_hand(rules)


def _is_of_attributes(template: Any) -> bool:
    """Whether a rule is about attributes themselves; the templates that only pass them on are not."""
    steps = re.sub(r"\[.*\]", "", template.get("match", "")).rpartition("/")[2]
    return "@" in steps and template.get("mode", "").startswith("M") and template.get("priority") != "-2"


def _with_codes_at_hand(rules: Any) -> list[str]:
    files: list[str] = []

    def looked_up(found: re.Match[str]) -> str:
        name, number, code = found.groups()
        if name not in files:
            files.append(name)
        return f"key('code-of-list', concat('{number}|', {code}), $codes-{files.index(name)})"

    for test in rules.iter(f"{_XSL}when", f"{_XSL}if", f"{_SVRL}failed-assert"):
        test.set("test", _CODE.sub(looked_up, test.get("test", "")))
    for number, _name in enumerate(files):
        rules.getroot().insert(0, etree.Element(f"{_XSL}param", name=f"codes-{number}"))
    if files:
        use = "concat(../@id, '|', @value)"
        rules.getroot().insert(
            0, etree.Element(f"{_XSL}key", name="code-of-list", match="enumeration", use=use)
        )
    return files
