"""From rated charges to numbered, hashed, posted invoices: 13 rows an invoice of three charges.

Three claims, an invoice, three lines, two taxes, an entry and three postings, beside the outcome of the account.
Every guard of production is on: nothing here is switched off for the figures.
"""

import datetime as dt
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from statistics import median
from typing import Any, Final

from django.db import connections

from encaisse.bench.judgement import seed_rules
from encaisse.bench.measure import Case, cpu_s
from encaisse.billing.rules import Selection
from encaisse.catalog.models import Offer, PriceVersion, Product
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
CASES: Final = ("billing", "billing-rated", "billing-ten", "billing-two-workers", "billing-judged")
_COMPARED: Final = frozenset({"billing-two-workers", "billing-judged"})
_CHARGES: Final = {"billing-ten": 10}
_ACTOR: Final = Actor("command", None, "bench")
_SCOPE: Final = Scope(_ACTOR, Level.EVERYTHING, permissions=frozenset({"bill"}))
_FIRST_DAY: Final = dt.date(2026, 1, 1)


def run(
    accounts: int = 20_000,
    rounds: int = 3,
    say: Callable[[str], None] = lambda text: None,
    *,
    case: str = "billing",
) -> dict[str, Any]:
    """Bill `accounts` accounts `rounds` times, a month after the other; raises when a row is missing.

    Each has three open charges, ten in the case `billing-ten`; in `billing-rated` three items of a contract instead,
    whose charges are rated within the measure; in `billing-two-workers` every other run is shared by two processes, and
    in `billing-judged` every other is judged by twenty rules that catch nothing.
    """
    entity_id, products = _seed(accounts)
    if case == "billing-rated":
        _seed_contracts(products)
    judge = seed_rules(entity_id) if case == "billing-judged" else None
    measured, alone = Case(case, accounts, ENFORCED), Case(case, accounts, ENFORCED)
    for turn in range(rounds * (2 if case in _COMPARED else 1)):
        day = dt.date(_FIRST_DAY.year + turn // 12, turn % 12 + 1, 1)
        if case != "billing-rated":
            count = _CHARGES.get(case, 3)
            sql.execute("bench", "seed_charges", {"day": day, "products": products, "count": count})
        _refresh_statistics()
        if judge:
            judge(turn % 2 == 1)
        if case == "billing-two-workers":
            run_id = _bill_shared(entity_id, day, (alone, measured)[turn % 2], 1 + turn % 2)
        else:
            with (alone if judge and turn % 2 == 0 else measured).round():
                run_id = _bill(entity_id, day)
        _assert_whole(run_id, accounts)
        say(f"{turn + 1}/{rounds}")
    result = measured.result()
    if judge:
        result["times_unjudged_cpu"] = round(median(measured.cpu_s) / median(alone.cpu_s), 3)
    elif alone.wall:
        result["times_one_worker"] = round(median(alone.wall) / median(measured.wall), 2)
    return result


def _bill(entity_id: int, day: dt.date) -> int:
    run_id = _start(entity_id, day)
    billing_cycle.draft(run_id, actor=_ACTOR)
    billing_cycle.issue(run_id, actor=_ACTOR)
    return run_id


def _start(entity_id: int, day: dt.date) -> int:
    return billing_cycle.start(
        _SCOPE,
        cutoff_date=day + dt.timedelta(days=1),
        issue_date=day,
        selection=Selection(legal_entity_id=entity_id),
    )


def _bill_shared(entity_id: int, day: dt.date, case: Case, workers: int) -> int:
    """The run is done by so many processes of their own, which take its chunks in turn."""
    run_id = _start(entity_id, day)
    connections.close_all()  # a connection is never shared by two processes
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=forked) as pool:
        list(pool.map(_warm, range(workers)))
        with case.round():
            drafted = sum(pool.map(_draft, [run_id] * workers))
            issued = sum(pool.map(_issue, [run_id] * workers))
        case.cpu_s[-1] += drafted + issued
    return run_id


def _warm(_: int) -> float:
    return cpu_s()


def _draft(run_id: int) -> float:
    before = cpu_s()
    billing_cycle.draft(run_id, actor=_ACTOR)
    return cpu_s() - before


def _issue(run_id: int) -> float:
    before = cpu_s()
    billing_cycle.issue(run_id, actor=_ACTOR)
    return cpu_s() - before


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


def _seed_contracts(products: list[int]) -> None:
    offers = []
    for number, product_id in enumerate(products, 1):
        offer = Offer.objects.create(
            code=f"BENCH-{number}",
            name_fr=f"Offre {number}",
            name_en=f"Offer {number}",
            product_id=product_id,
        )
        PriceVersion.objects.create(
            offer=offer, currency="EUR", valid_from=dt.date(2025, 1, 1), unit_price=Decimal("19.99") + number
        )
        offers.append(offer.pk)
    sql.execute("bench", "seed_contracts", {"first_day": _FIRST_DAY, "offers": offers})


def _product(code: str, tax_class: str) -> int:
    return Product.objects.create(code=code, name_fr=code, name_en=code, tax_class=tax_class).pk


def _refresh_statistics() -> None:
    # As an operator's server would have them between two runs; only the owner may, and nobody does within a run.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
