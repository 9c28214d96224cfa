"""The structured invoice: Cross Industry Invoice by the EN 16931 profile of Factur-X, and the French notes.

Comments name the business terms (BT) and groups (BG) of EN 16931. The order of elements is the schema's. A
credit note (381) is written with positive amounts; a line or tax of the other sign keeps it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from lxml import etree

from encaisse.document import mentions, rules
from encaisse.document.cii_blocks import (
    Node,
    billing_period,
    contact,
    dated,
    document,
    electronic_address,
    element,
    holder,
    legal_organization,
    optional,
    plain,
    postal_address,
    ram,
    vat_category,
    vat_rate,
    vat_registration,
)
from encaisse.document.content import (
    Allowance,
    InvoiceContent,
    Kind,
    Line,
    Operation,
    Party,
    PaymentMethod,
    Tax,
)
from encaisse.document.wording import wording
from encaisse.kernel import money

_PROFILE: Final = "urn:cen.eu:en16931:2017"
_TYPE_CODES: Final = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381", Kind.ADVANCE: "386"}
_PROCESSES: Final = {Operation.SERVICES: "S", Operation.GOODS: "B", Operation.MIXED: "M"}
_MEANS: Final = {
    PaymentMethod.DIRECT_DEBIT: "59",
    PaymentMethod.CHEQUE: "20",
    PaymentMethod.CARD: "48",
}
_SEPA_TRANSFER, _TRANSFER, _UNDEFINED_MEANS = "58", "30", "1"
_DISCOUNT_CODE: Final = "95"
# UNTDID 2475, the codes that CII has for BT-8: the day of the invoice, the day on which it is paid.
_DUE_ON_INVOICE, _DUE_ON_PAYMENT = "5", "72"
# The French profile allows 4 decimals in a quantity and 6 in a price (BR-FR-DEC-02 and 03).
_QUANTITY_PLACES, _PRICE_PLACES = 4, 6


def invoice_xml(content: InvoiceContent) -> bytes:
    """The document as CII, in UTF-8; the same content always gives the same bytes.

    Nothing is checked here: `rules.broken_rules` and the schema are for that. Raises ValueError when a text
    has a control character, which XML cannot hold.
    """
    return etree.tostring(_Writer(content).root(), xml_declaration=True, encoding="UTF-8")


class _Priced(NamedTuple):
    quantity: Decimal
    price: Decimal
    unit: str
    remark: str | None


class _Writer:
    """One document being written: its sign, its currency and its words are at hand everywhere."""

    def __init__(self, content: InvoiceContent) -> None:
        self.content = content
        self.sign = -1 if content.kind is Kind.CREDIT_NOTE else 1
        self.words = wording(content.language)
        self.french = rules.is_french(content.seller)
        # What is outside the scope of VAT must not show the VAT number of either party (BR-O-02).
        self.in_scope = all(tax.category != "O" for tax in content.taxes)

    def root(self) -> Node:
        content = self.content
        return document(
            element(
                "rsm",
                "ExchangedDocumentContext",
                holder("BusinessProcessSpecifiedDocumentContextParameter", "ID", self.process()),  # BT-23
                holder("GuidelineSpecifiedDocumentContextParameter", "ID", _PROFILE),  # BT-24
            ),
            element(
                "rsm",
                "ExchangedDocument",
                ram("ID", content.number),  # BT-1
                ram("TypeCode", _TYPE_CODES[content.kind]),  # BT-3
                dated("IssueDateTime", content.issue_date),  # BT-2
                *self.notes(),
            ),
            element(
                "rsm",
                "SupplyChainTradeTransaction",
                *(self.line(position, line) for position, line in enumerate(content.lines, 1)),
                self.agreement(),
                self.delivery(),
                self.settlement(),
            ),
        )

    def amount(self, minor: int) -> str:
        return str(money.from_minor(self.sign * minor, self.content.currency))

    def process(self) -> str | None:
        """BT-23: what is sold, and whether advances were invoiced before. Source: rule BR-FR-08."""
        if not self.french:
            return None
        return _PROCESSES[self.content.operation] + ("4" if self.content.totals.deducted_minor else "1")

    def notes(self) -> Iterator[Node]:
        """BG-1: the reason of a correction, then the French legal mentions, each under its subject code.

        Source: rules BR-FR-05 and 20.
        """
        if self.content.reason:
            yield ram("IncludedNote", ram("Content", self.content.reason))
        if not self.french:
            return
        for subject, text in (
            ("PMT", mentions.indemnity(self.words, self.content)),
            ("PMD", mentions.late_penalties(self.words, self.content)),
            ("AAB", mentions.early_discount(self.words, self.content)),
            ("BAR", rules.treatment(self.content)),
        ):
            yield ram("IncludedNote", ram("Content", text), ram("SubjectCode", subject))

    def line(self, position: int, line: Line) -> Node:
        """BG-25."""
        priced = self.priced(line)
        return ram(
            "IncludedSupplyChainTradeLineItem",
            ram("AssociatedDocumentLineDocument", ram("LineID", str(position))),  # BT-126
            ram(
                "SpecifiedTradeProduct",
                ram("Name", line.label),  # BT-153
                optional("Description", priced.remark),  # BT-154
            ),
            ram(
                "SpecifiedLineTradeAgreement",
                ram("NetPriceProductTradePrice", ram("ChargeAmount", plain(priced.price))),  # BT-146
            ),
            ram(
                "SpecifiedLineTradeDelivery",
                ram("BilledQuantity", plain(priced.quantity), unitCode=priced.unit),  # BT-129
            ),
            ram(
                "SpecifiedLineTradeSettlement",
                vat_category("ApplicableTradeTax", line.vat_category, line.vat_rate),  # BG-30
                billing_period(line.period),  # BG-26
                self.line_discount(line),
                ram(
                    "SpecifiedTradeSettlementLineMonetarySummation",
                    ram("LineTotalAmount", self.amount(line.net_minor)),  # BT-131
                ),
            ),
        )

    def priced(self, line: Line) -> _Priced:
        """Quantity and price in the decimals allowed, else one lot of the line's amount; no price below 0."""
        quantity, price, unit, remark = line.quantity, line.unit_price, line.unit, None
        if _places(quantity) > _QUANTITY_PLACES or _places(price) > _PRICE_PLACES:
            remark = mentions.lot(self.words, line, self.content.currency)
            quantity, unit = Decimal(1), "C62"
            price = money.from_minor(line.gross_minor, self.content.currency)
        sign = -self.sign if price < 0 else self.sign
        return _Priced(sign * quantity, abs(price), unit, remark)

    def line_discount(self, line: Line) -> Node | None:
        """BG-27."""
        if not line.discount_minor:
            return None
        percent = line.discount_percent
        return ram(
            "SpecifiedTradeAllowanceCharge",
            ram("ChargeIndicator", element("udt", "Indicator", "false")),
            optional("CalculationPercent", None if percent is None else plain(percent)),
            None if percent is None else ram("BasisAmount", self.amount(line.gross_minor)),
            ram("ActualAmount", self.amount(line.discount_minor)),
            ram("ReasonCode", _DISCOUNT_CODE),
            ram("Reason", line.discount_reason or self.words.say("line.discount")),
        )

    def agreement(self) -> Node:
        content = self.content
        return ram(
            "ApplicableHeaderTradeAgreement",
            optional("BuyerReference", content.buyer_reference),  # BT-10
            self.party("SellerTradeParty", content.seller),  # BG-4
            self.party("BuyerTradeParty", content.buyer),  # BG-7
            holder("BuyerOrderReferencedDocument", "IssuerAssignedID", content.purchase_order),  # BT-13
            holder("ContractReferencedDocument", "IssuerAssignedID", content.contract),  # BT-12
        )

    def party(self, name: str, party: Party) -> Node:
        is_seller = party is self.content.seller
        identity = mentions.legal_identity(self.words, party) if is_seller else None
        return ram(
            name,
            None if is_seller else optional("ID", party.reference),  # BT-46
            optional("GlobalID", party.siret, schemeID="0009"),  # BT-29, BT-46
            ram("Name", party.name),  # BT-27, BT-44
            optional("Description", identity),  # BT-33
            legal_organization(party),
            contact(party),
            postal_address(party.address),
            electronic_address(rules.endpoint(party)),
            vat_registration(party.vat_number) if self.in_scope else None,
        )

    def delivery(self) -> Node:
        """BG-13. The schema wants it not to be empty, so the date of supply is always told."""
        content = self.content
        place = None
        if content.delivery:
            name = ram("Name", content.buyer.name)  # BT-70
            place = ram("ShipToTradeParty", name, postal_address(content.delivery))
        event = dated("OccurrenceDateTime", rules.supply_date(content))  # BT-72
        return ram("ApplicableHeaderTradeDelivery", place, ram("ActualDeliverySupplyChainEvent", event))

    def settlement(self) -> Node:
        content = self.content
        reason = mentions.charge_reason(self.words, content)
        tax_currency = content.accounting.currency if content.accounting else None
        return ram(
            "ApplicableHeaderTradeSettlement",
            optional("PaymentReference", content.terms.reference),  # BT-83
            optional("TaxCurrencyCode", tax_currency),  # BT-6
            ram("InvoiceCurrencyCode", content.currency),  # BT-5
            self.payment_means(),
            *(self.tax(tax) for tax in rules.vat_breakdown(content, reason)),
            billing_period(content.period),  # BG-14
            *(self.allowance(each) for each in content.allowances),
            *(self.charge(tax) for tax in rules.other_taxes(content)),
            self.payment_terms(),
            self.totals(),
            *self.earlier(),
        )

    def payment_means(self) -> Node | None:
        """BG-16 and BG-17; a credit note asks for no payment."""
        if self.content.kind is Kind.CREDIT_NOTE:
            return None
        terms = self.content.terms
        account = bank = None
        code = _MEANS.get(terms.method, _UNDEFINED_MEANS)
        if terms.method is PaymentMethod.TRANSFER and terms.iban:
            code = _SEPA_TRANSFER if self.content.currency == "EUR" else _TRANSFER
            account = ram("PayeePartyCreditorFinancialAccount", ram("IBANID", terms.iban))  # BT-84
            if terms.bic:
                bank = ram("PayeeSpecifiedCreditorFinancialInstitution", ram("BICID", terms.bic))  # BT-86
        return ram("SpecifiedTradeSettlementPaymentMeans", ram("TypeCode", code), account, bank)

    def tax(self, tax: Tax) -> Node:
        """BG-23."""
        return ram(
            "ApplicableTradeTax",
            ram("CalculatedAmount", self.amount(tax.tax_minor)),  # BT-117
            ram("TypeCode", "VAT"),
            optional("ExemptionReason", tax.mention),  # BT-120
            ram("BasisAmount", self.amount(tax.base_minor)),  # BT-116
            ram("CategoryCode", tax.category),  # BT-118
            optional("ExemptionReasonCode", tax.vatex),  # BT-121
            optional("DueDateTypeCode", self.due_date_code(tax)),  # BT-8
            vat_rate(tax.category, tax.rate),  # BT-119
        )

    def due_date_code(self, tax: Tax) -> str | None:
        """BT-8, which says once for the document when its VAT is due; BT-7, a date, is never written (BR-CO-03)."""
        if tax.category != "S":
            return None
        if self.content.vat_on_debits:
            return _DUE_ON_INVOICE
        return _DUE_ON_PAYMENT if self.content.vat_on_receipts else None

    def allowance(self, given: Allowance) -> Node:
        """BG-20."""
        percent = given.percent
        return ram(
            "SpecifiedTradeAllowanceCharge",
            ram("ChargeIndicator", element("udt", "Indicator", "false")),
            optional("CalculationPercent", None if percent is None else plain(percent)),  # BT-94
            None if percent is None else ram("BasisAmount", self.amount(given.base_minor)),  # BT-93
            ram("ActualAmount", self.amount(given.amount_minor)),  # BT-92
            ram("ReasonCode", _DISCOUNT_CODE),  # BT-98
            ram("Reason", given.reason),  # BT-97
            vat_category("CategoryTradeTax", given.vat_category, given.vat_rate),  # BT-95, BT-96
        )

    def charge(self, tax: Tax) -> Node:
        """BG-21: a tax that is not VAT is a charge of the document, and bears the VAT whose base it enters, if any."""
        bears = (rules.charge_category(self.content), Decimal(0))
        if tax.vat_rate is not None:
            bears = (tax.category, tax.vat_rate)
        is_rate = tax.per_unit is None
        return ram(
            "SpecifiedTradeAllowanceCharge",
            ram("ChargeIndicator", element("udt", "Indicator", "true")),
            ram("CalculationPercent", plain(tax.rate)) if is_rate else None,
            ram("BasisAmount", self.amount(tax.base_minor)) if is_rate else None,
            ram("ActualAmount", self.amount(tax.tax_minor)),
            ram("Reason", mentions.tax_label(self.words, tax)),
            vat_category("CategoryTradeTax", *bears),
        )

    def payment_terms(self) -> Node:
        text = mentions.payment_terms(self.words, self.content)
        due = dated("DueDateDateTime", self.content.due_date) if self.content.due_date else None  # BT-9
        return ram("SpecifiedTradePaymentTerms", optional("Description", text), due)  # BT-20

    def totals(self) -> Node:
        """BG-22. The tax here is VAT alone: the others are charges, so the gross is the same."""
        totals = self.content.totals
        charges = sum(tax.tax_minor for tax in rules.other_taxes(self.content))
        vat = totals.tax_minor - charges
        given = rules.allowance_minor(self.content)
        return ram(
            "SpecifiedTradeSettlementHeaderMonetarySummation",
            ram("LineTotalAmount", self.amount(totals.net_minor + given)),  # BT-106
            optional("ChargeTotalAmount", self.amount(charges) if charges else None),  # BT-108
            optional("AllowanceTotalAmount", self.amount(given) if given else None),  # BT-107
            ram("TaxBasisTotalAmount", self.amount(totals.net_minor + charges)),  # BT-109
            ram("TaxTotalAmount", self.amount(vat), currencyID=self.content.currency),  # BT-110
            self.accounted_tax(),
            ram("GrandTotalAmount", self.amount(totals.gross_minor)),  # BT-112
            ram("TotalPrepaidAmount", self.amount(totals.deducted_minor)),  # BT-113
            ram("DuePayableAmount", self.amount(totals.payable_minor)),  # BT-115
        )

    def accounted_tax(self) -> Node | None:
        """BT-111."""
        accounting = self.content.accounting
        if accounting is None:
            return None
        vat = money.from_minor(self.sign * accounting.vat_minor, accounting.currency)
        return ram("TaxTotalAmount", str(vat), currencyID=accounting.currency)

    def earlier(self) -> Iterator[Node]:
        """BG-3: what is corrected or replaced, and the advances that are deducted."""
        corrects = self.content.corrects
        for each in (*([corrects] if corrects else []), *(each.advance for each in self.content.deducts)):
            yield ram(
                "InvoiceReferencedDocument",
                ram("IssuerAssignedID", each.number),  # BT-25
                dated("FormattedIssueDateTime", each.issue_date, prefix="qdt"),  # BT-26
            )


def _places(value: Decimal) -> int:
    return -int(value.normalize().as_tuple().exponent)
