"""Lists of invoices as people see them, and what a run made. Only of the accounts that the asker may see."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When

from encaisse.billing.models import Claim
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState, Line, Series
from encaisse.invoice.rules.numbers import numbers_beginning
from encaisse.kernel import clock
from encaisse.kernel.lists import (
    COUNTED,
    COUNTED_APART,
    Among,
    Piece,
    Window,
    few,
    few_or_query,
    grouped,
    merged_keys,
)
from encaisse.kernel.money import CURRENCIES, to_minor
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, BuyerReference, Customer, LegalEntity
from encaisse.party.rules.names import sort_key

OPEN: Final = Case(
    When(state=InvoiceState.ISSUED, then=F("payable_minor") - F("settled_minor")),
    default=Value(0),
    output_field=BigIntegerField(),
)
REST: Final = F("payable_minor") - F("settled_minor")
NOTHING: Final = Value(0, output_field=BigIntegerField())
SORTS: Final[Mapping[str, str]] = {
    "issue_date": "issue_date",
    "due_date": "due_date",
    "gross_minor": "gross_minor",
    "open_minor": "rest",
}
DATED: Final = frozenset({"issue_date", "due_date"})
# Days late, first and last, of each band of an aged balance.
BANDS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "not_due": (None, 0),
    "late_1_30": (1, 30),
    "late_31_60": (31, 60),
    "late_61_90": (61, 90),
    "late_over_90": (91, None),
}
OVERDUE: Final = (1, None)


class Wanted(NamedTuple):
    """What a list of invoices is asked for; an empty field asks nothing.

    `text` finds a number or an order by its beginning, a customer by name or reference. `amount` is a total in main
    units, whatever its sign. `settlement` is `open`, `overdue`, `settled` or a key of `BANDS`. `offer`, `product`
    and `tax` are the code of what a line bills. `issued_to` is exclusive; `among` narrows it to keys.
    """

    text: str = ""
    state: str = ""
    kind: str = ""
    settlement: str = ""
    currency: str = ""
    entity_id: int | None = None
    customer_id: int | None = None
    account_id: int | None = None
    run_id: int | None = None
    offer: str = ""
    product: str = ""
    tax: str = ""
    payment_method: str = ""
    issued_from: dt.date | None = None
    issued_to: dt.date | None = None
    amount: Decimal | None = None
    among: Among | None = None


class InvoiceRow(NamedTuple):
    """One document of a list. `days_late` is positive once it is open and past its due date."""

    id: int
    kind: str
    state: str
    number: str | None
    issue_date: dt.date | None
    due_date: dt.date | None
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity_id: int
    entity: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    payable_minor: int
    settled_minor: int
    days_late: int = 0
    made_elsewhere: bool = False

    @property
    def open_minor(self) -> int:
        """What is still to be settled; negative on a credit note, nothing on a draft."""
        return self.payable_minor - self.settled_minor if self.state == InvoiceState.ISSUED else 0


class Total(NamedTuple):
    """Documents of one currency, counted and summed."""

    currency: str
    documents: int
    gross_minor: int
    open_minor: int


class Listed(NamedTuple):
    """One page of a list, and whether it goes on. `totals` is None when there were too many to count."""

    rows: list[InvoiceRow]
    totals: list[Total] | None
    more: bool


class _Part(NamedTuple):
    """Rows of a list that are read together, and whether all of them are known to be issued."""

    rows: "QuerySet[Any, Any]"
    is_issued: bool


class RunTotal(NamedTuple):
    """What a run made, in one currency and state."""

    currency: str
    state: str
    documents: int
    net_minor: int
    tax_minor: int
    gross_minor: int


EVERY: Final = Wanted()
FIRST: Final = Window()


def invoices(
    scope: Scope,
    wanted: Wanted = EVERY,
    *,
    window: Window = FIRST,
    after: int | None = None,
    counted: bool = True,
) -> Listed:
    """One page of the documents wanted, newest first unless the sort, a key of `SORTS`, says otherwise.

    Short lists are counted and paged by offset; a long one goes on `after` the key of the last row seen.
    """
    days = business_days()
    found = _wanted(Invoice.objects.visible_to(scope), wanted, days)
    parts = _parts(found, wanted, window.sort)
    indexed = scope.sees_every_customer and not wanted.text
    most = COUNTED if indexed else COUNTED_APART
    totals = _totals(parts, most) if counted and not after else None
    keys = _keys(parts, window, after)
    page = described(Invoice.objects.filter(pk__in=keys[: window.size]))
    rows = {invoice.pk: row_of(invoice, days) for invoice in page}
    return Listed([rows[key] for key in keys[: window.size]], totals, more=len(keys) > window.size)


def keys(
    scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST, after: int | None = None
) -> list[int]:
    """The keys of one page of the documents wanted, in its order, and of the row after it."""
    # Whose day has come is asked for only where something depends on it.
    days = business_days() if wanted.settlement else {}
    found = _wanted(Invoice.objects.visible_to(scope), wanted, days)
    return _keys(_parts(found, wanted, window.sort), window, after)


def run_totals(scope: Scope, run_id: int) -> list[RunTotal]:
    """What a run made of the visible accounts, by currency and state; cancelled drafts apart."""
    made = Invoice.objects.visible_to(scope).filter(run_id=run_id).exclude(state=InvoiceState.CANCELLED)
    sums = made.order_by("currency", "state").values_list("currency", "state")
    return [
        RunTotal(*row)
        for row in sums.annotate(
            made=Count("*"), net=Sum("net_minor"), tax=Sum("tax_minor"), gross=Sum("gross_minor")
        )
    ]


def business_days() -> dict[int, dt.date]:
    """Today's business date of each legal entity, in its time zone."""
    return {key: clock.today(zone) for key, zone in LegalEntity.objects.values_list("pk", "timezone")}


def late(band: tuple[int | None, int | None], days: Mapping[int, dt.date]) -> Q:
    """The condition that an invoice is late by a number of days within `band`, on each entity's own date."""
    return _any(
        Q(legal_entity_id__in=entities) & _due(today, band)
        for today, entities in _entities_by_day(days).items()
    )


def _entities_by_day(days: Mapping[int, dt.date]) -> dict[dt.date, list[int]]:
    entities: dict[dt.date, list[int]] = {}
    for entity, today in days.items():
        entities.setdefault(today, []).append(entity)
    return entities


def _due(today: dt.date, band: tuple[int | None, int | None]) -> Q:
    first, last = band
    condition = Q()
    if first is not None:
        condition &= Q(due_date__lte=today - dt.timedelta(days=first))
    if last is not None:
        condition &= Q(due_date__gte=today - dt.timedelta(days=last))
    return condition


def _any(conditions: Iterable[Q]) -> Q:
    met = Q(pk__in=())
    for condition in conditions:
        met |= condition
    return met


def _wanted(found: QuerySet[Invoice], wanted: Wanted, days: Mapping[int, dt.date]) -> QuerySet[Invoice]:
    same: dict[str, Any] = {
        "state": wanted.state,
        "kind": wanted.kind,
        "currency": wanted.currency,
        "legal_entity_id": wanted.entity_id,
        "account_id": wanted.account_id,
        "run_id": wanted.run_id,
        "issue_date__gte": wanted.issued_from,
        "issue_date__lt": wanted.issued_to,
        "account__customer_id": wanted.customer_id,
        "account__payment_method": wanted.payment_method,
    }
    found = found.filter(**{name: value for name, value in same.items() if value})
    found = found.filter(_billing(wanted))
    if wanted.amount is not None:
        found = found.filter(_of_amount(wanted.amount))
    if wanted.among is not None:
        found = found.filter(pk__in=wanted.among.keys)
    if wanted.text:
        found = found.filter(of_text(wanted.text))
    return _settled(found, wanted.settlement, days)


def _billing(wanted: Wanted) -> Q:
    lines = Line.objects.filter(invoice_id=OuterRef("pk"))
    met = Q()
    if wanted.product:
        met &= Q(Exists(lines.filter(product__code=wanted.product)))
    if wanted.tax:
        met &= Q(Exists(lines.filter(tax__code=wanted.tax)))
    if wanted.offer:
        claims = Claim.objects.filter(line=OuterRef("pk"), charge__item__offer__code=wanted.offer)
        met &= Q(Exists(lines.filter(Exists(claims))))
    return met


def _settled(found: QuerySet[Invoice], word: str, days: Mapping[int, dt.date]) -> QuerySet[Invoice]:
    if word == "":
        return found
    if word == "settled":
        return found.filter(state=InvoiceState.ISSUED).alias(left=REST).filter(left=0)
    found = found.filter(state=InvoiceState.ISSUED).exclude(settled_minor=F("payable_minor"))
    if word == "open":
        return found
    return found.filter(late(BANDS.get(word, OVERDUE), days), kind=InvoiceKind.INVOICE)


def _of_amount(amount: Decimal) -> Q:
    sizes: dict[int, list[str]] = {}
    for currency in sorted(CURRENCIES):
        sizes.setdefault(to_minor(abs(amount), currency), []).append(currency)
    # The amount first: of most rows nothing else is asked then.
    met = _any(Q(gross_minor__in=(size, -size)) & Q(currency__in=codes) for size, codes in sizes.items())
    return Q(gross_minor__in=[sign * size for size in sizes for sign in (1, -1)]) & met


def of_text(text: str) -> Q:
    """The condition that a document is found by a text: its number, its order, its customer or account."""
    named = {"sort_key__contains": sort_key(text), "reference__iexact": text}
    customers = Customer.objects.filter(_either(named)).values("pk")
    accounts = few(BillingAccount.objects.filter(customer__in=customers), "pk")
    bought = _either(named, "account__customer__") if accounts is None else Q(account_id__in=accounts)
    ordered = BuyerReference.objects.filter(order_reference__istartswith=text)
    # By account first, which has an index; the reference has none.
    under_order = Q(
        account_id__in=few_or_query(ordered, "account_id"), buyer_reference_id__in=few_or_query(ordered, "pk")
    )
    own = BillingAccount.objects.filter(reference__iexact=text).values_list("pk", flat=True)
    met = bought | Q(account_id__in=list(own)) | _numbered(text.upper())
    return met | under_order if ordered.exists() else met


def _either(asked: Mapping[str, str], prefix: str = "") -> Q:
    return _any(Q(**{f"{prefix}{name}": value}) for name, value in asked.items())


def _numbered(text: str) -> Q:
    """Documents whose number begins so: whole series, or places within a series, which has an index."""
    met = Q(made_elsewhere=True, state=InvoiceState.ISSUED, number__startswith=text)
    for series in Series.objects.all():
        if series.prefix.startswith(text):
            met |= Q(series_id=series.pk)
        elif text.startswith(series.prefix):
            places = numbers_beginning(text.removeprefix(series.prefix), series.width)
            met |= _any(Q(series_id=series.pk, sequence__range=each) for each in places)
    return met


def _parts(found: QuerySet[Invoice], wanted: Wanted, sort: str) -> list[_Part]:
    """The list as it is read: whole in the order of its keys, else what is issued and what is not, each of which has
    indexes of its own, or one of them when the other has nothing.
    """
    issued = _Part(found.filter(state=InvoiceState.ISSUED).annotate(rest=REST), is_issued=True)
    others = _Part(found.exclude(state=InvoiceState.ISSUED).annotate(rest=NOTHING), is_issued=False)
    # What is not issued has no dates.
    dated = wanted.issued_from or wanted.issued_to
    if wanted.settlement or dated or wanted.state == InvoiceState.ISSUED:
        return [issued]
    if wanted.state:
        return [others]
    if sort.removeprefix("-") in SORTS or wanted.amount is not None:
        return [issued, others]
    return [_Part(found.annotate(rest=OPEN), is_issued=False)]


def _totals(parts: Sequence[_Part], most: int) -> list[Total] | None:
    first, *others = [part.rows.order_by().values("currency", "gross_minor", "rest") for part in parts]
    rows = first.union(*others, all=True) if others else first
    sums = [Total(*row) for row in grouped(rows[: most + 1], "currency", "gross_minor", "rest")]
    return sums if sum(total.documents for total in sums) <= most else None


def _keys(parts: Sequence[_Part], window: Window, after: int | None) -> list[int]:
    """The keys of one page and of the row after it, in the order of the list."""
    name = window.sort.removeprefix("-")
    column = SORTS.get(name, "pk")
    falling = window.sort != name or name not in SORTS
    # What is issued has its dates, what is not has none.
    pieces = [Piece(part.rows, has_value=part.is_issued or column not in DATED) for part in parts]
    return merged_keys(pieces, column, replace(window, after=after), falling=falling)


def described(found: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The same invoices with what their rows name, so that no row asks again."""
    return found.select_related("legal_entity__identity", "account__customer")


def row_of(invoice: Invoice, days: Mapping[int, dt.date]) -> InvoiceRow:
    """One invoice as lists show it, late or not on the business day of its legal entity."""
    account = invoice.account
    return InvoiceRow(
        id=invoice.pk,
        kind=invoice.kind,
        state=invoice.state,
        number=invoice.number,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        customer_id=account.customer_id,
        customer=account.customer.name,
        account_id=account.pk,
        account=account.reference,
        entity_id=invoice.legal_entity_id,
        entity=invoice.legal_entity.identity.name,
        currency=invoice.currency,
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        gross_minor=invoice.gross_minor,
        payable_minor=invoice.payable_minor,
        settled_minor=invoice.settled_minor,
        days_late=_days_late(invoice, days[invoice.legal_entity_id]),
        made_elsewhere=invoice.made_elsewhere,
    )


def _days_late(invoice: Invoice, today: dt.date) -> int:
    claims = invoice.state == InvoiceState.ISSUED and invoice.kind == InvoiceKind.INVOICE
    if not claims or invoice.due_date is None or invoice.settled_minor == invoice.payable_minor:
        return 0
    return max(0, (today - invoice.due_date).days)
