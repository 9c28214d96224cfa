"""Why a document was caught, beside the one that came before it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Sum

from encaisse.invoice.models import Invoice, Line
from encaisse.judgement.models import Finding
from encaisse.judgement.rules.criteria import Node, as_found
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount


class FindingRow(NamedTuple):
    """One rule that caught the document, as it was then, and the values that it saw."""

    rule_id: int
    rule: str
    verdict: str
    mode: str
    tree: Node
    condition: Node | None
    seen: Mapping[str, Any]
    currency: str


class ComparedLine(NamedTuple):
    """What one product comes to on the document and on the one before it; None where it is not there."""

    label: str
    before_minor: int | None
    now_minor: int | None
    currency: str


class Compared(NamedTuple):
    """A document beside the one issued before it to the same account, product by product."""

    previous_id: int
    previous: str
    lines: tuple[ComparedLine, ...]
    before_minor: int
    now_minor: int
    currency: str


def findings(scope: Scope, invoice_id: int) -> tuple[FindingRow, ...]:
    """Every reason for which a document was caught, the worst first; none of one that may not be seen."""
    visible = BillingAccount.objects.visible_to(scope).values("pk")
    found = Finding.objects.filter(invoice_id=invoice_id, invoice__account_id__in=visible)
    found = found.select_related("rule__legal_entity")
    return tuple(_row(each) for each in found.order_by("verdict", "-rule__priority", "pk"))


def compared(scope: Scope, invoice_id: int) -> Compared | None:
    """The document beside the previous one of its account and kind in the same currency, if there is one.

    Raises NotFound.
    """
    now = _seen(scope, invoice_id)
    earlier = Invoice.objects.issued().filter(account_id=now.account_id, kind=now.kind, pk__lt=now.pk)
    before = earlier.filter(currency=now.currency).order_by("-pk").first()
    if before is None:
        return None
    old, new = _by_product(before.pk), _by_product(now.pk)
    labels = {**new, **old}
    lines = [
        ComparedLine(labels[key][0], _net(old, key), _net(new, key), now.currency)
        for key in _ordered(new, old)
    ]
    gross = (before.gross_minor, now.gross_minor)
    return Compared(before.pk, before.number or "", tuple(lines), *gross, now.currency)


def _row(found: Finding) -> FindingRow:
    rule, currency = found.rule, found.rule.legal_entity.currency
    tree = as_found(rule.criteria, currency)
    condition = None if rule.only_when is None else as_found(rule.only_when, currency)
    return FindingRow(rule.pk, rule.name, found.verdict, rule.mode, tree, condition, found.seen, currency)


def _seen(scope: Scope, invoice_id: int) -> Invoice:
    found = Invoice.objects.visible_to(scope).filter(pk=invoice_id).first()
    if found is None:
        raise NotFound(noun="invoice")
    return found


def _by_product(invoice_id: int) -> dict[int, tuple[str, int]]:
    lines = Line.objects.filter(invoice_id=invoice_id).order_by("product__name_fr")
    sums = lines.values_list("product_id", "product__name_fr").annotate(net=Sum("net_minor"))
    return {key: (label, net) for key, label, net in sums}


def _net(sums: Mapping[int, tuple[str, int]], key: int) -> int | None:
    return sums[key][1] if key in sums else None


def _ordered(new: Iterable[int], old: Iterable[int]) -> Iterable[int]:
    return dict.fromkeys([*new, *old])
