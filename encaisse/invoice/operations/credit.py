"""Crediting in full: an exact mirror, drafted and ready to be issued."""

from django.db import IntegrityError, transaction

from encaisse.billing import operations as billing
from encaisse.billing.rules import ClaimRow
from encaisse.invoice.errors import AlreadyCredited, InvoiceNotIssued, NotCreditable
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState, InvoiceTax, Line
from encaisse.invoice.queries.stored import stored
from encaisse.invoice.rules.mirror import mirrored
from encaisse.invoice.rules.rows import Header, InvoiceRow, LineRow, Parties, TaxRow
from encaisse.kernel import clock, sql


@transaction.atomic
def draft_credit_note(invoice_id: int, *, reason: str) -> int:
    """An approved credit note mirrors every stored amount of an issued invoice. Returns its key.

    Each charge of the invoice is reversed by a new signed one, claimed by the mirrored line with the opposite
    share. Locks the invoice. Raises InvoiceNotIssued, NotCreditable for a credit note, AlreadyCredited.
    """
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    if invoice.state != InvoiceState.ISSUED:
        raise InvoiceNotIssued(invoice_id=invoice_id, state=invoice.state)
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        raise NotCreditable(invoice_id=invoice_id)
    if invoice.corrections.exclude(state=InvoiceState.CANCELLED).exists():
        raise AlreadyCredited(invoice_id=invoice_id)
    return _mirror(invoice_id, reason)


def _mirror(invoice_id: int, reason: str) -> int:
    (source,) = stored([invoice_id])
    header = _header(source.row, source.parties, reason)
    first_ids = (sql.reserve_ids(Invoice, 1), sql.reserve_ids(Line, len(source.lines)))
    row, lines, taxes = mirrored(source.row, source.lines, source.taxes, header, first_ids)
    sql.copy_rows(Invoice, InvoiceRow, [row])
    sql.copy_rows(Line, LineRow, lines)
    sql.copy_rows(InvoiceTax, TaxRow, taxes)
    twins = {old.id: new.id for old, new in zip(source.lines, lines, strict=True)}
    try:
        reversals = sql.rows(
            "invoice", "reverse_charges", {"invoice_id": invoice_id, "billable_on": clock.now().date()}
        )
    except IntegrityError as error:
        if "charge_reversed_once" in str(error):
            raise AlreadyCredited(invoice_id=invoice_id) from error
        raise
    billing.claim(
        ClaimRow(charge_id, None, "billed", twins[line], -share) for charge_id, line, share in reversals
    )
    return row.id


def _header(source: InvoiceRow, parties: Parties, reason: str) -> Header:
    return Header(
        source.legal_entity_id, source.account_id, None, InvoiceKind.CREDIT_NOTE, source.currency,
        source.accounting_currency, source.seller_identity_id, source.buyer_identity_id,
        source.buyer_reference_id, parties, source.language,
        source.terms_kind, source.terms_days, source.terms_day, source.id, reason, clock.now(),
    )  # fmt: skip
