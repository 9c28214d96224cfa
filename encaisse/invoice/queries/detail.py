"""One invoice with everything it says."""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Min, Q, Sum

from encaisse.currency.rules import Rate
from encaisse.invoice.models import Allowance, Instalment, Invoice, InvoiceState, InvoiceTax, Line
from encaisse.invoice.queries.lists import InvoiceRow, business_days, described, row_of
from encaisse.invoice.rules.schedule import Due, settle
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import Identity
from encaisse.party.rules.nations import numbers_of
from encaisse.party.rules.references import References
from encaisse.party.rules.terms import PaymentTerms

_RELATED: Final = ("seller_identity", "buyer_identity", "buyer_reference", "run", "exchange_rate")


class LineRow(NamedTuple):
    """One line. `discount_minor` is what `discount_percent` takes off; the period is half-open."""

    position: int
    label: str
    product: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    discount_minor: int
    net_minor: int
    period_from: dt.date | None
    period_to: dt.date | None
    currency: str
    tax_fr: str
    tax_en: str


class TaxRow(NamedTuple):
    """One component of one tax, with the mention that the law wants when there is no VAT."""

    name_fr: str
    name_en: str
    mention_fr: str
    mention_en: str
    category: str
    rate: Decimal
    base_minor: int
    tax_minor: int
    currency: str


class DueRow(NamedTuple):
    """One instalment. `state` is `paid`, `due` or `late` on today's business date."""

    due_date: dt.date
    amount_minor: int
    open_minor: int
    state: str
    currency: str


class Related(NamedTuple):
    """Another document that this one corrects or replaces, or that does so to this one, which `corrects_id` then is."""

    id: int
    kind: str
    state: str
    number: str | None
    issue_date: dt.date | None
    gross_minor: int
    currency: str
    corrects_id: int | None


class Party(NamedTuple):
    """A legal identity as the document was made with it."""

    name: str
    siren: str
    siret: str
    vat_number: str
    address: tuple[str, ...]
    country: str
    email: str
    national_numbers: tuple[tuple[str, str], ...]


class DiscountRow(NamedTuple):
    """What is taken off the whole document for one reason; negative on a credit note."""

    reason: str
    percent: Decimal | None
    amount_minor: int


class InTheBooks(NamedTuple):
    """What a document in another currency comes to in that of the books, and the rate that converted it.

    Without a rate it was made elsewhere, which told both.
    """

    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    rate: Rate | None


class InvoiceDetail(NamedTuple):
    """One document with everything it says. `seal` is the hexadecimal link of the hash chain.

    `instalments` are there once an invoice payable in several is issued; what is settled falls on the oldest first.
    """

    row: InvoiceRow
    seller: Party
    buyer: Party
    run_id: int | None
    run_kind: str
    made_elsewhere: bool
    reason: str
    language: str
    terms: PaymentTerms
    instalments: list[DueRow]
    references: References
    period_from: dt.date | None
    period_to: dt.date | None
    drafted_at: dt.datetime
    issued_at: dt.datetime | None
    seal: str
    books: InTheBooks | None
    lines: list[LineRow]
    discounts: list[DiscountRow]
    taxes: list[TaxRow]
    related: list[Related]


def invoice_detail(scope: Scope, invoice_id: int) -> InvoiceDetail:
    """One document. Raises NotFound when the scope sees none of that key."""
    found = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    invoice = described(found).select_related(*_RELATED).first()
    if invoice is None:
        raise NotFound(noun="invoice")
    days = business_days()
    return InvoiceDetail(
        row=row_of(invoice, days),
        seller=_party(invoice.seller_identity),
        buyer=_party(invoice.buyer_identity),
        run_id=invoice.run_id,
        run_kind=invoice.run.kind if invoice.run else "",
        made_elsewhere=invoice.made_elsewhere,
        reason=invoice.reason,
        language=invoice.language,
        terms=PaymentTerms.stored(
            invoice.terms_kind, invoice.terms_days, invoice.terms_day, invoice.terms_plan
        ),
        instalments=_instalments(invoice, days[invoice.legal_entity_id]),
        references=invoice.buyer_reference.said if invoice.buyer_reference else References(),
        period_from=invoice.period_from,
        period_to=invoice.period_to,
        drafted_at=invoice.drafted_at,
        issued_at=invoice.issued_at,
        seal=bytes(invoice.link).hex() if invoice.link else "",
        books=_books(invoice),
        lines=_lines(invoice),
        discounts=_discounts(invoice),
        taxes=_taxes(invoice),
        related=_related(scope, invoice),
    )


def _party(identity: Identity) -> Party:
    town = f"{identity.postcode} {identity.city}".strip()
    return Party(
        name=identity.name,
        siren=identity.siren,
        siret=identity.siret,
        vat_number=identity.vat_number,
        address=tuple(part for part in (identity.address_1, identity.address_2, town) if part),
        country=identity.country,
        email=identity.email,
        national_numbers=tuple(numbers_of(identity)),
    )


def _instalments(invoice: Invoice, today: dt.date) -> list[DueRow]:
    if not invoice.terms_plan:
        return []
    stored = Instalment.objects.filter(invoice=invoice).order_by("position")
    dues = [Due(*row) for row in stored.values_list("due_date", "amount_minor")]
    return [
        DueRow(due.due_date, due.amount_minor, due.open_minor, due.state(today), invoice.currency)
        for due in settle(dues, invoice.settled_minor)
    ]


def _lines(invoice: Invoice) -> list[LineRow]:
    lines = Line.objects.filter(invoice=invoice).order_by("position").select_related("product", "tax")
    return [
        LineRow(
            position=line.position,
            label=line.label,
            product=line.product.code,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            discount_minor=line.discount_minor,
            net_minor=line.net_minor,
            period_from=line.period_from,
            period_to=line.period_to,
            currency=invoice.currency,
            tax_fr=line.tax.name_fr,
            tax_en=line.tax.name_en,
        )
        for line in lines
    ]


def _books(invoice: Invoice) -> InTheBooks | None:
    if invoice.currency == invoice.accounting_currency:
        return None
    told = invoice.exchange_rate
    return InTheBooks(
        invoice.accounting_currency,
        invoice.acc_net_minor,
        invoice.acc_tax_minor,
        invoice.acc_gross_minor,
        Rate(*(getattr(told, name) for name in Rate._fields)) if told else None,
    )


def _discounts(invoice: Invoice) -> list[DiscountRow]:
    if not invoice.allowance_minor:
        return []
    by_reason = Allowance.objects.filter(invoice=invoice).values("reason", "percent")
    found = by_reason.annotate(amount=Sum("amount_minor"), first=Min("position")).order_by("first")
    return [DiscountRow(*row) for row in found.values_list("reason", "percent", "amount")]


def _taxes(invoice: Invoice) -> list[TaxRow]:
    taxes = InvoiceTax.objects.filter(invoice=invoice).order_by("position").select_related("tax")
    return [
        TaxRow(
            name_fr=row.tax.name_fr,
            name_en=row.tax.name_en,
            mention_fr=row.tax.mention_fr,
            mention_en=row.tax.mention_en,
            category=row.category,
            rate=row.rate,
            base_minor=row.base_minor,
            tax_minor=row.tax_minor,
            currency=invoice.currency,
        )
        for row in taxes
    ]


def _related(scope: Scope, invoice: Invoice) -> list[Related]:
    tied = (
        Q(corrects_id=invoice.pk) | Q(pk=invoice.corrects_id)
        if invoice.corrects_id
        else Q(corrects_id=invoice.pk)
    )
    found = Invoice.objects.visible_to(scope).filter(tied).exclude(state=InvoiceState.CANCELLED)
    fields = ("pk", "kind", "state", "number", "issue_date", "gross_minor", "currency", "corrects_id")
    return [Related(*row) for row in found.order_by("pk").values_list(*fields)]
