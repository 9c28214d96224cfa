"""What stories of billing begin with."""

import datetime as dt
from decimal import Decimal

from encaisse.billing.rules import Selection
from encaisse.flows import billing_cycle
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.ledger import operations as ledger
from encaisse.party.models import LegalEntity
from encaisse.tax.models import Component, Rule, Tax
from tests.makers import make_entity, make_tax

ACTOR = Actor("user", 7, "Camille")
SCOPE = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset({"bill", "issue", "credit"}))
FIRST_OF_FEBRUARY = dt.date(2026, 2, 1)


def seller(**fields: object) -> LegalEntity:
    """A seller in Paris, with the chart of accounts and French VAT at 20 % for whatever is sold in France."""
    ledger.install_chart()
    entity = make_entity(**fields)
    if not Rule.objects.filter(seller_country="FR", tax_class="service", buyer_country="FR").exists():
        rule(make_tax(), "service")
    return entity


def rule(tax: Tax, tax_class: str, country: str = "FR") -> None:
    """Sales of this class to this country bear this tax."""
    Rule.objects.create(seller_country="FR", tax_class=tax_class, buyer_country=country, tax=tax)


def composite(*rates: str) -> Tax:
    """A tax of a first VAT component and of others that are not VAT."""
    tax = make_tax(rates[0])
    for position, rate in enumerate(rates[1:], 2):
        Component.objects.create(
            tax=tax,
            position=position,
            kind="other",
            label_fr="Éco-taxe",
            label_en="Eco-tax",
            rate=Decimal(rate),
        )
    return tax


def bill(entity: LegalEntity, on: dt.date = FIRST_OF_FEBRUARY, *, issue: bool = True) -> int:
    """Run the billing of everything before that day, issued on it."""
    run_id = billing_cycle.start(
        SCOPE, cutoff_date=on, issue_date=on, selection=Selection(legal_entity_id=entity.pk)
    )
    billing_cycle.draft(run_id, actor=ACTOR)
    if issue:
        billing_cycle.issue(run_id, actor=ACTOR)
    return run_id
