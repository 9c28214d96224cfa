"""From rated charges to numbered, hashed, posted invoices: 13 rows an invoice.

Three claims, an invoice, three lines, two taxes, an entry and three postings, beside the outcome of the account.
Every guard of production is on: nothing here is switched off for the figures.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from django.db import connections

from encaisse.bench.measure import Case
from encaisse.billing.rules import Selection
from encaisse.catalog.models import Product
from encaisse.flows import billing_cycle
from encaisse.invoice.models import Invoice
from encaisse.kernel import sql
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.ledger import operations as ledger
from encaisse.party.models import Identity, LegalEntity
from encaisse.tax.models import Component, Rule, Tax

ENFORCED: Final = (
    "unique fate of charges, references by set, transitions, freeze, series and hash chain, balanced entries, "
    "invoice issued with its entry"
)
_ACTOR: Final = Actor("command", None, "bench")
_SCOPE: Final = Scope(_ACTOR, Level.EVERYTHING, permissions=frozenset({"bill"}))
_FIRST_DAY: Final = dt.date(2026, 1, 1)


def run(
    accounts: int = 20_000, rounds: int = 3, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Bill `accounts` accounts of three open charges each, `rounds` times; raises when a row is missing."""
    entity_id, products = _seed(accounts)
    case = Case("billing", accounts, ENFORCED)
    for turn in range(rounds):
        day = _FIRST_DAY + dt.timedelta(days=turn)
        sql.execute("bench", "seed_charges", {"day": day, "products": products})
        _refresh_statistics()
        with case.round():
            run_id = _bill(entity_id, day)
        _assert_whole(run_id, accounts)
        say(f"{turn + 1}/{rounds}")
    return case.result()


def _bill(entity_id: int, day: dt.date) -> int:
    cutoff = day + dt.timedelta(days=1)
    run_id = billing_cycle.start(
        _SCOPE, cutoff_date=cutoff, issue_date=day, selection=Selection(legal_entity_id=entity_id)
    )
    billing_cycle.draft(run_id, actor=_ACTOR)
    billing_cycle.issue(run_id, actor=_ACTOR)
    return run_id


def _assert_whole(run_id: int, accounts: int) -> None:
    issued = Invoice.objects.filter(run_id=run_id, state="issued", link__isnull=False).count()
    if issued != accounts:
        raise RuntimeError(f"{issued} invoices issued out of {accounts}")


def _seed(accounts: int) -> tuple[int, list[int]]:
    ledger.install_chart()
    identity = Identity.objects.create(
        name="Banc d’essai", siren="732829320", vat_number="FR44732829320", address_1="1, rue de la Paix",
        postcode="75002", city="Paris", country="FR",
    )  # fmt: skip
    entity = LegalEntity.objects.create(code="BENCH", identity=identity, currency="EUR")
    for tax_class, rate in (("bench-a", "20"), ("bench-b", "5.5")):
        tax = Tax.objects.create(code=tax_class, name_fr="TVA", name_en="VAT", category="S")
        Component.objects.create(tax=tax, position=1, label_fr="TVA", label_en="VAT", rate=Decimal(rate))
        Rule.objects.create(seller_country="FR", tax_class=tax_class, tax=tax)
    products = [
        _product(f"BENCH-{n}", tax_class) for n, tax_class in enumerate(("bench-a", "bench-a", "bench-b"))
    ]
    sql.execute("bench", "seed_accounts", {"count": accounts, "legal_entity_id": entity.pk})
    return entity.pk, products


def _product(code: str, tax_class: str) -> int:
    return Product.objects.create(code=code, name_fr=code, name_en=code, tax_class=tax_class).pk


def _refresh_statistics() -> None:
    # As an operator's server would have them between two runs; only the owner may, and nobody does within a run.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
