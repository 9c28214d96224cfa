"""Designs and templates shown on an invoice before they are published."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

from encaisse.adapters.pages import page_text
from encaisse.document import facturx, mentions, printed, specimen
from encaisse.document.appearance import PLAIN, Appearance
from encaisse.document.content import InvoiceContent, Language
from encaisse.document.printed import Mention
from encaisse.document.queries import contents, templates
from encaisse.document.queries.designs import Chosen, appearance, chosen, logo
from encaisse.document.wording import wording
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.queries import legal_entity
from encaisse.party.rules.terms import PaymentTerms, TermsKind


class Tried(NamedTuple):
    """The pages that a template draws, and the mentions that they lack."""

    pdf: bytes
    missing: tuple[Mention, ...]


def shown(
    scope: Scope, entity_id: int, said: Chosen, *, language: Language, invoice_id: int | None = None
) -> bytes:
    """The PDF of an invoice as this design would draw it, by the template in force: one of theirs, or nobody's.

    Nothing is kept. Raises NotFound, TypesettingFailed, TemplateRefused.
    """
    svg = logo(scope, entity_id, said.logo_id) if said.logo_id else None
    source = templates.in_force(scope, entity_id)
    content, at = _to_show(scope, entity_id, language, invoice_id)
    drawn = replace(appearance(said, svg, content.language), template=source)
    return facturx.specimen(replace(content, appearance=drawn), at=at)


def tried(
    scope: Scope, entity_id: int, source: str, *, language: Language, invoice_id: int | None = None
) -> Tried:
    """The same as this template would draw it, by the design in force, with the mentions that it lacks.

    Nothing is kept. Raises NotFound, TemplateRefused.
    """
    content, at = _to_show(scope, entity_id, language, invoice_id)
    drawn = replace(content, appearance=_with(scope, entity_id, source, content.language))
    pdf = facturx.specimen(drawn, at=at)
    missing = printed.lacking(facturx.page_data(drawn), page_text(pdf)) if source else []
    return Tried(pdf, tuple(missing))


def require_complete(scope: Scope, entity_id: int, source: str) -> None:
    """Whatever the document, the template draws it as a PDF/A-3 file with every mention of the law.

    Raises NotFound, TemplateRefused, TemplateLacks.
    """
    for language in Language:
        content, at = _to_show(scope, entity_id, language, None)
        drawn = replace(content, appearance=_with(scope, entity_id, source, language))
        for each in specimen.kinds(drawn):
            facturx.require_mentions(facturx.page_data(each), facturx.specimen(each, at=at, mark=False))


def _with(scope: Scope, entity_id: int, source: str, language: str) -> Appearance:
    said = chosen(scope, entity_id)
    svg = logo(scope, entity_id, said.logo_id) if said.logo_id else None
    return replace(appearance(said, svg, language), template=source)


def _to_show(
    scope: Scope, entity_id: int, language: Language, invoice_id: int | None
) -> tuple[InvoiceContent, dt.datetime]:
    """An invoice of the legal entity's, or what it would bill to nobody, and the instant that its file bears."""
    entity = legal_entity(scope, entity_id)
    if invoice_id:
        visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id, legal_entity=entity_id)
        written = contents.issued(visible.values_list("pk", flat=True))
        if not written:
            raise NotFound(noun="invoice")
        return written[0].content, written[0].at
    agreed = mentions.agreed_delay(wording(language), PaymentTerms(TermsKind.NET_DAYS, 30))
    content = specimen.specimen(
        contents.party_of(entity.identity),
        specimen.terms(agreed, iban=entity.iban, bic=entity.bic, late_rate=entity.late_penalty),
        language,
        today=clock.today(entity.timezone),
        appearance=PLAIN,
    )
    return content, clock.now()


def recent(scope: Scope, entity_id: int, most: int = 10) -> tuple[tuple[int, str], ...]:
    """The last invoices of a legal entity that may be shown, by key and number."""
    found = Invoice.objects.visible_to(scope).filter(legal_entity=entity_id, made_elsewhere=False).issued()
    return tuple(
        (key, number or "") for key, number in found.order_by("-pk").values_list("pk", "number")[:most]
    )
