"""The ledger as people see it: entries, accounts and balances, as far as the asker may read and see."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value, Window
from django.db.models.functions import Coalesce

from encaisse.deposit.models import Movement
from encaisse.invoice.models import Invoice
from encaisse.invoice.queries.lists import of_text
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import counted, few_or_query
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import DaySum, Entry, EntryKind, Posting
from encaisse.ledger.queries.countries import countries, shown_as
from encaisse.ledger.queries.day_sums import place
from encaisse.ledger.rules import ChartAccount
from encaisse.payment.models import Payment
from encaisse.payment.queries import paid_by


class Wanted(NamedTuple):
    """Which part of the ledger; an empty field asks nothing. Dates from, to: half-open.

    `text` finds a number or a payment's reference by its beginning, or a customer by name.
    """

    text: str = ""
    journal: str = ""
    kind: str = ""
    entity_id: int | None = None
    account_id: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


EVERY: Final = Wanted()


_ACCOUNT: Final = ("account__code", "account__name_fr", "account__name_en")
_NOTHING: Final = Value("", output_field=TextField())
_BILLED: Final = Coalesce("billing_account__reference", _NOTHING)
_DEBITS: Final = (
    Posting.objects.filter(entry=OuterRef("pk"))
    .order_by()
    .values("entry")
    .values_list(Coalesce(Sum("amount_minor", filter=Q(amount_minor__gt=0)), 0))
)


class EntryRow(NamedTuple):
    """One entry. `piece` is the number of the invoice or the deposit, or the payment's reference; `amount_minor` sums
    debits.
    """

    id: int
    date: dt.date
    journal: str
    kind: str
    piece: str
    invoice_id: int | None
    payment_id: int | None
    deposit_id: int | None
    customer: str
    entity: str
    currency: str
    amount_minor: int
    official_number: int | None
    posted_at: dt.datetime


class PostingRow(NamedTuple):
    """One line of an entry: debit positive, credit negative. Only receivables name a `billing_account`."""

    code: str
    name_fr: str
    name_en: str
    billing_account_id: int | None
    billing_account: str
    amount_minor: int


class EntryDetail(NamedTuple):
    """One entry with its lines, in the order in which they were posted."""

    entry: EntryRow
    postings: tuple[PostingRow, ...]


class BalanceRow(NamedTuple):
    """One account of a trial balance, in one currency; debits and credits are both positive."""

    code: str
    name_fr: str
    name_en: str
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


class AccountMovement(NamedTuple):
    """One posting to an account, with the balance after it, in the currency of its legal entity."""

    entry_id: int
    date: dt.date
    journal: str
    kind: str
    piece: str
    customer: str
    currency: str
    amount_minor: int
    balance_minor: int


def entries(
    scope: Scope, wanted: Wanted = EVERY, *, offset: int = 0, limit: int = 50, after: int | None = None
) -> tuple[list[EntryRow], int | None, bool]:
    """The entries wanted, newest first, how many there are unless they are many, and whether it goes on.

    Those that follow `after` when the list goes on by key, which nobody counts. Raises NotPermitted.
    """
    scope.require("read_ledger")
    found = _wanted(Entry.objects.visible_to(scope), wanted)
    total = counted(found) if after is None else None
    if after is not None:
        day = Entry.objects.filter(pk=after).values("date")[:1]
        found = found.filter(Q(date__lt=day) | Q(date=day, pk__lt=after))
    keys = list(found.order_by("-date", "-pk").values_list("pk", flat=True)[offset : offset + limit + 1])
    return _rows(Entry.objects.filter(pk__in=keys[:limit])), total, len(keys) > limit


def entry(scope: Scope, entry_id: int) -> EntryDetail:
    """One entry with its lines. Raises NotPermitted, NotFound."""
    scope.require("read_ledger")
    found = _rows(Entry.objects.visible_to(scope).filter(pk=entry_id))
    if not found:
        raise NotFound(noun="entry")
    fields = (*_ACCOUNT, "entry__legal_entity__chart", "billing_account_id", _BILLED, "amount_minor")
    lines = Posting.objects.filter(entry_id=entry_id).order_by("pk").values_list(*fields)
    told = countries()
    postings = (
        PostingRow(*told.of(chart, ChartAccount(*names)), *rest)
        for *names, chart, rest in ((*line[:4], line[4:]) for line in lines)
    )
    return EntryDetail(found[0], tuple(postings))


def trial_balance(scope: Scope, wanted: Wanted = EVERY) -> list[BalanceRow]:
    """Every account that was posted to, by code and currency. Raises NotPermitted."""
    scope.require("read_ledger")
    if _is_summed(scope, wanted):
        return _shown(_summed(scope, wanted))
    of_entity = ("entry__legal_entity__chart", "entry__legal_entity__currency")
    sums = _postings(scope, wanted).order_by().values_list(*_ACCOUNT, *of_entity)
    return _shown(
        sums.annotate(
            debit=Coalesce(Sum("amount_minor", filter=Q(amount_minor__gt=0)), 0),
            credit=-Coalesce(Sum("amount_minor", filter=Q(amount_minor__lt=0)), 0),
        )
    )


def _shown(sums: Iterable[tuple[Any, ...]]) -> list[BalanceRow]:
    """Sums by operating account, chart and currency as books show them: by the accounts of their country."""
    told = countries()
    shown: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for code, name_fr, name_en, chart, currency, debit, credit in sums:
        key = (*told.of(chart, ChartAccount(code, name_fr, name_en)), currency)
        before = shown.get(key, (0, 0))
        shown[key] = (before[0] + debit, before[1] + credit)
    ordered = sorted(shown, key=lambda key: (key[0], key[-1]))
    return [BalanceRow(*key, *shown[key]) for key in ordered]


def account_ledger(
    scope: Scope, code: str, wanted: Wanted = EVERY, *, offset: int = 0, limit: int = 50
) -> tuple[list[AccountMovement], int]:
    """The postings to one account of the chart in order of date, and how many there are.

    Each has the balance after it since the first one wanted, kept by currency. Raises NotPermitted, NotFound.
    """
    scope.require("read_ledger")
    posted = shown_as(code, "entry__legal_entity__")
    if _is_summed(scope, wanted):
        return _by_days(scope, code, wanted, offset, limit)
    found = _postings(scope, wanted).filter(posted)
    order = (F("entry__date").asc(), F("entry_id").asc(), F("pk").asc())
    balance = Window(Sum("amount_minor"), partition_by=F("entry__legal_entity__currency"), order_by=order)
    page = found.annotate(balance=balance).order_by(*order)[offset : offset + limit]
    return [AccountMovement(*row) for row in page.values_list(*_moved(), "balance")], found.count()


def _moved() -> tuple[Any, ...]:
    """What a movement says of itself, its balance apart."""
    return (
        "entry_id", "entry__date", "entry__journal", "entry__kind", _piece("entry__"), _customer("entry__"),
        "entry__legal_entity__currency", "amount_minor",
    )  # fmt: skip


def _is_summed(scope: Scope, wanted: Wanted) -> bool:
    """Whether the sums by account and day answer: they know neither customers nor pieces."""
    return scope.sees_every_customer and not (wanted.text or wanted.kind or wanted.account_id)


def _days(scope: Scope, wanted: Wanted, prefix: str = "") -> Q:
    """The same of what is summed by day, and of entries by their `prefix`."""
    equal = {
        "journal": wanted.journal,
        "legal_entity_id": wanted.entity_id,
        "date__gte": wanted.date_from,
        "date__lt": wanted.date_to,
    }
    asked = {f"{prefix}{name}": value for name, value in equal.items() if value}
    return scope.entities(f"{prefix}legal_entity_id") & Q(**asked)


def _summed(scope: Scope, wanted: Wanted) -> Iterable[tuple[Any, ...]]:
    rows = DaySum.objects.filter(_days(scope, wanted)).order_by()
    named = rows.values_list(*_ACCOUNT, "legal_entity__chart", "legal_entity__currency")
    return named.annotate(debit=Sum("debit_minor"), credit=Sum("credit_minor"))


def _by_days(
    scope: Scope, code: str, wanted: Wanted, offset: int, limit: int
) -> tuple[list[AccountMovement], int]:
    """One page of an account, read from the day where it begins; its balance goes on from what came before."""
    days = DaySum.objects.filter(_days(scope, wanted), shown_as(code, "legal_entity__"))
    at = place(days, offset, limit)
    if at is None:
        return [], days.aggregate(many=Sum("postings", default=0))["many"]
    found = Posting.objects.filter(_days(scope, wanted, "entry__"), shown_as(code, "entry__legal_entity__"))
    found = found.filter(entry__date__gte=at.first, entry__date__lte=at.last)
    found = found.order_by("entry__date", "entry_id", "pk")
    balances = Counter(at.opening)
    for currency, amount_minor in found.values_list("entry__legal_entity__currency", "amount_minor")[
        : at.skipped
    ]:
        balances[currency] += amount_minor
    movements = []
    for row in found.values_list(*_moved())[at.skipped : at.skipped + limit]:
        balances[row[-2]] += row[-1]
        movements.append(AccountMovement(*(*row, balances[row[-2]])))
    return movements, at.total


def _postings(scope: Scope, wanted: Wanted) -> QuerySet[Posting]:
    found = Posting.objects.visible_to(scope)
    return found if wanted == EVERY else found.filter(entry__in=_wanted(Entry.objects.all(), wanted))


def _wanted(found: QuerySet[Entry], wanted: Wanted) -> QuerySet[Entry]:
    equal = {
        "journal": wanted.journal,
        "kind": wanted.kind,
        "legal_entity_id": wanted.entity_id,
        "date__gte": wanted.date_from,
        "date__lt": wanted.date_to,
    }
    found = found.filter(**{name: value for name, value in equal.items() if value})
    if wanted.account_id:
        of_documents = Q(invoice__account_id=wanted.account_id) | Q(payment__account_id=wanted.account_id)
        found = found.filter(of_documents | Q(movement__deposit__account_id=wanted.account_id))
    if wanted.text:
        found = found.filter(_of_text(wanted.text))
    return found


def _of_text(text: str) -> Q:
    """Entries of the documents and payments that the text finds, each kind by the index that it has."""
    documents = few_or_query(Invoice.objects.filter(of_text(text)), "pk")
    of_document = Q()
    for kinds in (
        (EntryKind.INVOICE,),
        (EntryKind.VAT_COLLECTED,),
        (EntryKind.OPENING, EntryKind.OPENING_WITHDRAWN),
    ):
        of_document |= Q(kind__in=kinds, invoice_id__in=documents)
    paid = Q(payment_id__in=few_or_query(Payment.objects.filter(paid_by(text)), "pk"))
    moved = few_or_query(Movement.objects.filter(deposit__number__istartswith=text), "pk")
    return of_document | paid | Q(kind=EntryKind.DEPOSIT, movement_id__in=moved)


def _piece(prefix: str = "") -> Coalesce:
    pieces = ("invoice__number", "payment__reference", "movement__deposit__number")
    return Coalesce(*(f"{prefix}{each}" for each in pieces), _NOTHING)


def _customer(prefix: str = "") -> Coalesce:
    pieces = ("invoice", "payment", "movement__deposit")
    return Coalesce(*(f"{prefix}{each}__account__customer__name" for each in pieces), _NOTHING)


def _rows(found: QuerySet[Entry]) -> list[EntryRow]:
    fields = (
        "pk", "date", "journal", "kind", _piece(), "invoice_id", "payment_id",
        "movement__deposit_id", _customer(),
        "legal_entity__identity__name", "legal_entity__currency", Subquery(_DEBITS), "fecnumber__number",
        "posted_at",
    )  # fmt: skip
    return [EntryRow(*row) for row in found.order_by("-date", "-pk").values_list(*fields)]
