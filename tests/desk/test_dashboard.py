"""The dashboard: figures that lead to their lists; and the search over everything."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.kernel import clock
from tests.desk.signed_in import signed_in
from tests.makers import make_account, make_customer, make_issued_invoice, make_payment, make_run

pytestmark = pytest.mark.django_db


def home(client) -> str:
    return client.get(reverse("desk:dashboard")).content.decode()


@pytest.fixture(autouse=True)
def _mid_april():
    with clock.stopped_at(dt.datetime(2026, 4, 15, 12, tzinfo=dt.UTC)):
        yield


def test_each_figure_leads_to_the_list_behind_it():
    client = signed_in()
    invoice = make_issued_invoice()
    entity = invoice.legal_entity.code
    make_payment(invoice.account, 1_000, received_on=dt.date(2026, 4, 2))

    text = home(client)

    overdue = f"{reverse('desk:invoices')}?state=overdue&amp;entity={entity}&amp;currency=EUR"
    month = f"{reverse('desk:payments')}?since=2026-04-01&amp;entity={entity}&amp;currency=EUR"
    band = f"{reverse('desk:invoices')}?state=late_31_60&amp;entity={entity}&amp;currency=EUR"
    assert all(f'href="{address}"' in text for address in (overdue, month, band))
    assert "1 invoice, up to 44 days" in text
    listed = client.get(overdue.replace("&amp;", "&")).content.decode()
    assert reverse("desk:invoice", args=[invoice.pk]) in listed


def test_the_last_run_and_the_books_are_told():
    client = signed_in()
    run = make_run()

    text = home(client)

    assert reverse("desk:run", args=[run.pk]) in text
    assert "Never checked" in text


def test_who_does_not_read_the_ledger_sees_nothing_of_the_books():
    assert reverse("desk:books") not in home(signed_in("bill"))


def test_an_empty_dashboard_teaches():
    text = home(signed_in())

    assert "Nothing is owed yet" in text
    assert reverse("desk:new_run") in text


def test_the_search_finds_by_name_number_and_amount():
    client = signed_in()
    customer = make_customer(name="Ateliers du Pont")
    invoice = make_issued_invoice(make_account(customer=customer), net="279.16")

    for text in ("ateliers", invoice.number, "334,99"):
        found = client.get(reverse("desk:search"), {"q": text}).content.decode()
        assert reverse("desk:invoice", args=[invoice.pk]) in found, text
    assert "Nothing found" in client.get(reverse("desk:search"), {"q": "rien"}).content.decode()
