"""The desk at full size: what each list and page costs the server with a million invoices of 100,000 customers.

The rows are made by SQL over sets, as the owner and without their guards, since only reading is measured; each address
is then asked for by somebody signed in, in this process: middleware, queries, templates, answer.
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, Final, NamedTuple

from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from encaisse.access.models import User
from encaisse.access.operations import users
from encaisse.access.operations.users import Profile
from encaisse.bench.measure import cpu_s
from encaisse.catalog.models import Product
from encaisse.flows.install import install
from encaisse.invoice.models import Invoice, InvoiceKind, Series
from encaisse.judgement.operations.rules import RuleFacts, define
from encaisse.kernel import clock, sql
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.ledger.models import Account
from encaisse.party.models import BillingAccount, Group, Identity, LegalEntity, Rep
from encaisse.payment.models import Payment
from encaisse.tax.models import Tax

GOAL_MS: Final = 100
SEARCH_MS: Final = 50
_REPS: Final = 100
_GROUP: Final = 10
_ACTOR: Final = Actor("command", None, "bench")
_SCOPE: Final = Scope(_ACTOR, Level.EVERYTHING, permissions=frozenset({"configure"}))
_TABLES: Final = (
    "party_customer", "invoice_invoice", "invoice_line", "invoice_invoicetax", "payment_payment", "ledger_entry",
    "ledger_posting", "judgement_quarantine", "judgement_finding",
)  # fmt: skip


class Page(NamedTuple):
    """One address that is measured, under a name of its own."""

    name: str
    address: str


class _Seen(NamedTuple):
    """What one address cost: medians of milliseconds, and the questions that it asked."""

    wall_ms: float
    cpu_ms: float
    queries: int
    slowest: str


def run(
    invoices: int = 1_000_000,
    accounts: int = 100_000,
    rounds: int = 5,
    say: Callable[[str], None] = lambda text: None,
) -> list[dict[str, Any]]:
    """What each list and page costs, seen by who sees everything and by the leader of a group."""
    began = time.perf_counter()
    seed(invoices, accounts, invoices // 20)
    say(f"{time.perf_counter() - began:.0f} s")
    pages = [*_lists(), *_objects()]
    return [
        _told(role, page, _measured(client, page.address, rounds))
        for role, client in _viewers().items()
        for page in pages
    ]


def seed(invoices: int, accounts: int, held: int = 0) -> None:
    """The rows are there, and their statistics; `held` documents more wait in quarantine."""
    install()
    identity = Identity.objects.create(
        name="Banc d’essai", siren="732829320", address_1="1, rue de la Paix", postcode="75002", city="Paris",
        country="FR",
    )  # fmt: skip
    entity = LegalEntity.objects.create(code="BENCH", identity=identity, currency="EUR")
    _people()
    with _unguarded():
        _fill(invoices, accounts, entity, identity)
        if held:
            _hold(held, entity.pk)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _people() -> None:
    groups = [Group.objects.create(code=f"G{n}", name=f"Groupe {n}") for n in range(_REPS // _GROUP)]
    reps = [
        Rep.objects.create(code=f"R{n}", name=f"Commercial {n}", group=groups[n // _GROUP])
        for n in range(_REPS)
    ]
    for place, group in enumerate(groups):
        group.leader = reps[place * _GROUP]
        group.save()


def _hold(held: int, legal_entity_id: int) -> None:
    facts = [RuleFacts(f"Règle {n}", "suspect", "forbid", {"of": "first", "is": "yes"}) for n in range(5)]
    rules = [define(_SCOPE, legal_entity_id, "invoice", each) for each in facts]
    sql.execute("bench", "seed_quarantine", {"count": held, "rules": rules})


def _fill(invoices: int, accounts: int, entity: LegalEntity, identity: Identity) -> None:
    sql.execute("bench", "seed_accounts", {"count": accounts, "legal_entity_id": entity.pk})
    sql.execute("bench", "seed_followed", {"reps": min(_REPS, max(accounts // 5, 1))})
    sql.execute("bench", "seed_sorted", {})
    owned = {"legal_entity": entity, "period": "2026"}
    series = Series.objects.create(kind=InvoiceKind.INVOICE, prefix="F2026-", **owned)
    notes = Series.objects.create(kind=InvoiceKind.CREDIT_NOTE, prefix="A2026-", **owned)
    first = BillingAccount.objects.order_by("pk").values_list("pk", flat=True)[0]
    made = {"count": invoices, "accounts": accounts, "first_account": first}
    whose = {"legal_entity_id": entity.pk, "identity_id": identity.pk}
    sql.execute("bench", "seed_invoices", made | whose | {"series_id": series.pk, "notes_id": notes.pk})
    product = Product.objects.create(code="ABO", name_fr="Abonnement", name_en="Subscription")
    tax = Tax.objects.order_by("pk").values_list("pk", flat=True)[0]
    sql.execute("bench", "seed_lines", {"product_id": product.pk, "tax_id": tax})
    sql.execute("bench", "seed_invoice_taxes", {"tax_id": tax})
    sql.execute("bench", "seed_payments", {})
    sql.execute("bench", "seed_entries", {})
    codes = {"customers": "411", "sales": "706", "vat": "44571", "bank": "512"}
    chart = dict(Account.objects.filter(code__in=codes.values()).values_list("code", "pk"))
    sql.execute("bench", "seed_postings", {name: chart[code] for name, code in codes.items()})
    sql.execute("bench", "seed_day_sums", {})
    sql.execute("bench", "seed_vat_sums", {})


@contextmanager
def _unguarded() -> Iterator[None]:
    """Rows go in as they would stand after years, without passing through the states that led there."""
    with connections["owner"].cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            for table in _TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _viewers() -> dict[str, Client]:
    leader = Rep.objects.get(code="R0").pk
    return {"everything": _signed_in("admin", None), "leader": _signed_in("leader", leader)}


def _signed_in(role: str, rep_id: int | None) -> Client:
    profile = Profile(f"{role}@encaisse.example", role, role, rep_id)
    key = users.create_user(profile, password="only for the bench", actor=_ACTOR)
    client = Client(raise_request_exception=True, headers={"host": "localhost"})
    client.force_login(User.objects.get(pk=key))
    return client


def _lists() -> Iterator[Page]:
    """Each list as it opens, sorted and filtered in the ways that cost most."""
    today = clock.now().date()
    some = Invoice.objects.filter(state="issued").order_by("-pk")[0]
    amount = f"{some.gross_minor / 100:.2f}"
    asked = {
        "invoices": (
            "", "state=open", "state=overdue", "state=settled", "state=approved", "kind=credit_note",
            "sort=-gross_minor", "sort=due_date", "sort=-open_minor", f"q={amount}", f"q={some.number}", "q=F2026-0001",
            "q=Garage", f"since={today - dt.timedelta(days=30)}", "after=" + public_id("inv", some.pk // 2),
        ),
        "quarantine": ("", "sort=-gross_minor", "verdict=reject", "q=Garage", "rule=" + public_id("vru", 1)),
        "payments": ("", "state=left", "sort=-amount_minor", "q=VIR F2026-00012", "q=Garage"),
        "customers": ("", "q=Garage", "sort=-since_date", "rep=R1", "page=1000"),
        "accounts": ("", "q=Garage", "sort=-reference", "page=1000"),
        "contracts": ("",), "usage": ("",), "offers": ("",), "runs": ("",), "cycles": ("",), "jobs": ("",),
        "imports": ("",), "users": ("",),
        "entries": ("", "journal=VE", f"since={today - dt.timedelta(days=30)}", "q=F2026-000012"),
        "balance": ("", f"since={today - dt.timedelta(days=30)}"),
        "vat": ("",), "vat_documents": ("",), "dashboard": ("",),
        "search": ("q=Garage", f"q={some.number}", "q=F2026-0001", f"q={amount}", "q=VIR F2026-00012", "q=c12@client"),
    }  # fmt: skip
    for name, ways in asked.items():
        for way in ways:
            yield Page(f"{name} {way}".strip(), f"{reverse(f'desk:{name}')}?{way}".rstrip("?"))
    yield Page("ledger_account 411", reverse("desk:ledger_account", args=["411"]))


def _objects() -> Iterator[Page]:
    """One page of each kind."""
    made = Invoice.objects.filter(account__customer__rep__code="R0", state="issued").order_by("pk")[0]
    account = made.account
    paid = Payment.objects.filter(account__customer__rep__code="R0").order_by("pk")[0]
    for name, key in (
        ("customer", account.customer_id), ("account", account.pk), ("invoice", made.pk), ("payment", paid.pk),
    ):  # fmt: skip
        yield Page(name, reverse(f"desk:{name}", args=[key]))


class _Questions:
    """Counts what is asked of the database, and remembers what took longest."""

    def __init__(self) -> None:
        self.count, self.longest_ms, self.slowest = 0, 0.0, ""

    def __call__(self, execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        """Ask it, and time it."""
        began = time.perf_counter()
        answer = execute(statement, params, many, context)
        took_ms = (time.perf_counter() - began) * 1000
        self.count += "SAVEPOINT" not in statement
        if took_ms > self.longest_ms:
            self.longest_ms, self.slowest = took_ms, f"{took_ms:.0f} ms {statement} {params}"
        return answer


def _measured(client: Client, address: str, rounds: int) -> _Seen:
    questions = _Questions()
    with connection.execute_wrapper(questions):
        status = client.get(address).status_code
    if status not in (200, 403):
        raise RuntimeError(f"{address} answers {status}")
    walls, cpus = [], []
    for _ in range(rounds):
        cpu, wall = cpu_s(), time.perf_counter()
        client.get(address)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((cpu_s() - cpu) * 1000)
    return _Seen(median(walls), median(cpus), questions.count, questions.slowest)


def _told(role: str, page: Page, seen: _Seen) -> dict[str, Any]:
    goal = SEARCH_MS if page.name.startswith("search") else GOAL_MS
    return {
        "case": f"{page.name} ({role})",
        "wall_ms": round(seen.wall_ms, 1),
        "cpu_ms": round(seen.cpu_ms, 1),
        "queries": seen.queries,
        "goal_ms": goal,
        "reached": seen.wall_ms <= goal,
        "load": round(os.getloadavg()[0], 2),
    }
