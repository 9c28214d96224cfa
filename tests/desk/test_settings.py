"""Settings by their doors; taxes tried, added and ended; accounts named before they are missed."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.models import Event
from encaisse.ledger.models import Account
from encaisse.ledger.operations import install_chart, install_country_charts
from encaisse.party.models import Category
from encaisse.tax import france, queries
from encaisse.tax.errors import RuleEndedAlready, RuleTies
from encaisse.tax.models import Rule
from encaisse.tax.operations import add_rule, end_rule, install_taxes
from encaisse.tax.rules.choosing import Supply, TaxRule
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import bill
from tests.makers import make_account, make_charge, make_entity, make_identity, make_product, make_scope

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 12, 1)


@pytest.fixture
def installed() -> None:
    install_taxes()
    install_chart()


def rule(**said: object) -> TaxRule:
    """A rule of a French seller."""
    nothing = {
        "tax_class": "",
        "country": "FR",
        "postcode_from": "",
        "postcode_to": "",
        "buyer_kind": "",
        "vat_number": "",
    }
    none = {"priority": 0, "valid_from": None, "valid_to": None, "tax": None, "refusal": ""}
    return TaxRule(**{"seller": "FR", **nothing, **none, **said})


def test_the_doors_are_those_that_open(installed):
    client = signed_in("configure")

    said = words(client.get("/settings").content.decode())

    assert "Chart of accounts" in said
    assert "What each role sees and may do." not in said


@pytest.mark.parametrize(
    ("country", "postcode", "buyer", "number", "answer"),
    [
        ("FR", "75001", "business", "", "VAT 20%"),
        ("FR", "97200", "business", "", "VAT 8.5%"),
        ("DE", "10115", "business", "DE136695976", "Reverse charge"),
        ("DE", "10115", "business", "", "A VAT number is asked for: the account waits"),
    ],
)
def test_an_address_is_tried_and_the_winner_told(installed, country, postcode, buyer, number, answer):
    client, entity = signed_in("configure"), make_entity()
    asked = {"entity": entity.pk, "country": country, "postcode": postcode, "buyer": buyer, "number": number}

    page = words(client.get("/taxes", asked | {"sold": "service"}).content.decode())

    assert answer in page.split("Rules that match", 1)[0]


def test_a_more_specific_rule_wins_from_its_first_day(installed):
    scope = make_scope("configure")
    reduced = rule(tax_class="press", valid_from=TODAY, tax=france.OVERSEAS)

    key = add_rule(scope, reduced)
    supply = Supply("FR", "press", "FR", "75001", "business", has_vat_number=False)

    assert queries.tried(scope, "FR", supply, TODAY).tax == france.OVERSEAS
    assert queries.tried(scope, "FR", supply, TODAY - dt.timedelta(1)).tax != france.OVERSEAS
    assert queries.tried(scope, "FR", supply, TODAY).matching[0].id == key
    assert Event.objects.filter(topic="tax.rule_added", first_id=key).exists()


def test_a_rule_that_would_leave_a_choice_open_is_refused(installed):
    scope = make_scope("configure")
    add_rule(scope, rule(tax_class="press", tax=france.OVERSEAS))

    with pytest.raises(RuleTies):
        add_rule(scope, rule(buyer_kind="business", tax=france.STANDARD))
    with pytest.raises(RuleTies):
        add_rule(scope, rule(tax_class="press", tax=france.STANDARD))
    add_rule(scope, rule(tax_class="press", tax=france.STANDARD, priority=1))
    add_rule(scope, rule(tax_class="books", tax=france.STANDARD))


def test_a_rule_ends_once_and_only_who_sees_everything_says_so(installed):
    scope, entity = make_scope("configure"), make_entity()
    key = add_rule(scope, rule(tax_class="press", tax=france.OVERSEAS))

    end_rule(scope, key, last_day=TODAY)

    assert Rule.objects.get(pk=key).valid_to == TODAY + dt.timedelta(1)
    with pytest.raises(RuleEndedAlready):
        end_rule(scope, key, last_day=TODAY)
    with pytest.raises(NotPermitted):
        add_rule(make_scope("configure", entity_ids=frozenset({entity.pk})), rule(tax=france.STANDARD))


def test_rules_are_added_and_ended_on_their_pages(installed):
    client = signed_in("configure")
    said = {"seller": "FR", "sold": "press", "country": "fr", "priority": "0", "answer": "FR-8.5"}

    assert client.post("/taxes/rules/new", said).headers["Location"] == "/taxes"
    made = Rule.objects.get(tax_class="press")
    page = client.post(reverse("desk:end_rule", args=[made.pk]), {"last_day": "2026-12-31"})
    tie = client.post("/taxes/rules/new", said | {"answer": "FR-20"}).content.decode()

    assert page.headers["Location"] == "/taxes"
    assert Rule.objects.get(pk=made.pk).valid_to == dt.date(2027, 1, 1)
    assert "Another rule is as specific" in words(tie)


def test_what_is_missing_from_the_chart_is_named_until_it_is_added(installed):
    client = signed_in("configure")
    make_product(revenue_account="7061")

    before = words(client.get("/chart").content.decode())
    said = {"code": "7061", "name_fr": "Abonnements", "name_en": "Subscriptions"}
    client.post("/chart/account", said)
    after = words(client.get("/chart").content.decode())

    assert "Not in the chart yet" in before
    assert "7061." in before
    assert "Not in the chart yet" not in after
    client.post("/chart/account", said | {"name_fr": "Abonnements mensuels"})
    assert Account.objects.get(code="7061").name_fr == "Abonnements mensuels"


def test_another_account_is_told_on_its_page_and_a_closed_one_is_opened_again(installed):
    client = signed_in("configure")
    make_product(code="ABO", revenue_account="706")
    page = client.get("/chart/mapping", {"of": "product:ABO"}).content.decode()
    assert "706 · Sales of services" in words(page)
    assert "512 · Banks" not in words(page)

    wrong = client.post("/chart/mapping?of=product:ABO", {"code": "512", "since": "2027-01-01"})
    assert 'id="id_code_error"' in wrong.content.decode()
    client.post("/chart/mapping?of=product:ABO", {"code": "708", "since": "2027-01-01"})
    assert "708 from 01 Jan 2027" in words(client.get("/chart").content.decode())

    refused = client.post("/chart/close", {"code": "708"}, follow=True).content.decode()
    assert "ABO" in words(refused)
    client.post("/chart/close", {"code": "763"})
    assert "Open it again" in client.get("/chart/account", {"code": "763"}).content.decode()
    client.post("/chart/close", {"code": "763", "reopen": "1"})
    assert not Account.objects.filter(is_closed=True).exists()
    assert client.get("/chart/mapping", {"of": "waiting:"}).status_code == 404


@pytest.mark.parametrize("code", ["9", "99", "4a1", "41100000000"])
def test_a_code_of_no_class_is_refused_beside_its_field(installed, code):
    client = signed_in("configure")

    page = client.post("/chart/account", {"code": code, "name_fr": "x", "name_en": "x"}).content.decode()

    assert 'id="id_code_error"' in page


def test_a_rate_is_recorded_and_a_correction_is_a_newer_one():
    client = signed_in("configure")
    told = {
        "units": "1",
        "base": "EUR",
        "quote": "MAD",
        "valid_from": "2026-01-01",
        "source": "Banque centrale",
    }

    empty = words(client.get("/rates").content.decode())
    client.post("/rates/new", told | {"rate": "10,80"})
    client.post("/rates/new", told | {"rate": "10.8125"})
    refused = words(client.post("/rates/new", told | {"rate": "1", "quote": "EUR"}).content.decode())
    page = words(client.get("/rates").content.decode())

    assert "No exchange rate yet" in empty
    assert "A rate is between two currencies" in refused
    assert page.count("1 EUR = 10.8125 MAD") == 2  # in force, and in the history
    assert page.count("1 EUR = 10.8 MAD") == 1


def test_a_composite_tax_is_added_and_shows_how_it_is_made(installed):
    client = signed_in("configure")
    told = {
        "code": "FR-ECO", "name_fr": "TVA et éco", "name_en": "VAT and eco", "category": "S", "rate": "20",
        "label_fr": "Éco-contribution", "label_en": "Eco-tax", "per_unit": "2,00", "in_base": "on", "account": "447",
    }  # fmt: skip

    page = words(client.post("/taxes/new", told, follow=True).content.decode())
    again = words(client.post("/taxes/new", told).content.decode())
    silent = words(client.post("/taxes/new", told | {"code": "FR-X", "category": "E"}).content.decode())
    shown = words(client.get("/taxes").content.decode())

    assert "Now say by a rule where it applies." in page
    assert "taxes never change" in again
    assert "Say why no VAT is charged" in silent
    assert "Eco-tax 2 a unit, in the base of what follows → 447" in shown


def test_a_category_is_named_by_customers_and_rules_and_an_invoice_says_why(installed):
    client = signed_in("configure", "edit_accounts", "bill", "issue")
    told = {"code": "association", "name_fr": "Association", "name_en": "Association"}
    client.post("/taxes/categories/new", told)
    made = Category.objects.get()
    client.post(reverse("desk:category", args=[made.pk]), {"name_fr": "Associations", "name_en": "Charities"})
    region = {"seller": "FR", "sold": "service", "region": "FR-20R", "priority": "0", "answer": "FR-8.5"}
    client.post("/taxes/rules/new", region | {"category": "association"})
    account = make_account(identity=make_identity(postcode="20200", city="Bastia"))
    changed = {"name": "Amicale", "language": "fr", "category_id": made.pk}
    client.post(reverse("desk:edit_customer", args=[account.customer_id]), changed)
    make_charge(account=account)
    bill(account.legal_entity)

    customer = words(client.get(reverse("desk:customer", args=[account.customer_id])).content.decode())
    page = words(client.get(reverse("desk:tax_reasons", args=[Invoice.objects.get().pk])).content.decode())
    sale = {"entity": account.legal_entity_id, "country": "FR", "postcode": "20200", "buyer": "business"}
    asked = sale | {"sold": "service", "category": "association"}
    tried = words(client.get("/taxes", asked).content.decode())

    assert "Charities" in customer
    assert "VAT 8.5%" in page and "Corsica" in page and "France 20200" in page
    assert "VAT 20%" in page and "The winner names the category of the customer." in page
    assert "The rule that wins" in tried and "The winner names the category of the customer." in tried


def test_the_books_of_a_country_are_shown_under_its_own_accounts(installed):
    client = signed_in("configure")
    assert "Morocco" not in words(client.get("/chart").content.decode())
    make_entity(chart="MA", currency="MAD", code="RIAD")
    install_country_charts()

    page = words(client.get("/chart").content.decode())
    assert "In the books of Morocco" in page
    assert "44552" in page
    said = {"code": "71243", "name_fr": "Conseil", "name_en": "Consulting"}
    wrong = client.post("/chart/country?of=MA:706", said | {"listed": "706", "code": "Z"})
    assert "is none" in words(wrong.content.decode())
    client.post("/chart/country?of=MA:706", said | {"listed": "706"})
    assert "71243" in words(client.get("/chart").content.decode())
    form = client.get("/chart/country?of=MA:706").content.decode()
    assert 'value="71243"' in form
