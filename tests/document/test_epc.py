"""What the QR code tells a bank's application."""

from dataclasses import replace

import pytest

from encaisse.document.content import PaymentMethod
from encaisse.document.epc import transfer_payload
from tests.document import contents

FOUR = contents.four_lines()


def test_a_transfer_with_a_structured_reference():
    assert transfer_payload(FOUR) == "\n".join(
        ("BCD", "002", "1", "SCT", "AGRIFRPP", "Lumière & Œuvres", "FR7630006000011234567890189",
         "EUR334.99", "", str(FOUR.terms.reference))
    )  # fmt: skip


def test_another_reference_is_told_as_text():
    content = replace(FOUR, terms=replace(FOUR.terms, reference="F2026-000042", bic=None))

    assert transfer_payload(content).split("\n")[4:] == [
        "", "Lumière & Œuvres", "FR7630006000011234567890189", "EUR334.99", "", "", "F2026-000042",
    ]  # fmt: skip


def test_only_what_is_left_to_pay_is_asked():
    assert "\nEUR84.00\n" in transfer_payload(contents.final_after_advance())


def test_of_an_invoice_in_instalments_the_first_is_asked():
    assert "\nEUR360.00\n" in transfer_payload(contents.in_instalments())


@pytest.mark.parametrize(
    "content",
    [
        contents.credit_note(FOUR),
        contents.in_dollars(),
        replace(FOUR, terms=replace(FOUR.terms, iban=None)),
        replace(FOUR, terms=replace(FOUR.terms, method=PaymentMethod.DIRECT_DEBIT)),
        replace(FOUR, totals=replace(FOUR.totals, deducted_minor=334_99, payable_minor=0)),
    ],
)
def test_nothing_to_transfer_has_no_code(content):
    assert transfer_payload(content) is None
