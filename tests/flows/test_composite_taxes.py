"""Taxes that stand on each other: an amount for each unit within the base of the VAT, from the price to the books."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.document.queries.contents import issued
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit
from encaisse.invoice.models import Invoice, InvoiceTax, Line
from encaisse.invoice.rules.portion import Cut
from encaisse.ledger.models import Posting
from encaisse.party.models import BillingAccount
from encaisse.tax.models import Rule
from encaisse.tax.operations import add_tax
from encaisse.tax.rules.taxes import Component, Tax
from tests.document.test_cii import official_faults
from tests.flows.stories import SCOPE, bill, rule, seller
from tests.makers import (
    make_account,
    make_charge,
    make_identity,
    make_product,
    make_rate,
    make_scope,
    make_tax,
)

pytestmark = pytest.mark.django_db
ECO = Component("other", Decimal(0), "Éco-contribution", "Eco-tax", "447", Decimal(2), in_base=True)
VAT = Component("vat", Decimal(20), "TVA", "VAT")
ECO_TAXED = Tax("FR-ECO", "TVA et éco-contribution", "VAT and eco-tax", "S", (ECO, VAT))


@pytest.fixture
def account() -> BillingAccount:
    """Who buys equipment in France: 2.00 for each unit, and 20 % of VAT on the price and on that."""
    entity = seller()
    tax_id = add_tax(make_scope("configure"), ECO_TAXED)
    Rule.objects.create(seller_country="FR", tax_class="equipment", buyer_country="FR", tax_id=tax_id)
    return make_account(legal_entity=entity)


def sold(account: BillingAccount, *quantities: str, price: int = 100) -> Invoice:
    """What is issued of so many units of equipment, each quantity a line."""
    product = make_product(tax_class="equipment")
    for quantity in quantities:
        told = {"quantity": quantity, "unit_price": price, "label": f"Lot {quantity}"}
        make_charge(account=account, product=product, **told)
    bill(account.legal_entity)
    return Invoice.objects.get(account=account)


def table(invoice: Invoice) -> list[tuple[str, int, int]]:
    rows = InvoiceTax.objects.filter(invoice=invoice).order_by("position")
    return [*rows.values_list("kind", "base_minor", "tax_minor")]


def test_an_amount_for_each_unit_enters_the_base_of_the_vat(account):
    invoice = sold(account, "1")
    account.identity = make_identity(country="DE", siren="", vat_number="")
    account.save()

    assert table(invoice) == [("other", 10000, 200), ("vat", 10200, 2040)]
    invoice.refresh_from_db()
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (10000, 2240, 12240)
    posted = Posting.objects.filter(entry__invoice=invoice).order_by("account__code")
    assert [*posted.values_list("account__code", "amount_minor")] == [
        ("411", 12240), ("44571", -2040), ("447", -200), ("706", -10000),
    ]  # fmt: skip
    assert official_faults(issued([invoice.pk])[0].content) == []
    assert check() == []


def test_units_are_counted_over_lines_beside_what_bears_no_eco_tax(account):
    rule(make_tax(), "service-plain")
    make_charge(account=account, product=make_product(tax_class="service-plain"), unit_price=50)

    invoice = sold(account, "3", "1.5", price=10)

    assert table(invoice) == [("vat", 5000 + 4500 + 900, 2080), ("other", 4500, 900)]
    assert invoice.gross_minor == 5000 + 4500 + 900 + 2080
    assert official_faults(issued([invoice.pk])[0].content) == []
    assert check() == []


def test_what_is_credited_in_parts_takes_its_eco_tax_and_its_vat_to_the_cent(account):
    invoice = sold(account, "3", "1", price=33)
    first, second = Line.objects.filter(invoice=invoice).order_by("position").values_list("pk", flat=True)
    on = dt.date(2026, 2, 10)

    part = credit(SCOPE, invoice.pk, reason="Retour", issue_date=on, cuts={first: Cut(quantity=Decimal(1))})
    rest = credit(SCOPE, invoice.pk, reason="Retour", issue_date=on)

    notes = Invoice.objects.filter(pk__in=(part, rest)).order_by("pk")
    assert [note.gross_minor for note in notes] == [-4200, -12600]
    assert table(notes[0]) == [("other", -3300, -200), ("vat", -3500, -700)]
    assert sum(note.gross_minor for note in notes) == -invoice.gross_minor
    assert all(official_faults(issued([note.pk])[0].content) == [] for note in notes)
    assert check() == []


def test_it_follows_the_rate_where_the_customer_is_billed_in_another_currency(account):
    make_rate("10.00")
    abroad = make_account(legal_entity=account.legal_entity, currency="MAD")
    make_charge(account=abroad, product=make_product(tax_class="equipment"), currency="EUR")

    bill(account.legal_entity)

    invoice = Invoice.objects.get(account=abroad)
    assert table(invoice) == [("other", 100000, 2000), ("vat", 102000, 20400)]
    assert (invoice.acc_net_minor, invoice.acc_tax_minor) == (10000, 2240)
    assert official_faults(issued([invoice.pk])[0].content) == []
    assert check() == []
