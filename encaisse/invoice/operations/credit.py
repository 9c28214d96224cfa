"""Credit notes in full or in part, and the invoice that cancels a credit note: drafted, ready to be issued."""

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction

from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import ClaimRow
from encaisse.invoice.errors import (
    AlreadyCredited,
    CreditNoteCancelled,
    InvoiceNotIssued,
    MadeElsewhere,
    NotCreditable,
    NothingToCredit,
    OnlyCreditNotesAreCancelled,
)
from encaisse.invoice.models import Allowance, Invoice, InvoiceKind, InvoiceState, InvoiceTax, Line
from encaisse.invoice.queries.stored import Stored, corrections, stored, tax_facts
from encaisse.invoice.rules.mirror import Document, Mirrored, mirrored
from encaisse.invoice.rules.portion import REST, Cut, portion
from encaisse.invoice.rules.rows import AllowanceRow, Header, InvoiceRow, LineRow, TaxRow
from encaisse.kernel import clock, money, sql

Claimed = tuple[int, int, int]
"""A charge, the line that claims it, and its share of that line."""


@transaction.atomic
def draft_credit_note(invoice_id: int, *, reason: str, cuts: Mapping[int, Cut] | None = None) -> int:
    """An approved credit note takes back what `cuts` say of an issued invoice's lines, or all that is left of it.

    Returns its key. The first one, if it is whole, reverses every charge of the invoice; a part of it has charges
    of its own. Locks the invoice, so that two notes never take the same. Raises InvoiceNotIssued, MadeElsewhere,
    NotCreditable for a credit note, AlreadyCredited, and what `portion` raises.
    """
    source = _issued(invoice_id)
    if source.row.kind == InvoiceKind.CREDIT_NOTE:
        raise NotCreditable(invoice_id=invoice_id)
    notes = corrections(source)
    wanted = {line.id: REST for line in source.lines} if cuts is None else cuts
    if not notes and _is_whole(source, wanted):
        return _load(source, _mirror(source, source, InvoiceKind.CREDIT_NOTE, reason), whole=True)
    try:
        part = portion(source, notes, wanted, tax_facts(source))
    except NothingToCredit as refusal:
        if cuts is None:
            raise AlreadyCredited(invoice_id=invoice_id) from refusal
        raise
    return _load(source, _mirror(source, part, InvoiceKind.CREDIT_NOTE, reason), whole=False)


@transaction.atomic
def draft_opposite(credit_note_id: int, *, reason: str) -> int:
    """An approved invoice bills again exactly what an issued credit note gave back. Returns its key.

    What the credit note corrected stays credited: the new invoice takes its place, and may be credited in turn.
    Locks the credit note. Raises InvoiceNotIssued, MadeElsewhere, OnlyCreditNotesAreCancelled,
    CreditNoteCancelled.
    """
    source = _issued(credit_note_id)
    if source.row.kind != InvoiceKind.CREDIT_NOTE:
        raise OnlyCreditNotesAreCancelled(invoice_id=credit_note_id)
    if corrections(source):
        raise CreditNoteCancelled(invoice_id=credit_note_id)
    return _load(source, _mirror(source, source, InvoiceKind.INVOICE, reason), whole=True)


def _issued(invoice_id: int) -> Stored:
    invoice = Invoice.objects.select_for_update().get(pk=invoice_id)
    if invoice.made_elsewhere:
        raise MadeElsewhere(invoice_id=invoice_id)
    if invoice.state != InvoiceState.ISSUED:
        raise InvoiceNotIssued(invoice_id=invoice_id, state=invoice.state)
    return stored([invoice_id])[0]


def _is_whole(source: Stored, cuts: Mapping[int, Cut]) -> bool:
    return all(
        cuts.get(line.id) in (REST, Cut(quantity=line.quantity), Cut(amount_minor=line.net_minor))
        for line in source.lines
    )


def _mirror(source: Stored, said: Document, kind: str, reason: str) -> Mirrored:
    first_ids = (sql.reserve_ids(Invoice, 1), sql.reserve_ids(Line, len(said.lines)))
    return mirrored(said, _header(source, kind, reason), first_ids)


def _header(source: Stored, kind: str, reason: str) -> Header:
    row = source.row._asdict()
    kept = {name: row[name] for name in Header._fields if name in row}
    changed = {"run_id": None, "kind": kind, "corrects_id": source.row.id, "reason": reason}
    return Header(**kept | changed | {"parties": source.parties, "drafted_at": clock.now()})


def _load(source: Stored, made: Mirrored, *, whole: bool) -> int:
    sql.copy_rows(Invoice, InvoiceRow, [made.row])
    sql.copy_rows(Line, LineRow, made.lines)
    sql.copy_rows(InvoiceTax, TaxRow, made.taxes)
    sql.copy_rows(Allowance, AllowanceRow, made.allowances)
    claimed = _reversals(source, made) if whole else _corrections(made)
    billing.claim(
        ClaimRow(charge_id, None, "billed", line_id, share) for charge_id, line_id, share in claimed
    )
    return made.row.id


def _reversals(source: Stored, made: Mirrored) -> Iterable[Claimed]:
    twins = {line.corrects_line: line.id for line in made.lines}
    where = {"invoice_id": source.row.id, "billable_on": clock.now().date()}
    try:
        reversed_ = sql.rows("invoice", "reverse_charges", where)
    except IntegrityError as error:
        if "charge_reversed_once" in str(error):
            raise AlreadyCredited(invoice_id=source.row.id) from error
        raise
    return ((charge_id, twins[line], -share) for charge_id, line, share in reversed_)


def _corrections(made: Mirrored) -> Iterable[Claimed]:
    where = {"invoice_id": made.row.id, "billable_on": clock.now().date()}
    return sql.rows("invoice", "correct_charges", where | {"decimals": money.decimals(made.row.currency)})
