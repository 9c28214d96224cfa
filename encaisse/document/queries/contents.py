"""What stored invoices say, as the writers of documents want it: a set of invoices in a few statements."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.document import mentions
from encaisse.document.appearance import Appearance
from encaisse.document.content import (
    Accounting,
    Address,
    Allowance,
    Deducted,
    Exchange,
    Instalment,
    InvoiceContent,
    Kind,
    Language,
    Line,
    Operation,
    Party,
    PaymentMethod,
    Period,
    Reference,
    Tax,
    TaxKind,
    Terms,
    Totals,
)
from encaisse.document.queries.designs import appearances
from encaisse.document.rules import creditor_reference, is_french
from encaisse.document.wording import wording
from encaisse.invoice import models as invoice
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState
from encaisse.invoice.rules.schedule import schedule
from encaisse.kernel import clock
from encaisse.party.models import Identity
from encaisse.party.rules import terms
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.nations import numbers_of
from encaisse.tax.models import Component

GOODS: Final = "goods"
_RELATED: Final = (
    "legal_entity", "account__customer", "seller_identity", "buyer_identity", "corrects", "run",
    "buyer_reference", "exchange_rate",
)  # fmt: skip


class Writable(NamedTuple):
    """One invoice ready to be written: its key, the instant that its file bears, and what it says."""

    invoice_id: int
    at: dt.datetime
    content: InvoiceContent


class _Rows(NamedTuple):
    """The rows of one invoice; `components` holds those of every tax, in order."""

    invoice: Invoice
    lines: Sequence[invoice.Line]
    taxes: Sequence[invoice.InvoiceTax]
    components: Mapping[int, Sequence[Component]]
    instalments: Sequence[Instalment]
    allowances: Sequence[invoice.Allowance]
    deductions: Sequence[Deducted]
    appearance: Appearance

    @property
    def language(self) -> Language:
        """The customer's, as it was when the invoice was drafted."""
        return Language(self.invoice.language)

    def said(self, row: object, field: str) -> str:
        """A text that a row has in every language, in that of the invoice."""
        return str(getattr(row, f"{field}_{self.language}"))


def issued(invoice_ids: Iterable[int]) -> list[Writable]:
    """Those of the invoices that were issued here, in the order of their keys."""
    found = Invoice.objects.filter(pk__in=invoice_ids, made_elsewhere=False).issued()
    return [Writable(rows.invoice.pk, _instant(rows.invoice), _content(rows)) for rows in _read(found)]


def draft(invoice_id: int) -> Writable | None:
    """What a draft would say if it were issued on the day planned, else today; None when it is no draft."""
    found = Invoice.objects.filter(pk=invoice_id, made_elsewhere=False)
    open_ones = found.exclude(state__in=(InvoiceState.ISSUED, InvoiceState.CANCELLED))
    for rows in _read(open_ones):
        row = rows.invoice
        row.number = row.number or ""
        row.issue_date = row.run.issue_date if row.run else clock.today(row.legal_entity.timezone)
        reading = terms.MonthEndReading(row.legal_entity.month_end_reading)
        row.due_date = terms.due_date(_agreed(row), row.issue_date, reading)
        dues = [] if row.kind == InvoiceKind.CREDIT_NOTE else _planned(row, reading)
        rows = rows._replace(instalments=dues)
        return Writable(row.pk, row.drafted_at, _content(rows))
    return None


def _read(found: "invoice.InvoiceQuerySet") -> list[_Rows]:
    invoices = list(found.select_related(*_RELATED).order_by("pk"))
    ids = [row.pk for row in invoices]
    lines, taxes = defaultdict(list), defaultdict(list)
    stored_lines = invoice.Line.objects.filter(invoice__in=ids).order_by("position")
    for line in stored_lines.select_related("product", "tax"):
        lines[line.invoice_id].append(line)
    stored_taxes = invoice.InvoiceTax.objects.filter(invoice__in=ids).order_by("position")
    for tax in stored_taxes.select_related("tax"):
        taxes[tax.invoice_id].append(tax)
    dues = defaultdict(list)
    in_several = [row.pk for row in invoices if row.terms_plan]
    for due in invoice.Instalment.objects.filter(invoice__in=in_several).order_by("position"):
        dues[due.invoice_id].append(Instalment(due.due_date, due.amount_minor))
    allowances = defaultdict(list)
    lowered = [row.pk for row in invoices if row.allowance_minor]
    given = invoice.Allowance.objects.filter(invoice__in=lowered).order_by("position")
    for each in given.select_related("tax"):
        allowances[each.invoice_id].append(each)
    deductions = _deductions([row.pk for row in invoices if row.deducted_minor])
    used, components = {line.tax_id for group in lines.values() for line in group}, defaultdict(list)
    for component in Component.objects.filter(tax__in=used).order_by("position"):
        components[component.tax_id].append(component)
    drawn = appearances(invoices)
    return [
        _Rows(
            row,
            lines[row.pk],
            taxes[row.pk],
            components,
            dues[row.pk],
            allowances[row.pk],
            deductions.get(row.pk, ()),
            drawn[row.pk],
        )
        for row in invoices
    ]


def _deductions(invoice_ids: Sequence[int]) -> dict[int, Sequence[Deducted]]:
    """What each deducts of advances, one for each of them, by the order of their deduction."""
    if not invoice_ids:
        return {}
    found: dict[int, dict[Reference, Deducted]] = defaultdict(dict)
    rows = invoice.Deduction.objects.filter(invoice__in=invoice_ids).order_by("position")
    for row in rows.select_related("advance__invoice"):
        reference = _corrected(row.advance.invoice)
        assert reference is not None
        known = found[row.invoice_id].get(reference, Deducted(reference, 0, 0))
        found[row.invoice_id][reference] = known._replace(
            net_minor=known.net_minor + row.net_minor, tax_minor=known.tax_minor + row.tax_minor
        )
    return {key: tuple(each.values()) for key, each in found.items()}


def _instant(row: Invoice) -> dt.datetime:
    assert row.issued_at is not None
    return row.issued_at


def _content(rows: _Rows) -> InvoiceContent:
    row = rows.invoice
    assert row.number is not None
    assert row.issue_date is not None
    is_credit = row.kind == InvoiceKind.CREDIT_NOTE
    reference = partial(_or_none, row.buyer_reference)
    return InvoiceContent(
        kind=Kind(row.kind),
        number=row.number,
        issue_date=row.issue_date,
        due_date=None if is_credit else row.due_date,
        currency=row.currency,
        language=rows.language,
        seller=party_of(row.seller_identity),
        buyer=replace(party_of(row.buyer_identity), reference=row.account.customer.reference),
        lines=tuple(_line(rows, line) for line in rows.lines),
        taxes=tuple(_tax(rows, tax) for tax in rows.taxes),
        totals=Totals(
            net_minor=row.net_minor,
            tax_minor=row.tax_minor,
            gross_minor=row.gross_minor,
            deducted_minor=row.deducted_minor,
            payable_minor=row.payable_minor,
        ),
        terms=_terms(rows),
        allowances=tuple(_allowance(rows, each) for each in rows.allowances),
        period=_period(row),
        operation=_operation(rows.lines),
        vat_on_debits=_is_on_debits(rows),
        vat_on_receipts=_is_on_receipts(rows.taxes),
        is_test=row.legal_entity.sandbox_of_id is not None,
        corrects=_corrected(row.corrects),
        deducts=tuple(rows.deductions),
        reason=row.reason or None,
        purchase_order=reference("order_reference"),
        contract=reference("contract_reference"),
        buyer_reference=reference("buyer_reference"),
        accounting=_accounting(rows),
        appearance=rows.appearance,
    )


def party_of(identity: Identity | IdentityFacts) -> Party:
    """Who somebody is, as documents say it."""
    told = partial(_or_none, identity)
    return Party(
        name=identity.name,
        address=Address(
            lines=tuple(filter(None, (identity.address_1, identity.address_2))),
            postcode=identity.postcode,
            city=identity.city,
            country=identity.country,
        ),
        is_business=identity.is_business,
        legal_form=told("legal_form"),
        capital=told("capital"),
        register=told("registry"),
        siren=told("siren"),
        siret=told("siret"),
        vat_number=told("vat_number"),
        national_numbers=tuple(numbers_of(identity)),
        email=told("email"),
        phone=told("phone"),
    )


def _or_none(row: object, field: str) -> str | None:
    return getattr(row, field, None) or None


def _line(rows: _Rows, line: invoice.Line) -> Line:
    return Line(
        label=line.label,
        quantity=line.quantity,
        unit=line.product.unit,
        unit_price=line.unit_price,
        gross_minor=line.gross_minor,
        discount_percent=line.discount_percent or None,
        discount_minor=line.discount_minor,
        discount_reason=line.discount_reason,
        net_minor=line.net_minor,
        vat_category=line.tax.category,
        vat_rate=_vat_rate(rows, line.tax_id),
        period=_period(line),
    )


def _allowance(rows: _Rows, given: invoice.Allowance) -> Allowance:
    return Allowance(
        percent=given.percent,
        base_minor=given.base_minor,
        amount_minor=given.amount_minor,
        reason=given.reason,
        vat_category=given.tax.category,
        vat_rate=_vat_rate(rows, given.tax_id),
    )


def _vat_rate(rows: _Rows, tax_id: int) -> Decimal:
    rates = (each.rate for each in rows.components[tax_id] if each.kind == TaxKind.VAT)
    return next(rates, Decimal(0))


def _tax(rows: _Rows, tax: invoice.InvoiceTax) -> Tax:
    component = rows.components[tax.tax_id][tax.component - 1]
    is_vat = tax.kind == TaxKind.VAT
    return Tax(
        kind=TaxKind(tax.kind),
        category=tax.category,
        rate=tax.rate,
        base_minor=tax.base_minor,
        tax_minor=tax.tax_minor,
        mention=_mention(rows, tax) or None if is_vat else None,
        vatex=tax.tax.vatex or None if is_vat else None,
        label=None if is_vat else rows.said(component, "label"),
        per_unit=component.per_unit,
        vat_rate=_vat_rate(rows, tax.tax_id) if component.in_base else None,
    )


def _mention(rows: _Rows, tax: invoice.InvoiceTax) -> str:
    # Lines of several taxes may share a category and a rate: each tax gives its reason.
    sharing = (line.tax for line in rows.lines if line.tax.category == tax.category)
    reasons = dict.fromkeys(
        rows.said(each, "mention") for each in sharing if _vat_rate(rows, each.pk) == tax.rate
    )
    return " · ".join(filter(None, reasons))


def _period(row: Invoice | invoice.Line) -> Period | None:
    if row.period_from is None or row.period_to is None:
        return None
    return Period(row.period_from, row.period_to)


def _operation(lines: Sequence[invoice.Line]) -> Operation:
    kinds = {line.product.tax_class.partition("-")[0] == GOODS for line in lines}
    if kinds == {True, False}:
        return Operation.MIXED
    return Operation.GOODS if kinds == {True} else Operation.SERVICES


def _is_on_debits(rows: _Rows) -> bool:
    # Source: CGI, art. 269, 2, c, and decree 2022-1299: the option is for services, of a seller that French VAT binds.
    is_charged = any(tax.category == "S" for tax in rows.taxes)
    waits = any(tax.deferred_minor for tax in rows.taxes)
    sells_services = _operation(rows.lines) is not Operation.GOODS
    return is_charged and not waits and sells_services and is_french(party_of(rows.invoice.seller_identity))


def _is_on_receipts(taxes: Sequence[invoice.InvoiceTax]) -> bool:
    charged = [tax for tax in taxes if tax.kind == TaxKind.VAT and tax.tax_minor]
    return bool(charged) and all(tax.deferred_minor == tax.tax_minor for tax in charged)


def _agreed(row: Invoice) -> terms.PaymentTerms:
    return terms.PaymentTerms.stored(row.terms_kind, row.terms_days, row.terms_day, row.terms_plan)


def _planned(row: Invoice, reading: terms.MonthEndReading) -> list[Instalment]:
    assert row.issue_date is not None
    dues = schedule(_agreed(row), row.payable_minor, row.issue_date, reading)
    return [Instalment(*due) for due in dues]


def _terms(rows: _Rows) -> Terms:
    row = rows.invoice
    entity = row.legal_entity
    return Terms(
        method=PaymentMethod(row.account.payment_method),
        text=mentions.agreed_delay(wording(rows.language), _agreed(row)),
        instalments=tuple(rows.instalments),
        reference=creditor_reference(row.number or ""),
        iban=entity.iban or None,
        bic=entity.bic or None,
        late_rate=entity.late_penalty or None,
    )


def _corrected(row: Invoice | None) -> Reference | None:
    if row is None:
        return None
    assert row.number is not None
    assert row.issue_date is not None
    return Reference(row.number, row.issue_date, Kind(row.kind))


def _accounting(rows: _Rows) -> Accounting | None:
    row = rows.invoice
    if row.exchange_rate is None:
        return None
    told = row.exchange_rate
    return Accounting(
        currency=row.accounting_currency,
        exchange=Exchange(units=told.units, base=told.base, rate=told.rate, quote=told.quote),
        vat_minor=sum(tax.acc_tax_minor for tax in rows.taxes if tax.kind == TaxKind.VAT),
        net_minor=row.acc_net_minor,
        tax_minor=row.acc_tax_minor,
        gross_minor=row.acc_gross_minor,
    )
