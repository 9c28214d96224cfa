"""Taxes by region, stretch of postcodes and category of customers, from the rule to the invoice that says why."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit
from encaisse.invoice.models import Invoice
from encaisse.invoice.queries.reasons import LineReason, tax_reasons
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.party.errors import CategoryCodeTaken, CategoryCodeUnclear, UnknownCategory
from encaisse.party.models import BillingAccount, Category, LegalEntity
from encaisse.party.operations.categories import add_category, rename_category
from encaisse.tax.errors import PostcodesUnclear, RegionElsewhere, RuleTies, UnknownRegion
from encaisse.tax.operations import add_rule, add_tax, end_rule
from encaisse.tax.queries import categories, rules
from encaisse.tax.rules.choosing import TaxRule
from encaisse.tax.rules.taxes import Component, Tax
from tests.flows.stories import SCOPE, bill, seller
from tests.makers import make_account, make_charge, make_customer, make_identity, make_scope

pytestmark = pytest.mark.django_db
SETTER = make_scope("configure")


def tax(code: str, rate: str, category: str = "S") -> Tax:
    """A tax of one rate, which is there."""
    mentions = ("", "") if category == "S" else ("Exonération", "Exempt")
    made = Tax(code, code, code, category, (Component("vat", Decimal(rate), code, code),), *mentions)
    add_tax(SETTER, made)
    return made


def french(answer: Tax, **said: object) -> int:
    """A rule of what is sold in France at this tax."""
    return add_rule(SETTER, TaxRule(**{"seller": "FR", "country": "FR", "tax": answer} | said))


@pytest.fixture
def entity() -> LegalEntity:
    """20 % in France, 10 % in Corsica but 2.1 % in Bonifacio, 5.5 % from 75001 to 75004; associations are exempt."""
    made = seller()
    add_category(SETTER, code="association", name_fr="Association", name_en="Association")
    french(tax("CORSE", "10"), country="", region="FR-20R")
    french(tax("BONIFACIO", "2.1"), region="FR-20R", postcode_from="20169")
    french(tax("MARAIS", "5.5"), postcode_from="750 01", postcode_to="75004")
    french(tax("EXO", "0", "E"), customer_category="association")
    return made


def buyer(entity: LegalEntity, postcode: str, category: str = "") -> BillingAccount:
    """Somebody at this postcode who owes 100.00."""
    of = Category.objects.get(code=category) if category else None
    account = make_account(
        legal_entity=entity, customer=make_customer(category=of), identity=make_identity(postcode=postcode)
    )
    make_charge(account=account)
    return account


def why(account: BillingAccount) -> LineReason:
    """Why the one line of the account's invoice bears its tax."""
    (line,) = tax_reasons(SCOPE, Invoice.objects.get(account=account, kind="invoice").pk).lines
    return line


def told(line: LineReason) -> set[tuple[str, str]]:
    """The taxes that lost, each with why."""
    assert line.why is not None
    return {
        (lost.rule.tax.code if lost.rule.tax else "", lost.behind or lost.unmet) for lost in line.why.lost
    }


def test_each_place_and_category_has_its_tax_and_the_invoice_says_why(entity):
    accounts = [
        buyer(entity, "69001"), buyer(entity, "20000"), buyer(entity, "20169"), buyer(entity, "75004"),
        buyer(entity, "75005"), buyer(entity, "20169", "association"),
    ]  # fmt: skip

    bill(entity)

    issued = [Invoice.objects.get(account=account) for account in accounts]
    assert [each.gross_minor for each in issued] == [120_00, 110_00, 102_10, 105_50, 120_00, 100_00]
    bonifacio = why(accounts[2])
    assert bonifacio.why.winner.tax.code == "BONIFACIO"
    assert (bonifacio.why.on, bonifacio.why.supply.postcode) == (dt.date(2026, 2, 1), "20169")
    assert {("CORSE", "postcodes"), ("EXO", "customer_category"), ("MARAIS", "postcodes")} < told(bonifacio)
    exempt = why(accounts[5])
    assert exempt.why.supply.customer_category == "association"
    assert {("BONIFACIO", "customer_category"), ("CORSE", "customer_category")} < told(exempt)
    assert check() == []


def test_what_changes_later_changes_nothing_of_why(entity):
    account = buyer(entity, "20169", "association")
    bill(entity)
    before = why(account)

    account.customer.category = None
    account.customer.save()
    account.identity = make_identity(postcode="69001")
    account.save()
    french(tax("NEW", "1"), customer_category="association", tax_class="service")
    for rule in rules(SETTER):
        if rule.tax and rule.tax.code == "EXO":
            end_rule(SETTER, rule.id, last_day=dt.date(2026, 1, 1))
    after = why(account)
    source = Invoice.objects.get(account=account)
    note_id = credit(SCOPE, source.pk, reason="Erreur", issue_date=dt.date(2026, 2, 1))

    assert after.why.supply == before.why.supply
    assert after.why.winner._replace(valid_to=None) == before.why.winner
    assert told(after) == told(before)
    (line,) = tax_reasons(SCOPE, note_id).lines
    assert (line.of, line.why) == (source.number, after.why)
    with pytest.raises(NotFound):
        tax_reasons(make_scope(entity_ids=frozenset({0})), note_id)


def test_a_rule_that_leaves_a_choice_open_or_is_nowhere_is_refused(entity):
    other = tax("OTHER", "7")

    with pytest.raises(RuleTies):  # as many postcodes, some of them the same
        french(other, postcode_from="75003", postcode_to="75006")
    french(other, postcode_from="75005", postcode_to="75008")  # as many, but none of them
    french(other, postcode_from="75003")  # within the stretch, and so more specific
    with pytest.raises(RuleTies):
        french(other, region="FR-20R", valid_from=dt.date(2026, 1, 1))
    with pytest.raises(UnknownRegion):
        french(other, region="FR-ZZZ")
    with pytest.raises(RegionElsewhere):
        french(other, country="DE", region="FR-20R")
    with pytest.raises(PostcodesUnclear):
        french(other, country="EU", postcode_from="75")
    with pytest.raises(PostcodesUnclear):
        french(other, postcode_from="76", postcode_to="75")
    with pytest.raises(UnknownCategory):
        french(other, customer_category="nobody")


def test_categories_are_named_once_and_by_who_sees_everything(entity):
    made = Category.objects.get()
    buyer(entity, "69001", "association")

    rename_category(SETTER, made.pk, name_fr="Associations", name_en="Charities")

    assert [(row.code, row.name_en, row.customers) for row in categories(SETTER)] == [
        ("association", "Charities", 1)
    ]
    with pytest.raises(CategoryCodeTaken):
        add_category(SETTER, code="association", name_fr="A", name_en="A")
    with pytest.raises(CategoryCodeUnclear):
        add_category(SETTER, code="À part", name_fr="A", name_en="A")
    limited = make_scope("configure", entity_ids=frozenset({entity.pk}))
    for refused in (make_scope(), limited):
        with pytest.raises(NotPermitted):
            add_category(refused, code="other", name_fr="A", name_en="A")
        with pytest.raises(NotPermitted):
            rename_category(refused, made.pk, name_fr="A", name_en="A")
