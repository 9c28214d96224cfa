"""Why each line of a document bears its tax."""

import datetime as dt
from typing import Any

from encaisse.api.fields import InvoiceKey, Page, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.taxes import LostRule, Rule, rule_told
from encaisse.invoice.queries.reasons import LineReason, tax_reasons

resource = Resource("Reasons of taxes")


class SaleTaxed(Told):
    """What a sale was when its tax was chosen. `seller` and `country` are territories."""

    seller: str
    tax_class: str
    country: str
    postcode: str
    buyer_kind: str
    has_vat_number: bool
    customer_category: str


class TaxReason(Told):
    """Why one line bears its tax: the rule that won on a day for a sale, and why others did not. A line of a credit
    note has the reasons of the line it corrects, on the invoice `of`. Nothing is told of what no run drafted."""

    position: int
    label: str
    tax_fr: str
    tax_en: str
    of: str
    on: dt.date | None
    sale: SaleTaxed | None
    winner: Rule | None
    lost: list[LostRule]

    @staticmethod
    def resolve_on(row: LineReason) -> dt.date | None:
        """The day of the rules."""
        return row.why.on if row.why else None

    @staticmethod
    def resolve_sale(row: LineReason) -> Any:
        """The sale."""
        return row.why.supply if row.why else None

    @staticmethod
    def resolve_winner(row: LineReason) -> Any:
        """The rule."""
        return rule_told(row.why.winner) if row.why else None

    @staticmethod
    def resolve_lost(row: LineReason) -> Any:
        """The others."""
        return row.why.lost if row.why else []


@resource.get("/invoices/{invoice_id}/tax-reasons", Page[TaxReason])
def list_tax_reasons(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Read why an invoice bears its taxes.

    Line by line, as it was when it was drafted.
    """
    return whole(tax_reasons(request.scope, invoice_id).lines)
