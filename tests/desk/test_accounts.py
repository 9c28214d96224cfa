"""Billing accounts as they are changed at the desk, the list that warns, and the settings of legal entities."""

import pytest
from django.urls import reverse

from encaisse.invoice.models import Invoice
from encaisse.party import queries
from encaisse.party.models import BillingAccount, Identity, LegalEntity
from encaisse.party.rules.references import References
from encaisse.party.rules.terms_text import parse_payment_terms
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import seller
from tests.makers import (
    make_account,
    make_buyer_reference,
    make_entity,
    make_identity,
    make_product,
    make_scope,
)

pytestmark = pytest.mark.django_db
EVERYTHING = make_scope()
AGREED = {
    "terms": "30 days",
    "payment_method": "transfer",
    "iban": "",
    "order_reference": "",
    "contract_reference": "",
    "buyer_reference": "",
    "requires_reference": "",
    "recipients": "",
    "language": "fr",
}


def terms_page(account: BillingAccount) -> str:
    return reverse("desk:edit_account", args=[account.pk])


def test_an_account_is_changed_and_its_form_opens_with_what_was_said():
    client, account = signed_in(), make_account()
    told = AGREED | {
        "terms": "30 % à réception, le solde à 30 jours fin de mois le 10",
        "order_reference": "4500012345",
        "buyer_reference": "SRV-ACHATS",
        "requires_reference": "order",
        "recipients": "compta@client.example\r\n\r\nachats@client.example",
        "language": "en",
    }

    answer = client.post(terms_page(account), told)

    assert answer.headers["Location"] == reverse("desk:account", args=[account.pk])
    found = queries.account(EVERYTHING, account.pk)
    assert found.row.terms == parse_payment_terms(told["terms"])
    assert found.row.references == References("4500012345", "", "SRV-ACHATS")
    page = client.get(terms_page(account)).content.decode()
    assert "30% on receipt, 70% at 30 days, end of month, on the 10" in page
    assert "achats@client.example\ncompta@client.example" in page


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "label",
    ["à réception", "30 jours", "fin de mois", "45 jours fin de mois", "30 jours fin de mois le 10",
     "12,5 % à réception, 37,5 % à 30 jours fin de mois le 10, 50 % fin de mois"],
)  # fmt: skip
def test_terms_are_written_as_they_are_read(label, language):
    client, account = signed_in(language=language), make_account()
    client.post(terms_page(account), AGREED | {"terms": label})
    agreed = queries.account(EVERYTHING, account.pk).row.terms
    form = client.get(terms_page(account)).context["form"]

    assert parse_payment_terms(form.initial["terms"]) == agreed == parse_payment_terms(label)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("terms", "soon", "cannot be understood"),
        ("terms", "30 % on receipt, 60 % at 30 days", "add up to 90 %, not to 100 %"),
        ("iban", "FR76", "This is no IBAN"),
        ("recipients", "compta", "This is no e-mail address"),
    ],
)
def test_a_refusal_stands_beside_its_field(field, value, said):
    client, account = signed_in(), make_account()

    page = client.post(terms_page(account), AGREED | {field: value}).content.decode()

    assert f'id="id_{field}_error"' in page
    assert said in words(page)
    assert value in page


def test_terms_beyond_the_law_are_kept_and_warned_of():
    client, account = signed_in(), make_account()

    client.post(terms_page(account), AGREED | {"terms": "90 days"})

    assert BillingAccount.objects.get().terms_days == 90
    for name in ("account", "edit_account"):
        page = client.get(reverse(f"desk:{name}", args=[account.pk])).content.decode()
        assert "These terms go beyond the legal limit" in page


def test_accounts_beyond_the_law_and_those_that_lack_a_reference_are_listed():
    client, french = signed_in(), make_entity()
    make_account(reference="LONG", legal_entity=french, terms_days=90)
    make_account(reference="PERSON", terms_days=90, identity=make_identity(is_business=False, siren=""))
    make_account(reference="BERLIN", terms_days=90, identity=make_identity(country="DE", postcode="10119"))
    make_account(reference="SHORT", legal_entity=french, requires_reference="buyer")
    borne = make_account(reference="BORNE", requires_reference="order")
    borne.buyer_reference = make_buyer_reference(borne)
    borne.save()

    def listed(query: str) -> list[str]:
        table = client.get(f"/accounts?{query}").context["table"]
        return sorted(row.reference for row in table.rows)

    assert listed("terms=beyond_the_law") == ["LONG"]
    assert listed("reference=missing") == ["SHORT"]
    assert listed("reference=order") == ["BORNE"]
    assert listed("q=lon") == ["LONG"]
    assert listed(f"entity={french.code}") == ["LONG", "SHORT"]
    assert len(listed("")) == 5


def test_the_identity_of_a_buyer_is_another_version():
    client, account = signed_in(), make_account()
    told = {"name": "Éloi SA", "address_1": "2, rue Neuve", "postcode": "69001", "city": "Lyon",
            "country": "France", "siren": "732829320", "is_business": "on"}  # fmt: skip
    before = account.identity_id

    answer = client.post(reverse("desk:edit_identity", args=[account.pk]), told)

    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.identity.name, account.identity.city) == ("Éloi SA", "Lyon")
    assert Identity.objects.get(pk=before).city == "Paris"


def test_a_wrong_siren_of_a_buyer_stands_beside_it():
    client, account = signed_in(), make_account()
    told = {
        "name": "X",
        "address_1": "1",
        "postcode": "75001",
        "city": "Paris",
        "country": "FR",
        "siren": "1",
    }

    page = client.post(reverse("desk:edit_identity", args=[account.pk]), told).content.decode()

    assert 'id="id_siren_error"' in page


def test_who_may_not_edit_accounts_has_no_way_in():
    client, account = signed_in("bill"), make_account()

    assert client.get(terms_page(account)).status_code == 403
    assert terms_page(account) not in client.get(reverse("desk:account", args=[account.pk])).content.decode()


def test_a_legal_entity_is_changed():
    client, entity = signed_in(), make_entity(iban="FR7630006000011234567890189")
    address = reverse("desk:entity", args=[entity.pk])
    form = client.get(address).context["form"]
    told = {name: value for name, value in form.initial.items() if value is not True}

    answer = client.post(
        address,
        told
        | {
            "month_end_reading": "month_first",
            "city": "Lyon",
            "invoice_prefix": "VF-",
            "vat_services": "receipts",
        },
    )

    assert answer.status_code == 302, answer.context["form"].errors
    changed = LegalEntity.objects.select_related("identity").get()
    assert (changed.month_end_reading, changed.identity.city, changed.invoice_prefix) == (
        "month_first",
        "Lyon",
        "VF-",
    )
    assert (changed.code, changed.iban) == (entity.code, "FR7630006000011234567890189")
    assert changed.identity_id != entity.identity_id
    assert [(row.tax_class, row.due_on) for row in changed.vat_regimes.all()] == [("service", "receipts")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_prefix", "F n°"),
        ("timezone", "Paris"),
        ("bic", "X"),
        ("country", "Atlantide"),
        ("vat_goods", "receipts"),
    ],
)
def test_what_a_legal_entity_cannot_be_stands_beside_its_field(field, value):
    client, entity = signed_in(), make_entity()
    address = reverse("desk:entity", args=[entity.pk])
    told = {
        name: said for name, said in client.get(address).context["form"].initial.items() if said is not True
    }

    page = client.post(address, told | {field: value}).content.decode()

    assert f'id="id_{field}_error"' in page


def test_an_invoice_by_hand_bears_what_is_typed_beside_what_the_account_has():
    client, account = signed_in(), make_account(legal_entity=seller())
    account.buyer_reference = make_buyer_reference(account, contract_reference="2026-M-17")
    account.save()
    line = {"product": make_product().pk, "label": "Conseil", "quantity": "1", "unit_price": "10"}
    told = {"account": account.reference, "issue_date": "2026-03-31", "order_reference": "4500077777",
            "line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0,
            **{f"line-0-{name}": each for name, each in line.items()}}  # fmt: skip

    answer = client.post("/invoices/new", told)

    assert answer.status_code == 302, answer.context["form"].errors
    invoice = Invoice.objects.select_related("buyer_reference").get()
    assert invoice.buyer_reference.said == References("4500077777", "2026-M-17")
    page = client.get(reverse("desk:invoice", args=[invoice.pk])).content.decode()
    assert "4500077777" in page
