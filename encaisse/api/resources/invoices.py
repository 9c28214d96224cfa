"""Invoices and credit notes: lists, one with everything it says, its file and its story."""

import datetime as dt
from typing import Annotated, Any, Final, Literal

from django.http import HttpResponse
from ninja import Query

from encaisse.allocation import queries as allocation
from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    AllocationRef,
    Currency,
    CurrencyGiven,
    CustomerKey,
    CustomerRef,
    DecimalTold,
    DepositRef,
    EntityKey,
    EntityRef,
    InvoiceKey,
    InvoiceRef,
    LineRef,
    Minor,
    Page,
    Paging,
    PaymentRef,
    RunKey,
    RunRef,
    Search,
    Text,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import Happening, RateTold, ReferencesTold, Terms
from encaisse.api.written import listed
from encaisse.document.queries import made
from encaisse.insight.queries import timeline
from encaisse.invoice.queries import corrections, detail, quick
from encaisse.invoice.queries.detail import Party
from encaisse.invoice.queries.lists import InvoiceRow, Wanted
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.tag.queries import tagged
from encaisse.tag.rules import LONGEST

resource = Resource("Invoices")
PDF: Final = "application/pdf"
State = Literal["draft", "approved", "suspect", "rejected", "quarantined", "issued", "cancelled"]
Settlement = Literal[
    "open", "overdue", "settled", "not_due", "late_1_30", "late_31_60", "late_61_90", "late_over_90"
]
Sort = Literal["issue_date", "-issue_date", "due_date", "-due_date", "gross_minor", "-gross_minor"]


class InvoiceFilter(Paging):
    """What a list of documents is narrowed to. `text` is a number, a customer's name or a reference; `issued_to` is
    exclusive."""

    after: InvoiceKey | None = None
    text: Search = ""
    state: State | None = None
    kind: Literal["invoice", "credit_note", "advance"] | None = None
    settlement: Settlement | None = None
    currency: CurrencyGiven | None = None
    legal_entity_id: EntityKey | None = None
    customer_id: CustomerKey | None = None
    account_id: AccountKey | None = None
    run_id: RunKey | None = None
    issued_from: dt.date | None = None
    issued_to: dt.date | None = None
    tag: Annotated[str, Text(LONGEST)] = ""
    sort: Sort | None = None

    def wanted(self, scope: Scope) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            state=self.state or "",
            kind=self.kind or "",
            settlement=self.settlement or "",
            currency=self.currency or "",
            entity_id=self.legal_entity_id,
            customer_id=self.customer_id,
            account_id=self.account_id,
            run_id=self.run_id,
            issued_from=self.issued_from,
            issued_to=self.issued_to,
            among=tagged(scope, self.tag) if self.tag else None,
        )


class InvoiceSummary(Told):
    """An invoice or a credit note in a list. A draft has neither number nor dates; a credit note is negative."""

    id: InvoiceRef
    kind: Literal["invoice", "credit_note", "advance"]
    state: State
    number: str | None
    issue_date: dt.date | None
    due_date: dt.date | None
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    legal_entity_id: EntityRef
    legal_entity: str
    currency: Currency
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    payable_minor: Minor
    settled_minor: Minor
    open_minor: Minor
    days_late: int

    @staticmethod
    def resolve_legal_entity_id(row: InvoiceRow) -> int:
        """Who sells."""
        return row.entity_id

    @staticmethod
    def resolve_legal_entity(row: InvoiceRow) -> str:
        """Its name."""
        return row.entity


class InvoiceLine(Told):
    """One line; what is billed over a period, whose end is exclusive. Its tax by name."""

    position: int
    label: str
    product: str
    quantity: DecimalTold
    unit_price: DecimalTold
    discount_percent: DecimalTold
    discount_minor: Minor
    net_minor: Minor
    period_from: dt.date | None
    period_to: dt.date | None
    tax_fr: str
    tax_en: str


class InvoiceTax(Told):
    """One component of one tax over its base."""

    name_fr: str
    name_en: str
    category: str
    rate: DecimalTold
    base_minor: Minor
    tax_minor: Minor


class InvoiceDue(Told):
    """One instalment of what is payable."""

    due_date: dt.date
    amount_minor: Minor
    open_minor: Minor
    state: Literal["paid", "due", "late"]


class NationalNumber(Told):
    """A number by which a country beyond Europe knows a party, by its name there, such as ICE."""

    name: str
    number: str

    @classmethod
    def of(cls, pair: tuple[str, str]) -> "NationalNumber":
        """The same of a name and its number."""
        return cls(name=pair[0], number=pair[1])


class InvoiceParty(Told):
    """The seller or the buyer as the document names them."""

    name: str
    siren: str
    siret: str
    vat_number: str
    address: list[str]
    country: str
    email: str
    national_numbers: list[NationalNumber]

    @staticmethod
    def resolve_national_numbers(found: Party) -> list[NationalNumber]:
        """By name."""
        return [NationalNumber.of(each) for each in found.national_numbers]


class InvoiceDiscount(Told):
    """What is taken off the whole document for one reason."""

    reason: str
    percent: DecimalTold | None
    amount_minor: Minor


class RelatedDocument(Told):
    """Another document that this one corrects or replaces, or that does so to this one."""

    id: InvoiceRef
    kind: str
    state: str
    number: str | None
    issue_date: dt.date | None
    gross_minor: Minor


class InTheBooks(Told):
    """What a document in another currency comes to in that of the books, and the rate that converted it."""

    currency: Currency
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    rate: RateTold | None


class Invoice(Told):
    """One document with everything it says. `books` is told where its currency is another. `seal` links
    its number to the one before."""

    invoice: InvoiceSummary
    seller: InvoiceParty
    buyer: InvoiceParty
    run_id: RunRef | None
    made_elsewhere: bool
    reason: str
    language: str
    terms: Terms
    references: ReferencesTold
    period_from: dt.date | None
    period_to: dt.date | None
    drafted_at: dt.datetime
    issued_at: dt.datetime | None
    seal: str
    books: InTheBooks | None
    lines: list[InvoiceLine]
    discounts: list[InvoiceDiscount]
    taxes: list[InvoiceTax]
    instalments: list[InvoiceDue]
    related: list[RelatedDocument]

    @staticmethod
    def resolve_invoice(found: detail.InvoiceDetail) -> InvoiceRow:
        """What its list says of it."""
        return found.row


class LineLeft(Told):
    """A line of an issued invoice, and what credit notes have left of it."""

    id: LineRef
    label: str
    quantity: DecimalTold
    left_quantity: DecimalTold
    net_minor: Minor
    left_minor: Minor


class Creditable(Told):
    """What can still be credited of an invoice."""

    lines: list[LineLeft]
    left_minor: Minor
    currency: Currency
    is_whole: bool


class Allocation(Told):
    """A payment or a credit note laid on an invoice; negative when it takes another one back."""

    id: AllocationRef
    payment_id: PaymentRef | None
    credit_note_id: InvoiceRef | None
    deposit_id: DepositRef | None
    source: str
    invoice_id: InvoiceRef
    invoice: str
    currency: Currency
    amount_minor: Minor
    allocated_on: dt.date
    is_standing: bool
    actor: str
    created_at: dt.datetime


@resource.get("/invoices", Page[InvoiceSummary])
def list_invoices(request: ProgramRequest, asked: Query[InvoiceFilter]) -> HttpResponse:
    """List invoices and credit notes.

    The newest first unless sorted otherwise.
    """
    window = Window(sort=asked.sort or "", size=asked.limit)
    rows = quick.invoices(request.scope, asked.wanted(request.scope), window=window, after=asked.after)
    return listed(request, "inv", rows, asked.limit)


@resource.get("/invoices/{invoice_id}", Invoice)
def get_invoice(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Read an invoice or a credit note.

    With its lines, taxes, instalments and corrections.
    """
    return detail.invoice_detail(request.scope, invoice_id)


@resource.file("/invoices/{invoice_id}/pdf", PDF)
def get_invoice_pdf(request: ProgramRequest, invoice_id: InvoiceKey) -> HttpResponse:
    """Download the PDF of an invoice.

    The archived Factur-X of what is issued; of a draft what it would be, marked as a draft.
    """
    row = detail.invoice_detail(request.scope, invoice_id).row
    if row.state != "issued":
        return HttpResponse(made.preview(request.scope, invoice_id), content_type=PDF)
    found = made.document_of(request.scope, invoice_id)
    named = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return HttpResponse(found.content, content_type=found.media_type, headers=named)


@resource.get("/invoices/{invoice_id}/timeline", Page[Happening])
def list_invoice_events(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Read what happened to an invoice.

    The latest first.
    """
    return whole(timeline.of_invoice(request.scope, invoice_id))


@resource.get("/invoices/{invoice_id}/allocations", Page[Allocation])
def list_invoice_allocations(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Read how an invoice was settled, or a credit note used.

    What was taken back is told too.
    """
    detail.invoice_detail(request.scope, invoice_id)
    return whole(allocation.allocations_of_invoice(request.scope, invoice_id))


@resource.get("/invoices/{invoice_id}/creditable", Creditable)
def get_creditable(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Read what can still be credited of an invoice.

    Its lines are named as a credit note takes them.
    """
    return corrections.creditable(request.scope, invoice_id)
