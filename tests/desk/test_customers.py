"""Customers as they are made and changed at the desk, one at a time."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.party.models import BillingAccount, Customer
from tests.desk.signed_in import signed_in, words
from tests.makers import make_account, make_entity, make_rep

pytestmark = pytest.mark.django_db
MADE = {
    "reference": "C-0451",
    "name": "Voiles du Ponant",
    "is_business": "on",
    "siren": "732829320",
    "address_1": "4, quai des Indes",
    "postcode": "56100",
    "city": "Lorient",
    "country": "France",
    "email": "compta@ponant.example",
    "language": "fr",
    "currency": "EUR",
    "terms": "30 jours fin de mois",
    "payment_method": "transfer",
    "recipients": "factures@ponant.example",
}


def test_a_customer_is_made_with_its_account_then_changed_and_given_another_account():
    client, entity, rep = signed_in(), make_entity(), make_rep()

    answer = client.post(
        reverse("desk:new_customer"), MADE | {"entity": entity.pk, "rep": rep.pk, "since_date": "2026-01-15"}
    )

    customer = Customer.objects.get(reference="C-0451")
    assert answer.headers["Location"] == reverse("desk:customer", args=[customer.pk])
    assert (customer.name, customer.rep_id, customer.since_date) == (
        "Voiles du Ponant", rep.pk, dt.date(2026, 1, 15)
    )  # fmt: skip
    account = BillingAccount.objects.get(customer=customer)
    assert (account.reference, account.legal_entity_id, account.terms_days) == ("C-0451", entity.pk, 30)
    assert list(account.recipients.values_list("address", flat=True)) == ["factures@ponant.example"]

    changed = reverse("desk:edit_customer", args=[customer.pk])
    told = {"name": "Voiles du Ponant SA", "language": "en", "rep_id": "", "credit_limit": "12 500,50",
            "contacts": "Aline Kerbrat; aline@ponant.example; 02 97 00 00 00"}  # fmt: skip
    client.post(changed, told)
    customer.refresh_from_db()
    assert (customer.name, customer.rep_id, customer.credit_limit_minor) == (
        "Voiles du Ponant SA",
        None,
        1_250_050,
    )
    assert client.get(changed).context["form"].initial["contacts"] == told["contacts"]

    agreed = {name: MADE[name] for name in ("terms", "payment_method", "language")}
    client.post(
        reverse("desk:new_account", args=[customer.pk]),
        agreed | {"reference": "C-0451-MAD", "entity": entity.pk, "currency": "MAD"},
    )
    second = BillingAccount.objects.get(reference="C-0451-MAD")
    assert (second.customer_id, second.currency, second.identity_id) == (
        customer.pk,
        "MAD",
        account.identity_id,
    )


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        ({"siren": "732829321"}, "siren", "This is no SIREN"),
        ({"reference": "TAKEN"}, "reference", "reference"),
        ({"email": "compta"}, "email", "This is no e-mail address"),
        ({"entity": ""}, "entity", "required"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_made(told, field, said):
    client, entity = signed_in(), make_entity()
    make_account(reference="TAKEN", legal_entity=entity)
    before = Customer.objects.count(), BillingAccount.objects.count()

    page = client.post(reverse("desk:new_customer"), MADE | {"entity": entity.pk} | told).content.decode()

    assert f'id="id_{field}_error"' in page
    assert said in words(page)
    assert (Customer.objects.count(), BillingAccount.objects.count()) == before


def test_one_that_looks_like_a_customer_is_refused_until_it_is_said_to_be_another():
    client, entity = signed_in(), make_entity()
    address = reverse("desk:new_customer")
    client.post(address, MADE | {"entity": entity.pk})
    again = MADE | {"entity": entity.pk, "reference": "C-0452"}

    assert 'type="checkbox" name="is_another"' not in client.get(address).content.decode()

    page = client.post(address, again).content.decode()

    assert "C-0451" in words(page)
    assert 'type="checkbox" name="is_another"' in page
    assert Customer.objects.count() == 1
    client.post(address, again | {"is_another": "on"})
    assert Customer.objects.count() == 2


def test_who_may_not_edit_accounts_makes_no_customer():
    client, entity = signed_in("read_ledger"), make_entity()

    assert client.post(reverse("desk:new_customer"), MADE | {"entity": entity.pk}).status_code == 403
    assert "New customer" not in client.get(reverse("desk:customers")).content.decode()
    assert not Customer.objects.exists()
