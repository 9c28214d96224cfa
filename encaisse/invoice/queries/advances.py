"""Advances as pages show them: what was asked, collected, deducted and given back of each, and what is left."""

import datetime as dt
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from encaisse.invoice.models import Advance, Deduction, Invoice, InvoiceKind, InvoiceState
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party.rules.names import sort_key

ORDERS: Final = {
    "issue_date": "invoice__issue_date",
    "number": "invoice__number",
    "customer": "invoice__account__customer__sort_key",
    "gross_minor": "invoice__gross_minor",
    "left_minor": "left_minor",
}
ASKED, HELD, USED, GIVEN_BACK = "asked", "held", "used", "given_back"


class Wanted(NamedTuple):
    """What a list of advances is asked for; an empty field asks nothing. `entity` is a code.

    Each word of `text` is in the customer's name, or begins its reference, the number or the contract's reference.
    """

    text: str = ""
    state: str = ""
    entity: str = ""
    account_id: int | None = None
    subscription_id: int | None = None


class AdvanceRow(NamedTuple):
    """One advance. `left_minor` may still be deducted, once it is collected.

    Its `state` is `asked` until then, `held` while anything is left, `used`, or `given_back` once the rest is credited.
    """

    id: int
    number: str
    issue_date: dt.date
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity: str
    subscription_id: int | None
    contract: str | None
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    settled_minor: int
    deducted_minor: int
    credited_minor: int
    left_minor: int
    state: str


class DeductionRow(NamedTuple):
    """What one document deducts of an advance; a draft has no number, and a credit note gives back."""

    invoice_id: int
    number: str | None
    issue_date: dt.date | None
    kind: str
    net_minor: int
    tax_minor: int
    currency: str


class AdvanceDetail(NamedTuple):
    """One advance, and what was deducted of it, by document."""

    row: AdvanceRow
    deductions: tuple[DeductionRow, ...]


EVERY: Final = Wanted()
FIRST: Final = Window("-issue_date")
_FIELDS: Final = (
    "pk",
    "invoice__number",
    "invoice__issue_date",
    "invoice__account__customer_id",
    "invoice__account__customer__name",
    "invoice__account_id",
    "invoice__account__reference",
    "invoice__legal_entity__identity__name",
    "subscription_id",
    "subscription__reference",
    "invoice__currency",
    "invoice__net_minor",
    "invoice__tax_minor",
    "invoice__gross_minor",
    "invoice__settled_minor",
    "deducted_minor",
    "credited_minor",
    "left_minor",
    "state",
)


def advances(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Found[AdvanceRow]:
    """One window of the advances wanted, and how many there are."""
    found = _wanted(_described(scope), wanted)
    rows = window.cut(found, ORDERS).values_list(*_FIELDS)
    return Found(tuple(AdvanceRow(*row) for row in rows), found.count())


def advances_within(scope: Scope, wanted: Wanted) -> tuple[AdvanceRow, ...]:
    """The advances of a contract or an account, the newest first: those that its page has room for."""
    rows = FIRST.cut(_wanted(_described(scope), wanted), ORDERS).values_list(*_FIELDS)
    return tuple(AdvanceRow(*row) for row in rows)


def advance(scope: Scope, invoice_id: int) -> AdvanceDetail:
    """One advance. Raises NotFound when the scope sees none of that key."""
    row = _described(scope).filter(pk=invoice_id).values_list(*_FIELDS).first()
    if row is None:
        raise NotFound(noun="advance")
    return AdvanceDetail(AdvanceRow(*row), _deductions(Q(advance_id=invoice_id)))


def _deductions(which: Q) -> tuple[DeductionRow, ...]:
    standing = Deduction.objects.filter(which).exclude(invoice__state=InvoiceState.CANCELLED)
    rows = (
        standing.values("invoice_id", "invoice__number", "invoice__issue_date", "invoice__kind")
        .annotate(net=Sum("net_minor"), tax=Sum("tax_minor"))
        .order_by("invoice_id")
        .values_list(
            "invoice_id",
            "invoice__number",
            "invoice__issue_date",
            "invoice__kind",
            "net",
            "tax",
            "invoice__currency",
        )
    )
    return tuple(DeductionRow(*row) for row in rows)


def _described(scope: Scope) -> QuerySet[Advance]:
    standing = Deduction.objects.filter(advance=OuterRef("pk")).exclude(invoice__state=InvoiceState.CANCELLED)
    notes = Invoice.objects.filter(
        corrects=OuterRef("pk"), kind=InvoiceKind.CREDIT_NOTE, state=InvoiceState.ISSUED
    )
    seen = Advance.objects.visible_to(scope).filter(invoice__state=InvoiceState.ISSUED)
    described = seen.annotate(
        deducted_minor=_sum(standing, "advance", F("net_minor") + F("tax_minor")),
        credited_minor=-_sum(notes, "corrects", F("gross_minor")),
    ).annotate(left_minor=F("invoice__gross_minor") - F("deducted_minor") - F("credited_minor"))
    return described.annotate(
        state=Case(
            When(left_minor=0, credited_minor__gt=0, then=Value(GIVEN_BACK)),
            When(left_minor=0, then=Value(USED)),
            When(invoice__settled_minor=F("invoice__payable_minor"), then=Value(HELD)),
            default=Value(ASKED),
        )
    )


def _sum(rows: "QuerySet[Deduction] | QuerySet[Invoice]", by: str, amount: Any) -> Coalesce:
    total = rows.order_by().values(by).annotate(total=Sum(amount)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


def _wanted(found: QuerySet[Advance], wanted: Wanted) -> QuerySet[Advance]:
    same = {
        "state": wanted.state,
        "invoice__legal_entity__code": wanted.entity,
        "invoice__account_id": wanted.account_id,
        "subscription_id": wanted.subscription_id,
    }
    found = found.filter(**{column: value for column, value in same.items() if value})
    for word in wanted.text.split():
        found = found.filter(
            Q(invoice__number__istartswith=word)
            | Q(subscription__reference__istartswith=word)
            | Q(invoice__account__customer__reference__istartswith=word)
            | Q(invoice__account__customer__sort_key__contains=sort_key(word))
        )
    return found
