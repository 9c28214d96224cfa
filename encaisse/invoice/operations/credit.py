"""Credit notes in full or in part, and the invoice that cancels a credit note: drafted, ready to be issued."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Sum

from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import ClaimRow
from encaisse.invoice.errors import (
    AdvanceGivenBack,
    AlreadyCredited,
    CreditNoteCancelled,
    InvoiceNotIssued,
    MadeElsewhere,
    NotCreditable,
    NothingToCredit,
    OnlyCreditNotesAreCancelled,
)
from encaisse.invoice.models import (
    Allowance,
    Deduction,
    Invoice,
    InvoiceKind,
    InvoiceState,
    InvoiceTax,
    Line,
)
from encaisse.invoice.queries.stored import Stored, corrections, stored, tax_facts
from encaisse.invoice.rules.deduct import Given, given_back
from encaisse.invoice.rules.mirror import Document, Mirrored, mirrored
from encaisse.invoice.rules.portion import REST, Cut, portion
from encaisse.invoice.rules.rows import AllowanceRow, DeductionRow, Header, InvoiceRow, LineRow, TaxRow
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
    if source.row.kind == InvoiceKind.ADVANCE and cuts is None:
        cuts = _left_of_an_advance(source)
    wanted = {line.id: REST for line in source.lines} if cuts is None else cuts
    if not notes and _is_whole(source, wanted):
        back = _given_back(source, notes, source.row.gross_minor)
        return _load(source, _mirror(source, source, InvoiceKind.CREDIT_NOTE, reason, back), whole=True)
    try:
        part = portion(source, notes, wanted, tax_facts(source))
    except NothingToCredit as refusal:
        if cuts is None:
            raise AlreadyCredited(invoice_id=invoice_id) from refusal
        raise
    back = _given_back(source, notes, part.row.gross_minor)
    return _load(source, _mirror(source, part, InvoiceKind.CREDIT_NOTE, reason, back), whole=False)


@transaction.atomic
def draft_opposite(credit_note_id: int, *, reason: str) -> int:
    """An approved invoice bills again exactly what an issued credit note gave back. Returns its key.

    What the credit note corrected stays credited: the new invoice takes its place, and may be credited in turn.
    What the credit note gave back to advances waits for the next invoice of their contract. Locks the credit note.
    Raises InvoiceNotIssued, MadeElsewhere, OnlyCreditNotesAreCancelled, AdvanceGivenBack, CreditNoteCancelled.
    """
    source = _issued(credit_note_id)
    if source.row.kind != InvoiceKind.CREDIT_NOTE:
        raise OnlyCreditNotesAreCancelled(invoice_id=credit_note_id)
    if Invoice.objects.filter(corrections=credit_note_id, kind=InvoiceKind.ADVANCE).exists():
        raise AdvanceGivenBack(invoice_id=credit_note_id)
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


def _mirror(source: Stored, said: Document, kind: str, reason: str, back: Sequence[Given] = ()) -> Mirrored:
    first_ids = (sql.reserve_ids(Invoice, 1), sql.reserve_ids(Line, len(said.lines)))
    return mirrored(said, _header(source, kind, reason), first_ids, back)


def _given_back(source: Stored, notes: Sequence[Stored], gross_minor: int) -> list[Given]:
    """What a credit note of so much gives back to the advances that the document deducted."""
    if not source.deductions:
        return []
    rows = [*source.deductions, *(row for note in notes for row in note.deductions)]
    held = [
        Given(
            each.advance_id,
            each.advance_tax_id,
            sum(row.net_minor for row in rows if row.advance_tax_id == each.advance_tax_id),
            sum(row.tax_minor for row in rows if row.advance_tax_id == each.advance_tax_id),
        )
        for each in source.deductions
    ]
    payable_minor = source.row.payable_minor + sum(note.row.payable_minor for note in notes)
    return given_back(held, gross_minor, payable_minor)


def _left_of_an_advance(source: Stored) -> dict[int, Cut] | None:
    """The cuts of its lines that come to what was not deducted; None when nothing was."""
    standing = Deduction.objects.filter(advance_id=source.row.id).exclude(
        invoice__state=InvoiceState.CANCELLED
    )
    taken = dict(
        standing.values_list("advance_tax__tax_id")
        .annotate(net=Sum("net_minor"))
        .values_list("advance_tax__tax_id", "net")
    )
    if not any(taken.values()):
        return None
    cuts = {}
    for line in source.lines:
        used = min(taken.get(line.tax_id, 0), line.net_minor)
        taken[line.tax_id] = taken.get(line.tax_id, 0) - used
        if used < line.net_minor:
            cuts[line.id] = Cut(amount_minor=line.net_minor - used)
    return cuts


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
    sql.copy_rows(Deduction, DeductionRow, made.deductions)
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
