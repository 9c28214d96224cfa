"""Everything that is said on one invoice or credit note, as plain frozen values.

Amounts are whole minor units of the document's currency; prices, quantities and rates are exact decimals.
A credit note keeps the signs of the books: its amounts are negative here, and it is the writers' business
to show them as their format wants.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from encaisse.document.appearance import PLAIN, Appearance


class Kind(StrEnum):
    """What the document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    ADVANCE = "advance"


class Language(StrEnum):
    """The languages that a customer can be written to in."""

    FRENCH = "fr"
    ENGLISH = "en"


class Operation(StrEnum):
    """The category of operation that a French invoice must state."""

    SERVICES = "services"
    GOODS = "goods"
    MIXED = "mixed"


class PaymentMethod(StrEnum):
    """How the customer agreed to pay."""

    TRANSFER = "transfer"
    DIRECT_DEBIT = "direct_debit"
    CHEQUE = "cheque"
    CARD = "card"


class TaxKind(StrEnum):
    """Value added tax, or another component of a composite tax, such as an eco-tax."""

    VAT = "vat"
    OTHER = "other"


class Period(NamedTuple):
    """The days from `start` up to and without `end`."""

    start: dt.date
    end: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day inside the period, as people and EN 16931 write it."""
        return self.end - dt.timedelta(days=1)


class Reference(NamedTuple):
    """An earlier document of the same seller."""

    number: str
    issue_date: dt.date
    kind: Kind = Kind.INVOICE


class Deducted(NamedTuple):
    """What is deducted of an advance that was invoiced and paid before, with the VAT that it bore."""

    advance: Reference
    net_minor: int
    tax_minor: int


class Instalment(NamedTuple):
    """What is to be paid on one day at the latest, when the invoice is payable in several."""

    due_date: dt.date
    amount_minor: int


class Endpoint(NamedTuple):
    """An electronic address: the code of its scheme (EAS list) and the address in that scheme."""

    scheme: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address. `lines` are street and complements; `country` is ISO 3166 alpha-2."""

    lines: tuple[str, ...]
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller or the buyer, as identified on the day of issue.

    `reference` is the seller's own code for the buyer; `capital` is written as it is printed. `endpoint` is
    needed only when it is neither the SIREN's nor the e-mail's. A person (not `is_business`) has no legal
    form, SIREN nor VAT number. `national_numbers` are those that a country beyond Europe gives, each by its name there.
    """

    name: str
    address: Address
    is_business: bool = True
    reference: str | None = None
    legal_form: str | None = None
    capital: str | None = None
    register: str | None = None
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    national_numbers: tuple[tuple[str, str], ...] = ()
    endpoint: Endpoint | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: net is gross minus discount. `vat_category` and `vat_rate` name one of the document's taxes.

    `unit` is a UN/ECE Recommendation 20 code, C62 being "one"; `discount_percent` is None when the discount
    is an amount or nil.
    """

    label: str
    quantity: Decimal
    unit: str = "C62"
    unit_price: Decimal
    gross_minor: int
    discount_percent: Decimal | None = None
    discount_minor: int = 0
    discount_reason: str | None = None
    net_minor: int
    vat_category: str
    vat_rate: Decimal
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """The tax of the whole document for one category and rate, rounded once on the summed base.

    `category` is a code of UNTDID 5305 (S, AE, E, O, …), `vatex` a code of the VATEX list, `mention` the
    reason that the law wants printed when nothing is charged. `label` names a tax other than VAT: of `per_unit` for
    each unit where that is no rate, and within the base of the VAT of `vat_rate` unless that is None.
    """

    kind: TaxKind = TaxKind.VAT
    category: str
    rate: Decimal
    base_minor: int
    tax_minor: int
    mention: str | None = None
    vatex: str | None = None
    label: str | None = None
    per_unit: Decimal | None = None
    vat_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is taken off the lines of one VAT rate by a discount of the whole document, and why.

    `percent` of `base_minor`, or None when the discount is an amount.
    """

    percent: Decimal | None = None
    base_minor: int
    amount_minor: int
    reason: str
    vat_category: str
    vat_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Lines less allowances are net; gross = net + tax, and payable = gross - deducted; the tax counts every
    component."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    deducted_minor: int = 0
    payable_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A rate as its source tells it: `units` of `base` are worth `rate` of `quote`."""

    units: int
    base: str
    rate: Decimal
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """The totals in the seller's accounting currency, what of the taxes is VAT (BT-111), and by which rate."""

    currency: str
    exchange: Exchange
    net_minor: int
    tax_minor: int
    gross_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How and when to pay, and what happens otherwise.

    `text` is the agreed delay in words ("30 jours fin de mois"), `late_rate` the rate as the seller's terms
    word it ("12 %", "trois fois le taux de l'intérêt légal"); None is the legal default, the European Central
    Bank's refinancing rate plus 10 points. `early_discount` of None: none is granted. The recovery indemnity
    is in minor units of euros. `instalments` stand in the order of their days and add up to what is payable.
    Source: articles L441-9, L441-10 and D441-5 of the French Code de commerce.
    """

    method: PaymentMethod = PaymentMethod.TRANSFER
    text: str | None = None
    instalments: tuple[Instalment, ...] = ()
    reference: str | None = None
    iban: str | None = None
    bic: str | None = None
    late_rate: str | None = None
    indemnity_minor: int = 40_00
    early_discount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceContent:
    """One invoice or credit note, whole.

    `corrects` is the invoice that a credit note takes back, or the earlier document that an invoice cancels or takes
    the place of; `reason` says why. `deducts` tells the advances that make the deducted total. `supplied_on` is the
    day of supply when it is not told by the period. `delivery` is where, when it is not the buyer's address.
    `accounting` is there when the currency is not the seller's accounting currency. VAT is due to the state when the
    document is issued (`vat_on_debits`, an option that a French seller of services must state), when it is paid
    (`vat_on_receipts`), or as the law has it for each thing sold (neither). A document of a sandbox (`is_test`) says
    that it is none.
    """

    kind: Kind
    number: str
    issue_date: dt.date
    currency: str
    language: Language
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    totals: Totals
    terms: Terms
    due_date: dt.date | None = None
    allowances: tuple[Allowance, ...] = ()
    period: Period | None = None
    supplied_on: dt.date | None = None
    operation: Operation = Operation.SERVICES
    vat_on_debits: bool = False
    vat_on_receipts: bool = False
    is_test: bool = False
    corrects: Reference | None = None
    deducts: tuple[Deducted, ...] = ()
    reason: str | None = None
    delivery: Address | None = None
    purchase_order: str | None = None
    contract: str | None = None
    buyer_reference: str | None = None
    accounting: Accounting | None = None
    appearance: Appearance = PLAIN
