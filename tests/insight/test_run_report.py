"""The report of a run: its parts add up to its documents, of the accounts that the asker sees."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.billing.models import DocumentDiscount
from encaisse.insight.queries.run_comparison import run_comparison
from encaisse.insight.queries.run_report import ALLOWANCES, NO_OFFER, run_report
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Level, Scope
from tests.flows.stories import ACTOR, bill, composite, rule, seller
from tests.makers import (
    MARCH,
    make_account,
    make_charge,
    make_customer,
    make_price,
    make_product,
    make_rep,
    make_subscription,
)

pytestmark = pytest.mark.django_db
EVERYTHING = Scope(ACTOR, Level.EVERYTHING)


def test_the_parts_of_a_report_add_up_to_the_documents_of_its_run():
    entity = seller()
    rule(composite("20", "2"), "equipment")
    machine, price = make_product(tax_class="equipment"), make_price(unit_price=Decimal("17.37"))
    for number in range(4):
        account = make_account(legal_entity=entity)
        make_subscription(price, account=account, quantity=number + 1)
        make_charge(account=account, product=machine, unit_price="99.99")
        make_charge(account=account, product=machine, unit_price="0.03")
        DocumentDiscount.objects.create(
            account=account,
            percent=Decimal("3.3"),
            currency="EUR",
            reason="Fidélité",
            valid_from=dt.date(2026, 1, 1),
        )

    run_id = bill(entity)
    found = run_report(EVERYTHING, run_id)

    made = list(Invoice.objects.filter(run_id=run_id))
    net, tax = sum(each.net_minor for each in made), sum(each.tax_minor for each in made)
    for cuts in (found.totals, found.offers, found.products, found.taxes):
        assert (sum(cut.net_minor for cut in cuts), sum(cut.tax_minor for cut in cuts)) == (net, tax)
    for sums in (found.kinds, found.methods, found.accounts):
        assert (sum(each.net_minor for each in sums), sum(each.tax_minor for each in sums)) == (net, tax)
    offers = {cut.key: cut for cut in found.offers}
    assert {NO_OFFER, ALLOWANCES} < set(offers)
    assert offers[price.offer_id].net_minor == sum((n + 1) * 1737 for n in range(4))
    assert (offers[price.offer_id].documents, offers[price.offer_id].lines) == (4, 4)
    assert (found.totals[0].documents, found.totals[0].lines) == (4, 12)


def test_a_report_speaks_of_visible_accounts_alone():
    entity, rep = seller(), make_rep()
    mine = make_account(legal_entity=entity, customer=make_customer(rep=rep))
    for account in (mine, make_account(legal_entity=entity)):
        make_charge(account=account)
    run_id = bill(entity)

    found = run_report(Scope(ACTOR, Level.OWN, rep_id=rep.pk), run_id)

    assert [(cut.documents, cut.net_minor) for cut in found.totals] == [(1, 10_000)]
    assert [each.id for each in found.accounts] == [mine.pk]
    with pytest.raises(NotFound):
        run_report(Scope(ACTOR, Level.OWN, rep_id=make_rep().pk), run_id)


def test_a_run_is_held_against_the_last_one_of_the_same_selection():
    entity, machine = seller(), make_product()
    kept, gone = make_account(legal_entity=entity), make_account(legal_entity=entity)
    for account in (kept, gone):
        make_charge(account=account, product=machine)
    first = bill(entity)
    make_charge(account=kept, product=machine, unit_price="150.00")
    make_charge(account=kept, product=(new := make_product()), unit_price="7.00")
    second = bill(entity, MARCH)

    found = run_comparison(EVERYTHING, second, run_report(EVERYTHING, second))

    assert run_comparison(EVERYTHING, first, run_report(EVERYTHING, first)) is None
    assert found is not None
    assert found.run_id == first
    assert [row[3:] for row in found.totals] == [("EUR", 1, 15_700, 18_840, 2, 20_000, 24_000)]
    assert [(row.difference_minor, row.percent) for row in found.totals] == [(-4_300, Decimal("-21.5"))]
    assert {(row.key, row.difference_minor, row.percent) for row in found.products} == {
        (machine.pk, -5_000, Decimal("-25.0")),
        (new.pk, 700, None),
    }
    assert [(row.key, row.net_minor, row.net_before_minor) for row in found.accounts] == [
        (kept.pk, 15_700, 10_000)
    ]


def test_a_report_leaves_cancelled_drafts_out():
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity, issue=False)

    before = run_report(EVERYTHING, run_id)
    Invoice.objects.filter(run_id=run_id).update(state="cancelled")

    assert before.totals[0].gross_minor == 12_000
    assert run_report(EVERYTHING, run_id).totals == ()
