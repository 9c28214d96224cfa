"""What a run bills, cut by offer, product, tax, kind of document and way of paying, and its largest accounts."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.db.models import Count, QuerySet, Sum

from encaisse.billing.models import Outcome
from encaisse.billing.queries.runs import run_detail
from encaisse.catalog.models import Offer, Product
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel import sql
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.tax.models import Tax

LARGEST: Final = 20
# What stands for lines that bill no offer, and for the discounts of whole documents.
NO_OFFER: Final = 0
ALLOWANCES: Final = -1


class Cut(NamedTuple):
    """One row: what of, how many documents and lines, and their amounts in one currency.

    `code` is empty for what is no row of the catalogue: `NO_OFFER`, `ALLOWANCES`, and totals. Names are (French,
    English). `tax_minor` is the part of each document's tax that falls on these lines; parts add up to it.
    """

    key: int | None
    code: str
    names: tuple[str, str]
    currency: str
    documents: int
    lines: int
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


class Bundle(NamedTuple):
    """Documents of one kind, of one way of paying, or of one account."""

    code: str
    currency: str
    documents: int
    net_minor: int
    tax_minor: int
    gross_minor: int


class AccountSum(NamedTuple):
    """What a run bills to one account."""

    id: int
    reference: str
    customer_id: int
    customer: str
    currency: str
    documents: int
    net_minor: int
    tax_minor: int
    gross_minor: int


class Report(NamedTuple):
    """What a run bills to visible accounts, largest first in each currency; cancelled drafts apart."""

    totals: tuple[Cut, ...]
    offers: tuple[Cut, ...]
    products: tuple[Cut, ...]
    taxes: tuple[Cut, ...]
    kinds: tuple[Bundle, ...]
    methods: tuple[Bundle, ...]
    accounts: tuple[AccountSum, ...]


def run_report(scope: Scope, run_id: int) -> Report:
    """The report of one run, before its issue as after. Raises NotFound."""
    run_detail(scope, run_id)
    cuts: dict[str, list[tuple[Any, ...]]] = {}
    for cut, *row in sql.rows(
        "insight", "run_report", {"run_id": run_id, "accounts": _visible(scope, run_id)}
    ):
        cuts.setdefault(cut, []).append(tuple(row))
    made = Invoice.objects.visible_to(scope).filter(run_id=run_id).exclude(state=InvoiceState.CANCELLED)
    return Report(
        totals=_cuts(cuts.get("total", []), {}),
        offers=_cuts(cuts.get("offer", []), _names(Offer.objects, cuts.get("offer", []))),
        products=_cuts(cuts.get("product", []), _names(Product.objects, cuts.get("product", []))),
        taxes=_cuts(cuts.get("tax", []), _names(Tax.objects, cuts.get("tax", []))),
        kinds=tuple(Bundle(*row) for row in _summed(made, "kind")),
        methods=tuple(Bundle(*row) for row in _summed(made, "account__payment_method")),
        accounts=tuple(AccountSum(*row) for row in _largest(made)),
    )


def _visible(scope: Scope, run_id: int) -> str | None:
    if scope.sees_every_row:
        return None
    touched = Outcome.objects.filter(
        run_id=run_id, account_id__in=BillingAccount.objects.visible_to(scope).values("pk")
    )
    return sql.array(sorted(set(touched.values_list("account_id", flat=True))))


def _names(rows: Any, found: Iterable[tuple[Any, ...]]) -> dict[int, tuple[str, tuple[str, str]]]:
    keys = [row[0] for row in found]
    named = rows.filter(pk__in=keys).values_list("pk", "code", "name_fr", "name_en")
    return {key: (code, (french, english)) for key, code, french, english in named}


def _cuts(
    found: Iterable[tuple[Any, ...]], names: Mapping[int, tuple[str, tuple[str, str]]]
) -> tuple[Cut, ...]:
    return tuple(Cut(key, *names.get(key, ("", ("", ""))), *row) for key, *row in found)


def _summed(made: "QuerySet[Invoice]", by: str) -> "QuerySet[Invoice, tuple[Any, ...]]":
    rows = made.order_by(by, "currency").values_list(by, "currency")
    return rows.annotate(
        made=Count("*"), net=Sum("net_minor"), tax=Sum("tax_minor"), gross=Sum("gross_minor")
    )


def _largest(made: "QuerySet[Invoice]") -> "QuerySet[Invoice, tuple[Any, ...]]":
    names = (
        "account_id",
        "account__reference",
        "account__customer_id",
        "account__customer__name",
        "currency",
    )
    sums = (
        made.order_by()
        .values_list(*names)
        .annotate(made=Count("*"), net=Sum("net_minor"), tax=Sum("tax_minor"), gross=Sum("gross_minor"))
    )
    return sums.order_by("-gross", "account_id")[:LARGEST]
