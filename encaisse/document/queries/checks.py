"""Documents and the official rules: which are still to be examined, and what people must look at."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, TextField, Value

from encaisse.document.checking import RULES, Assert
from encaisse.document.models import Check, Document, DocumentKind, Failure, Verdict
from encaisse.document.rules import answers_to_en_16931
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope

# What a failure to examine is called; any other is of the making.
UNREAD: Final = "check_"
# What counts as an alarm is counted to here: beyond, a person has one thing to look at, not ten thousand.
COUNTED: Final = 10_000
INVOICE: Final = ("pk", "number", "issue_date", "account__customer_id", "account__customer__name")


class Unchecked(NamedTuple):
    """A document still to be examined."""

    document_id: int
    invoice_id: int
    file_id: int
    number: str
    seller_country: str


class Alarms(NamedTuple):
    """How many documents could not be made, break a rule, or could not be examined."""

    not_made: int
    failed: int
    unread: int


class Checks(NamedTuple):
    """What became of the documents of a run."""

    made: int
    not_made: int
    passed: int
    failed: int


class DocumentRow(NamedTuple):
    """One document of the list: of which invoice, and what was said of it last."""

    invoice_id: int
    number: str
    issue_date: dt.date
    customer_id: int
    customer: str
    at: dt.datetime
    asserts: tuple[Assert, ...]
    code: str
    facts: Mapping[str, Any]


def unchecked(first_invoice: int, last_invoice: int) -> list[Unchecked]:
    """The originals of these invoices that the rules of today have not examined, in order.

    What a seller beyond Europe issues carries no data to examine.
    """
    known = Check.objects.filter(document=OuterRef("pk"), rules=RULES)
    found = Document.objects.filter(
        invoice__gte=first_invoice, invoice__lte=last_invoice, kind=DocumentKind.ORIGINAL
    )
    columns = ("pk", "invoice_id", "file_id", "invoice__number", "invoice__seller_identity__country")
    rows: QuerySet[Document, tuple[Any, ...]] = found.exclude(Exists(known)).values_list(*columns)
    found_in_order = (Unchecked(*row) for row in rows.order_by("invoice_id", "pk"))
    return [each for each in found_in_order if answers_to_en_16931(each.seller_country)]


def alarms(scope: Scope) -> Alarms:
    """How many documents of the asker's invoices somebody must look at."""
    sets = {"not_made": _not_made(scope), "failed": _failed(scope), "unread": _unread(scope)}
    first, *others = (
        found.order_by().values_list(Value(name, TextField()))[:COUNTED] for name, found in sets.items()
    )
    told = Counter(name for (name,) in first.union(*others, all=True))
    return Alarms(*(told[name] for name in sets))


def checks_of_run(scope: Scope, run_id: int) -> Checks:
    """What became of the documents of the visible invoices of a run."""
    mine = Invoice.objects.visible_to(scope).filter(run_id=run_id)
    documents = Document.objects.filter(invoice__in=mine, kind=DocumentKind.ORIGINAL)
    latest = Check.objects.filter(document__in=documents, rules=RULES).aggregate(
        passed=Count("pk", filter=Q(verdict=Verdict.PASSED)),
        failed=Count("pk", filter=Q(verdict=Verdict.FAILED)),
    )
    not_made = _not_made(scope).filter(run_id=run_id).count()
    return Checks(documents.count(), not_made, latest["passed"], latest["failed"])


def not_made(scope: Scope, window: Window) -> Found[DocumentRow]:
    """Issued invoices whose document could not be made, and why, newest first."""
    return _failures(_not_made(scope), window)


def unread(scope: Scope, window: Window) -> Found[DocumentRow]:
    """Invoices whose document could not be examined, and why, newest first."""
    return _failures(_unread(scope), window)


def examined(scope: Scope, verdict: str, window: Window) -> Found[DocumentRow]:
    """Documents of which the rules said this, newest first; those that broke one, until that is resolved.

    `window.after` is the invoice of the last one seen.
    """
    passed = Check.objects.visible_to(scope).filter(rules=RULES, verdict=verdict)
    found = _failed(scope) if verdict == Verdict.FAILED else passed
    columns = (*(f"document__invoice__{name}" for name in INVOICE), "checked_at", "asserts")
    seen = Check.objects.filter(rules=RULES, document__invoice=window.after)
    further = found if window.after is None else found.filter(pk__lt=Subquery(seen.values("pk")[:1]))
    rows: QuerySet[Check, tuple[Any, ...]] = further.order_by("-pk").values_list(*columns)
    page = rows[window.offset : window.offset + window.size]
    listed = tuple(DocumentRow._make((*row[:-1], _asserts(row[-1]), "", {})) for row in page)
    return Found(listed, found.values("pk")[:COUNTED].count())


def to_make_again(scope: Scope, invoice_id: int) -> None:
    """The scope sees the invoice, whose document could not be made or examined. Raises NotFound."""
    if not (_not_made(scope) | _unread(scope)).filter(pk=invoice_id).exists():
        raise NotFound(noun="document")


def all_to_make_again(scope: Scope) -> list[int]:
    """Every visible invoice whose document could not be made or examined, in order."""
    keys = {*_not_made(scope).values_list("pk", flat=True), *_unread(scope).values_list("pk", flat=True)}
    return sorted(keys)


def _not_made(scope: Scope) -> QuerySet[Invoice]:
    made = Document.objects.filter(invoice=OuterRef("pk"), kind=DocumentKind.ORIGINAL)
    failed = Failure.objects.exclude(code__startswith=UNREAD).values("invoice")
    return Invoice.objects.visible_to(scope).filter(pk__in=failed).exclude(Exists(made))


def _unread(scope: Scope) -> QuerySet[Invoice]:
    known = Check.objects.filter(document__invoice=OuterRef("pk"), rules=RULES)
    failed = Failure.objects.filter(code__startswith=UNREAD).values("invoice")
    return Invoice.objects.visible_to(scope).filter(pk__in=failed).exclude(Exists(known))


def _failed(scope: Scope) -> QuerySet[Check]:
    """It stands until newer rules pass the document, or its invoice is credited whole."""
    credited = Invoice.objects.issued().filter(
        corrects=OuterRef("document__invoice"), gross_minor=-OuterRef("document__invoice__gross_minor")
    )
    failed = Check.objects.visible_to(scope).filter(rules=RULES, verdict=Verdict.FAILED)
    return failed.exclude(Exists(credited))


def _failures(found: QuerySet[Invoice], window: Window) -> Found[DocumentRow]:
    further = found if window.after is None else found.filter(pk__lt=window.after)
    rows: QuerySet[Invoice, tuple[Any, ...]] = further.order_by("-pk").values_list(*INVOICE)
    page = list(rows[window.offset : window.offset + window.size])
    ours = Failure.objects.filter(invoice__in=[row[0] for row in page])
    last = ours.values("invoice").annotate(last=Max("pk")).values("last")
    told = {each.invoice_id: each for each in Failure.objects.filter(pk__in=last)}
    found_on = ((row, told[row[0]]) for row in page)
    listed = tuple(DocumentRow._make((*row, each.at, (), each.code, each.facts)) for row, each in found_on)
    return Found(listed, found.values("pk")[:COUNTED].count())


def _asserts(stored: list[list[str]]) -> tuple[Assert, ...]:
    return tuple(Assert(*each) for each in stored)
