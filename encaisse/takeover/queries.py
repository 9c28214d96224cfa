"""What is told of an invoice made elsewhere, for whoever may see it."""

from decimal import Decimal
from typing import NamedTuple

from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.takeover.models import Origin


class ToldLine(NamedTuple):
    """A line as its file told it; None where it says nothing."""

    label: str
    quantity: Decimal | None
    unit_price: Decimal | None
    net: Decimal | None


def lines_told(scope: Scope, invoice_id: int) -> list[ToldLine]:
    """The lines of an invoice made elsewhere, in order; none of any other."""
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    told = Origin.objects.filter(invoice__in=visible).values_list("lines", flat=True).first()
    return [_line(each) for each in told or ()]


def _line(told: dict[str, str]) -> ToldLine:
    quantity, unit_price, net = (
        Decimal(told[name]) if told[name] else None for name in ("quantity", "unit_price", "net")
    )
    return ToldLine(told["label"], quantity, unit_price, net)
