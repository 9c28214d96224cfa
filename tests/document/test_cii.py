"""The structured invoice: the numbers that must come out, and what the official rules say of every kind."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from encaisse.adapters.schematron import failed_asserts
from encaisse.document.cii import invoice_xml
from encaisse.document.content import Endpoint, InvoiceContent, Operation, PaymentMethod, Terms
from encaisse.document.facturx import rule_sets, schema_violations
from tests.document import contents
from tests.document.golden import agreed


def read(content: InvoiceContent) -> Any:
    root = etree.fromstring(invoice_xml(content))

    def find(path: str) -> list[str]:
        steps = "/".join(f"*[local-name()='{step}']" for step in path.split("/"))
        return [node.text or "" for node in root.xpath(f"//{steps}")]

    return find


def official_faults(content: InvoiceContent) -> list[str]:
    document = invoice_xml(content)
    asserts = [failed for rules in rule_sets(content) for failed in failed_asserts(document, rules)]
    return [*schema_violations(document), *(f"{failed.id}: {failed.text}" for failed in asserts)]


@pytest.mark.parametrize("kind", contents.EVERY_KIND)
def test_every_kind_passes_the_schema_en_16931_and_the_french_rules(kind):
    content = contents.EVERY_KIND[kind]()

    assert len(rule_sets(content)) == 2
    assert official_faults(content) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": Operation.GOODS},
        {"vat_on_debits": True},
        {"vat_on_receipts": True},
        {"purchase_order": "BC-7", "contract": "CTR-1", "buyer_reference": "Lot 3"},
        {"delivery": contents.CAYENNE.address},
        {"terms": Terms(method=PaymentMethod.DIRECT_DEBIT, late_rate="12,5 %")},
        {"terms": Terms(method=PaymentMethod.CHEQUE, early_discount="1 % à 8 jours")},
        {"terms": Terms(method=PaymentMethod.CARD)},
        {"terms": Terms()},
    ],
    ids=str,
)
def test_every_option_passes_the_official_rules(changes):
    assert official_faults(contents.four_lines(**changes)) == []


@pytest.mark.parametrize(
    ("regime", "code"),
    [({"vat_on_debits": True}, ["5"]), ({"vat_on_receipts": True}, ["72"]), ({}, [])],
    ids=["on debits", "on receipts", "as the law has it"],
)
def test_the_document_says_when_its_vat_is_due(regime, code):
    assert read(contents.four_lines(**regime))("ApplicableTradeTax/DueDateTypeCode") == code


def test_a_seller_outside_france_answers_to_en_16931_alone():
    seller = replace(contents.BERLIN, endpoint=Endpoint("EM", "rechnung@gruen.example"))
    content = contents.four_lines(seller=seller)
    find = read(content)

    assert len(rule_sets(content)) == 1
    assert official_faults(content) == []
    assert find("IncludedNote/SubjectCode") == []
    assert find("BusinessProcessSpecifiedDocumentContextParameter/ID") == []


def test_a_changed_total_is_caught():
    content = contents.four_lines()
    changed = invoice_xml(content).replace(b">334.99<", b">335.00<")
    european, french = rule_sets(content)

    assert schema_violations(changed) == ()
    assert [(failed.id, failed.flag) for failed in failed_asserts(changed, european)] == [
        ("BR-CO-15", "fatal")
    ]


def test_a_credit_note_without_its_invoice_is_caught():
    content = contents.credit_note(contents.four_lines(), corrects=None)
    _, french = rule_sets(content)

    assert [failed.id for failed in failed_asserts(invoice_xml(content), french)] == ["BR-FR-CO-05_BT-3"]


@pytest.mark.parametrize("kind", ["four lines", "credit note", "composite tax", "outside to Casablanca"])
def test_the_file_is_the_agreed_one(kind):
    root = etree.fromstring(invoice_xml(contents.EVERY_KIND[kind]()))
    text = etree.tostring(root, pretty_print=True, encoding="unicode")

    assert text == agreed(f"{kind.replace(' ', '_')}.xml", text)


def test_the_promised_numbers_come_out():
    find = read(contents.four_lines())

    assert find("ExchangedDocument/TypeCode") == ["380"]
    assert find("TaxBasisTotalAmount") == ["279.16"]
    assert find("TaxTotalAmount") == ["55.83"]
    assert find("GrandTotalAmount") == ["334.99"]


def test_a_credit_note_is_written_positive_and_names_its_invoice():
    find = read(contents.credit_note(contents.four_lines()))

    assert find("ExchangedDocument/TypeCode") == ["381"]
    assert find("BilledQuantity") == ["1", "1", "1", "1"]
    assert find("GrandTotalAmount") == ["334.99"]
    assert find("TaxTotalAmount") == ["55.83"]
    assert find("InvoiceReferencedDocument/IssuerAssignedID") == ["F2026-000042"]
    assert find("SpecifiedTradeSettlementPaymentMeans/TypeCode") == []


def test_a_composite_tax_keeps_the_gross():
    find = read(contents.composite())

    assert find("SpecifiedTradeAllowanceCharge/ActualAmount") == ["24.69"]
    assert find("TaxTotalAmount") == ["246.91"]
    assert find("ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount") == ["1234.56", "24.69"]
    assert find("GrandTotalAmount") == ["1506.16"]


def test_a_discount_is_an_allowance_of_its_line():
    find = read(contents.discounted())

    assert find("SpecifiedTradeAllowanceCharge/ActualAmount") == ["7.59", "20.00"]
    assert find("SpecifiedTradeAllowanceCharge/CalculationPercent") == ["10"]


def test_discounts_of_the_document_are_allowances_by_rate_and_say_why():
    find = read(contents.lowered())

    assert find("ApplicableHeaderTradeSettlement/SpecifiedTradeAllowanceCharge/ActualAmount") == [
        "10.00", "5.00", "3.33", "1.67",
    ]  # fmt: skip
    assert find("ApplicableHeaderTradeSettlement/SpecifiedTradeAllowanceCharge/CalculationPercent") == [
        "10",
        "10",
    ]
    assert find("SpecifiedTradeAllowanceCharge/Reason") == [
        "Remise de fidélité", *["Remise de bienvenue"] * 2, *["Geste commercial"] * 2,
    ]  # fmt: skip
    assert find("LineTotalAmount")[-1:] == ["150.00"]
    assert find("AllowanceTotalAmount") == ["20.00"]
    assert find("TaxBasisTotalAmount") == ["130.00"]
    assert find("GrandTotalAmount") == ["149.71"]


def test_a_price_is_never_negative():
    find = read(contents.discounted())

    assert find("NetPriceProductTradePrice/ChargeAmount") == ["75.92", "120", "12.5", "10"]
    assert find("BilledQuantity") == ["1", "1", "2.5", "-1"]


def test_too_many_decimals_become_one_lot_of_the_amount():
    find = read(contents.prorated())

    assert find("BilledQuantity") == ["1"]
    assert find("NetPriceProductTradePrice/ChargeAmount") == ["19.35"]
    assert find("SpecifiedTradeProduct/Description") == ["0,483871 mois × 40,00"]


def test_what_is_outside_vat_shows_no_vat_number_and_no_rate():
    find = read(contents.outside_to_casablanca())

    assert find("SpecifiedTaxRegistration/ID") == []
    assert find("RateApplicablePercent") == []
    assert find("ApplicableTradeTax/ExemptionReasonCode") == ["VATEX-EU-O"]


def test_french_notes_come_each_under_its_code():
    find = read(contents.four_lines())

    assert find("IncludedNote/SubjectCode") == ["PMT", "PMD", "AAB", "BAR"]
    assert find("IncludedNote/Content")[3] == "B2B"
    assert find("BusinessProcessSpecifiedDocumentContextParameter/ID") == ["S1"]


def test_an_invoice_after_an_advance_says_so():
    find = read(contents.final_after_advance())

    assert find("BusinessProcessSpecifiedDocumentContextParameter/ID") == ["S4"]
    assert find("TotalPrepaidAmount") == ["36.00"]
    assert find("DuePayableAmount") == ["84.00"]


def test_a_foreign_currency_tells_its_vat_in_euros():
    find = read(contents.in_dollars())

    assert find("TaxCurrencyCode") == ["EUR"]
    assert find("TaxTotalAmount") == ["20.00", "18.40"]


def test_a_currency_without_decimals_has_none():
    content = replace(contents.in_dollars(), currency="XOF")

    assert read(content)("GrandTotalAmount") == ["12000"]


def test_the_last_day_of_a_period_is_inside_it():
    find = read(contents.four_lines())

    assert find("ApplicableHeaderTradeSettlement/BillingSpecifiedPeriod/EndDateTime/DateTimeString") == [
        "20261031"
    ]
    assert find("ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString") == ["20261031"]


def test_instalments_are_told_in_the_terms_and_the_last_one_is_the_due_date():
    find = read(contents.in_instalments())

    assert find("SpecifiedTradePaymentTerms/Description") == [
        "30\u00a0% à réception de la facture, 40\u00a0% à 30 jours date de facture, 30\u00a0% à 60 jours fin de mois."
        " Échéances\u00a0: 01/11/2026\u00a0: 360,00\u00a0€\u202f; 01/12/2026\u00a0: 480,00\u00a0€\u202f;"
        " 31/12/2026\u00a0: 360,00\u00a0€."
    ]
    assert find("SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString") == ["20261231"]


def test_the_references_of_the_buyer_stand_where_its_software_looks():
    find = read(contents.in_instalments())

    assert find("ApplicableHeaderTradeAgreement/BuyerReference") == ["SRV-ACHATS"]
    assert find("BuyerOrderReferencedDocument/IssuerAssignedID") == ["4500012345"]
    assert find("ContractReferencedDocument/IssuerAssignedID") == ["2026-M-17"]
