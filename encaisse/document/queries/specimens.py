"""Designs shown on an invoice before they are published."""

from dataclasses import replace

from encaisse.document import facturx, mentions, specimen
from encaisse.document.content import Language
from encaisse.document.queries import contents
from encaisse.document.queries.designs import Chosen, appearance, logo
from encaisse.document.wording import wording
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.queries import legal_entity
from encaisse.party.rules.terms import PaymentTerms, TermsKind


def shown(
    scope: Scope, entity_id: int, said: Chosen, *, language: Language, invoice_id: int | None = None
) -> bytes:
    """The PDF of an invoice as this design would draw it: of one of the legal entity's, or of nobody's.

    Nothing is kept. Raises NotFound, TypesettingFailed.
    """
    entity = legal_entity(scope, entity_id)
    svg = logo(scope, entity_id, said.logo_id) if said.logo_id else None
    if invoice_id:
        visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id, legal_entity=entity_id)
        written = contents.issued(visible.values_list("pk", flat=True))
        if not written:
            raise NotFound(noun="invoice")
        content = written[0].content
        drawn = replace(content, appearance=appearance(said, svg, content.language))
        return facturx.specimen(drawn, at=written[0].at)
    agreed = mentions.agreed_delay(wording(language), PaymentTerms(TermsKind.NET_DAYS, 30))
    content = specimen.specimen(
        contents.party_of(entity.identity),
        specimen.terms(agreed, iban=entity.iban, bic=entity.bic, late_rate=entity.late_penalty),
        language,
        today=clock.today(entity.timezone),
        appearance=appearance(said, svg, language),
    )
    return facturx.specimen(content, at=clock.now())


def recent(scope: Scope, entity_id: int, most: int = 10) -> tuple[tuple[int, str], ...]:
    """The last invoices of a legal entity that may be shown, by key and number."""
    found = Invoice.objects.visible_to(scope).filter(legal_entity=entity_id, made_elsewhere=False).issued()
    return tuple(
        (key, number or "") for key, number in found.order_by("-pk").values_list("pk", "number")[:most]
    )
