"""Advances at the desk and by the API: asked by an offer, listed, given back, and what every document says."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from encaisse.catalog.models import AdvanceRule
from encaisse.document.content import Kind
from encaisse.document.layout import page_data
from encaisse.document.queries.contents import issued
from encaisse.flows.change_contract import start_contract
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.lists import Window
from encaisse.ledger.queries.vat import vat_of_year
from encaisse.ledger.queries.vat_documents import Figure, Part, vat_documents
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Subscription
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Terms
from tests.desk.signed_in import signed_in
from tests.document.test_cii import official_faults
from tests.flows.stories import bill, seller
from tests.makers import CLERK, make_account, make_offer, make_price, make_scope

pytestmark = pytest.mark.django_db
FIRST = dt.date(2026, 1, 10)
SCOPE = make_scope("manage_contracts", "read_ledger")


@pytest.fixture(autouse=True)
def _on_the_10th_of_january():
    with clock.stopped_at(dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def client(db: None) -> Client:
    return signed_in("manage_offers", "manage_contracts", "credit", "bill")


@pytest.fixture
def contract(client: Client) -> Subscription:
    """120.00 a month, once an advance of 50.00 that the offer's page was told is paid."""
    offer = make_price(offer=make_offer(name_fr="Fibre"), unit_price=Decimal(120)).offer
    account = make_account(legal_entity=seller())
    asked = {"valid_from": "2026-01-10", "amount": "50", "currency": "EUR"}
    page = client.post(reverse("desk:advance_rule", args=[offer.pk]), asked, follow=True).content.decode()
    assert "50" in page
    assert AdvanceRule.objects.get().amount == 50
    key = start_contract(SCOPE, NewContract("K-1", account.pk, FIRST, [Terms(offer.pk, Decimal(1))]))
    return Subscription.objects.get(pk=key)


def paid(account: BillingAccount) -> None:
    take_payment(
        actor=CLERK, account_id=account.pk, method="transfer", amount_minor=6000, currency="EUR",
        received_on=FIRST, reference="VIR",
    )  # fmt: skip


def page(client: Client, name: str, *keys: int) -> str:
    return client.get(reverse(f"desk:{name}", args=keys)).content.decode()


def test_what_an_advance_is_stands_on_every_page_about_it(client, contract) -> None:
    advance = Invoice.objects.get()
    for name, key in (("contract", contract.pk), ("account", contract.account_id), ("invoice", advance.pk)):
        assert "FAC2026-000001" in page(client, name, key), name
    assert "Waiting for payment" in page(client, "advances")
    assert reverse("desk:abandon_contract", args=[contract.pk]) in page(client, "contract", contract.pk)

    paid(contract.account)
    bill(contract.account.legal_entity, dt.date(2026, 2, 1))

    invoice = Invoice.objects.get(kind="invoice")
    assert invoice.number in page(client, "invoice", advance.pk)
    assert "state=used" in page(client, "advances") or "Deducted" in page(client, "advances")


def test_a_contract_is_abandoned_with_its_advance(client, contract) -> None:
    said = {"reason": "Commande annulée"}
    client.post(reverse("desk:abandon_contract", args=[contract.pk]), said)

    contract.refresh_from_db()
    assert contract.state == "ended"
    assert Invoice.objects.get(kind="credit_note").gross_minor == -6000
    assert "Given back" in page(client, "advances")


def test_the_rest_is_given_back_by_its_page(client, contract) -> None:
    paid(contract.account)
    advance = Invoice.objects.get()
    client.post(reverse("desk:give_back_advance", args=[advance.pk]), {"reason": ""})
    assert not Invoice.objects.filter(kind="credit_note").exists()

    client.post(reverse("desk:give_back_advance", args=[advance.pk]), {"reason": "Résiliation"})

    assert Invoice.objects.get(kind="credit_note").gross_minor == -6000


def test_documents_cite_the_advance_and_keep_the_official_rules(contract) -> None:
    paid(contract.account)
    bill(contract.account.legal_entity, dt.date(2026, 2, 1))
    advance, invoice = (
        Invoice.objects.get(kind="advance"),
        Invoice.objects.get(kind="invoice"),
    )

    asked, sold = (each.content for each in issued([advance.pk, invoice.pk]))

    assert asked.kind is Kind.ADVANCE
    assert [official_faults(asked), official_faults(sold)] == [[], []]
    ((cited, net_minor, tax_minor),) = sold.deducts
    assert (cited.number, cited.issue_date, net_minor, tax_minor) == ("FAC2026-000001", FIRST, 5000, 1000)
    told = str(page_data(sold, None))
    assert "Acompte FAC2026-000001 (50,00" in told
    assert "Acomptes déduits" in told


def test_the_page_of_vat_equals_the_accounts(contract) -> None:
    paid(contract.account)
    bill(contract.account.legal_entity, dt.date(2026, 2, 1))

    year = vat_of_year(SCOPE, 2026, until=dt.date(2026, 3, 1))

    january, february = sorted(year.rows, key=lambda row: row.month)
    assert (january.billed_minor, january.due_minor) == (1000, 1000)
    assert (february.billed_minor, february.due_minor) == (1400, 1400)
    assert all(check.said_minor == check.posted_minor and not check.apart for check in year.checks)
    due = vat_documents(SCOPE, Part(Figure.DUE, february.month), Window())
    assert [(row.kind, row.tax_minor) for row in due.rows] == [("invoice", 2400), ("advance_deducted", -1000)]
