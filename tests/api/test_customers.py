"""Customers made, changed and given accounts by a program, held to what a file is held to; and their charges."""

from typing import Any, Final

import pytest

from encaisse.access.operations.users import install_roles
from encaisse.kernel.models import Event
from encaisse.kernel.references import public_id
from encaisse.party.models import BillingAccount, Customer, Recipient
from tests.api.programs import Answer, Program, program
from tests.flows.stories import bill, seller
from tests.flows.test_cut_off import FEBRUARY_1, in_advance
from tests.makers import make_account, make_charge, make_customer, make_entity, make_rep

pytestmark = pytest.mark.django_db
IDENTITY: Final = {
    "name": "Société Exemple", "siren": "732829320", "vat_number": "FR44732829320", "capital": "50 000 €",
    "address_1": "1, rue de la Paix", "postcode": "75002", "city": "Paris", "email": "compta@client.example",
}  # fmt: skip


def _said(entity: Any, **more: Any) -> dict[str, Any]:
    account = {"legal_entity_id": public_id("le", entity.pk), **more.pop("account", {})}
    return {"reference": "C0042", "identity": IDENTITY, "account": account, **more}


def test_a_customer_comes_with_its_account_its_terms_and_its_people():
    entity, rep, api = make_entity(), make_rep(code="ada", name="Ada"), program()
    agreed = {"terms": {"kind": "end_of_month", "days": 30}, "references": {"order_reference": "PO-1"}}
    said = _said(entity, account=agreed, rep="ada", credit_limit_minor=500_000, language="en")

    made = api.post("/customers", said)

    assert made.status == 201, made.body
    (account,) = made.body["accounts"]
    assert (made.body["name"], made.body["rep"], made.body["language"]) == ("Société Exemple", "Ada", "en")
    assert (account["reference"], account["terms"]["kind"], account["terms"]["days"]) == (
        "C0042",
        "end_of_month",
        30,
    )
    assert account["references"]["order_reference"] == "PO-1"
    whole = api.get(f"/accounts/{account['id']}").body
    assert (whole["identity"]["capital"], whole["recipients"]) == ("50 000 €", ["compta@client.example"])
    assert [each["email"] for each in made.body["contacts"]] == ["compta@client.example"]
    assert Customer.objects.get().rep == rep
    assert Event.objects.filter(topic="customer.imported", actor_kind="api_key").count() == 1


def test_what_a_file_would_refuse_is_refused_and_nothing_stays():
    entity, other, api = make_entity(), make_entity(code="other"), program()
    assert api.post("/customers", _said(entity)).status == 201

    again = api.post("/customers", _said(entity))
    twin = api.post("/customers", _said(entity, reference="C0043"))
    wrong = api.post(
        "/customers", _said(entity, reference="C0044", identity=IDENTITY | {"siren": "732829321"})
    )
    unseen = program(entity_ids=frozenset({other.pk})).post("/customers", _said(entity, reference="C0045"))

    assert _fault(again) == ("reference", "reference_taken")
    assert _fault(twin) == ("identity", "duplicate_found")
    assert "Société Exemple (C0042)" in twin.body["detail"]
    assert _fault(wrong) == ("siren", "siren_invalid")
    assert unseen.status == 404
    assert Customer.objects.count() == 1
    assert api.post("/customers", _said(entity, reference="C0043", is_another=True)).status == 201


def test_a_customer_changes_and_opens_another_account():
    customer, other, api = make_customer(), make_entity(code="other"), program()
    account = make_account(customer=customer)
    place = f"/customers/{public_id('cus', customer.pk)}"
    people = [{"name": "Comptabilité", "email": "compta@client.example"}]

    changed = api.put(place, {"name": "Exemple et Filles", "language": "en", "contacts": people}).body
    said = {"reference": "C-2", "legal_entity_id": public_id("le", other.pk), "currency": "GBP"}
    opened = api.post(f"{place}/accounts", said | {"recipients": ["gb@client.example"]})

    assert (changed["name"], changed["language"], len(changed["contacts"])) == ("Exemple et Filles", "en", 1)
    assert opened.status == 201, opened.body
    assert (opened.body["account"]["currency"], opened.body["recipients"]) == ("GBP", ["gb@client.example"])
    made = BillingAccount.objects.get(reference="C-2")
    assert (made.identity, made.customer.language) == (account.identity, "en")
    assert Recipient.objects.get(account=made).address == "gb@client.example"
    assert _fault(api.post(f"{place}/accounts", said)) == ("reference", "reference_taken")
    assert Event.objects.filter(topic="account.opened", first_id=made.pk).exists()


def test_a_rep_makes_customers_of_their_own_and_loses_sight_of_none():
    ada, bea = make_rep(code="ada"), make_rep(code="bea")
    own = make_account(customer=make_customer(rep=ada))
    api = _of_rep(ada.pk)

    made = api.post("/customers", _said(own.legal_entity))
    refused = api.put(f"/customers/{public_id('cus', own.customer_id)}", {"name": "X", "rep": "bea"})
    left = api.put(f"/customers/{public_id('cus', own.customer_id)}", {"name": "X"})

    assert (refused.status, left.status) == (404, 403)
    assert made.status == 201, made.body
    assert set(Customer.objects.values_list("rep", flat=True)) == {ada.pk}
    assert not bea.customers.exists()


def test_charges_are_told_with_their_fate_to_who_sees_their_account():
    entity = seller()
    in_advance(entity)
    bill(entity, FEBRUARY_1)
    ada = make_rep(code="ada")
    account = make_account(legal_entity=entity, customer=make_customer(rep=ada))
    late = make_charge(account=account, unit_price="12.50", label="Installation")
    api = program()

    first = api.get("/charges", limit=1).body
    rest = api.get(first["next"]).body["data"]
    (still,) = api.get("/charges", account_id=public_id("ba", account.pk), fate="open").body["data"]

    assert [each["fate"] for each in first["data"] + rest] == ["open", *["billed"] * len(rest)]
    assert all(each["invoice_id"] and each["contract"] for each in rest)
    assert (still["id"], still["amount"], still["invoice_id"]) == (public_id("chg", late.pk), "12.5", None)
    assert api.get("/charges", fate="open").status == 422
    assert api.get("/charges", contract_id=rest[0]["contract_id"], fate="billed").body["data"] == rest
    assert [each["id"] for each in _of_rep(ada.pk).get("/charges").body["data"]] == [still["id"]]


def _of_rep(rep_id: int) -> Program:
    install_roles()
    return program(role="rep", rep_id=rep_id, permissions=frozenset({"edit_accounts"}))


def _fault(answer: Answer) -> tuple[str, str]:
    (fault,) = answer.body["errors"]
    return fault["field"], fault["code"]
