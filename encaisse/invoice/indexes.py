"""The indexes of invoices: the orders in which lists read them.

A draft is in none that issuing changes: what is issued and what is not are read apart, each in the order of an index of
its own, and a list merges the two.
"""

from typing import Final

from django.db.models import F, Index, Q

_ISSUED: Final = Q(state="issued")
LISTED: Final = [
    Index(name="invoice_of_account", fields=["account", "id"]),
    Index(
        name="invoice_open_by_due_date",
        fields=["due_date"],
        condition=_ISSUED & ~Q(settled_minor=F("payable_minor")),
    ),
    Index(name="invoice_not_issued", fields=["id"], condition=~_ISSUED),
    Index(name="invoice_issued_by_date", fields=["issue_date", "id"], condition=_ISSUED),
    Index(name="invoice_issued_by_due_date", fields=["due_date", "id"], condition=_ISSUED),
    Index(name="invoice_issued_by_amount", fields=["gross_minor", "id"], condition=_ISSUED),
    Index(F("payable_minor") - F("settled_minor"), "id", name="invoice_issued_by_rest", condition=_ISSUED),
    Index(name="invoice_credit_notes", fields=["id"], condition=Q(kind="credit_note")),
    Index(name="invoice_corrections", fields=["corrects"], condition=Q(corrects__isnull=False)),
]
