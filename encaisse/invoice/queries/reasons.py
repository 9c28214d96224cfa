"""Why each line of a document bears its tax: the rule that won when it was drafted, and why others did not."""

from collections.abc import Iterable
from typing import NamedTuple

from encaisse.invoice.models import Invoice, Line
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.kernel.scope import Scope
from encaisse.tax.queries import Buyer, Explained, explained

Known = dict[tuple[str, int], Explained]


class LineReason(NamedTuple):
    """One line, its tax, and why. A credit note has the tax of the line that it corrects, and so that one's reasons:
    `of` is the number of its invoice. Nothing was recorded of what no run drafted."""

    position: int
    label: str
    tax_fr: str
    tax_en: str
    of: str
    why: Explained | None


class TaxReasons(NamedTuple):
    """A document and the reasons of its lines."""

    row: InvoiceRow
    lines: tuple[LineReason, ...]


def tax_reasons(scope: Scope, invoice_id: int) -> TaxReasons:
    """Why a document bears its taxes. Raises NotFound when the scope sees none of that key."""
    row = invoice_detail(scope, invoice_id).row
    lines = list(
        Line.objects.filter(invoice_id=invoice_id).select_related("product", "tax").order_by("position")
    )
    origins = _origins(lines)
    found = Invoice.objects.filter(pk__in=origins.values()).select_related("buyer_identity")
    known = {each.pk: (each, _known(each)) for each in found}
    return TaxReasons(row, tuple(_reason(line, *known[origins[line.pk]]) for line in lines))


def _origins(lines: Iterable[Line]) -> dict[int, int]:
    """The invoice on which each line was taxed first: a correction has the tax of what it corrects."""
    found = {line.pk: line.invoice_id for line in lines}
    ahead = {line.corrects_line: line.pk for line in lines if line.corrects_line}
    while ahead:
        sources = Line.objects.filter(pk__in=ahead).values_list("pk", "invoice_id", "corrects_line")
        found |= {ahead[key]: invoice_id for key, invoice_id, _ in sources}
        ahead = {further: ahead[key] for key, _, further in sources if further}
    return found


def _known(invoice: Invoice) -> Known:
    if invoice.run_id is None:
        return {}
    buyer = invoice.buyer_identity
    said = Buyer(buyer.country, buyer.postcode, buyer.vat_number, buyer.is_business)
    return explained(invoice.run_id, invoice.account_id, invoice.drafted_at, said)


def _reason(line: Line, source: Invoice, known: Known) -> LineReason:
    # A product may have gone to another class since: then the tax alone tells which choice it was.
    of_tax = (each for (_, tax_id), each in known.items() if tax_id == line.tax_id)
    why = known.get((line.product.tax_class, line.tax_id)) or next(of_tax, None)
    of = "" if source.pk == line.invoice_id else source.number or ""
    return LineReason(line.position, line.label, line.tax.name_fr, line.tax.name_en, of, why)
