"""The QR code that fills in a transfer: EPC069-12, version 002, as European banks' applications read it."""

from decimal import Decimal
from typing import Final

from encaisse.document.content import InvoiceContent, Kind, PaymentMethod
from encaisse.document.rules import first_payment, is_creditor_reference
from encaisse.kernel import money

_LARGEST: Final = Decimal("999999999.99")
_UTF_8: Final = "1"


def transfer_payload(content: InvoiceContent) -> str | None:
    """What the code says, or None when there is nothing to transfer in euros or no account to receive it.

    Of an invoice payable in instalments it transfers the first.

    An ISO 11649 reference is told as structured remittance, any other one as a free text.
    """
    terms = content.terms
    amount = money.from_minor(first_payment(content), content.currency)
    wanted = content.kind is not Kind.CREDIT_NOTE and terms.method is not PaymentMethod.DIRECT_DEBIT
    if not (wanted and terms.iban and content.currency == "EUR" and 0 < amount <= _LARGEST):
        return None
    reference = terms.reference or content.number
    structured, free = (reference, "") if is_creditor_reference(reference) else ("", reference[:140])
    lines = ("BCD", "002", _UTF_8, "SCT", terms.bic or "", content.seller.name[:70], terms.iban)
    return "\n".join((*lines, f"EUR{amount}", "", structured, free)).rstrip("\n")
