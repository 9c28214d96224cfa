"""Billing accounts as people change them, and the references that buyers ask for."""

import pytest

from encaisse.intake.errors import TextTooLong
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Level
from encaisse.party import errors, queries
from encaisse.party.models import BillingAccount, BuyerReference, Identity
from encaisse.party.operations.accounts import Agreed, change_account, identify_account
from encaisse.party.operations.references import bear_references, buyer_reference
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.references import References, RequiredReference, require
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms, TermsKind
from encaisse.party.rules.terms_text import parse_payment_terms
from tests.makers import (
    make_account,
    make_buyer_reference,
    make_customer,
    make_identity,
    make_rep,
    make_scope,
)

CLERK = make_scope("edit_accounts")
THIRTY = PaymentTerms(TermsKind.NET_DAYS, 30)
AGREED = Agreed(THIRTY, PaymentMethod.TRANSFER)


@pytest.mark.django_db
def test_an_account_is_on_other_terms():
    account = make_account()
    terms = parse_payment_terms("30 % à réception, le solde à 30 jours fin de mois le 10")
    told = Agreed(
        terms,
        PaymentMethod.DIRECT_DEBIT,
        iban="FR76 3000 6000 0112 3456 7890 189",
        references=References("4500012345", "2026-M-17", "SRV-ACHATS"),
        requires_reference=RequiredReference.ORDER,
        recipients=("compta@client.example", "achats@client.example"),
        language="en",
    )

    change_account(account.pk, told, scope=CLERK)

    found = queries.account(CLERK, account.pk)
    assert found.row.terms == terms
    assert (found.row.payment_method, found.iban) == ("direct_debit", "FR7630006000011234567890189")
    assert found.row.references == References("4500012345", "2026-M-17", "SRV-ACHATS")
    assert (found.row.requires_reference, found.language) == ("order", "en")
    assert found.recipients == (("email", "achats@client.example"), ("email", "compta@client.example"))
    assert Event.objects.get().topic == "account.changed"


@pytest.mark.django_db
def test_the_same_references_are_one_row_and_none_are_none():
    account = make_account()
    order = References(order_reference="4500012345")

    first = buyer_reference(account.pk, order)
    assert buyer_reference(account.pk, References(order_reference=" 4500012345 ")) == first
    assert buyer_reference(account.pk, References(buyer_reference="4500012345")) != first
    assert buyer_reference(account.pk, References()) is None
    assert BuyerReference.objects.count() == 2

    change_account(account.pk, AGREED._replace(references=order), scope=CLERK)
    assert BillingAccount.objects.get().buyer_reference_id == first
    change_account(account.pk, AGREED, scope=CLERK)
    assert BillingAccount.objects.get().buyer_reference_id is None


@pytest.mark.django_db
def test_many_accounts_bear_their_references_at_once_and_again():
    one, other = make_account(), make_account()
    make_buyer_reference(one, order_reference="C-1")
    told = {one.pk: References("C-1"), other.pk: References(contract_reference="M-2")}

    for _ in range(2):
        bear_references(told)
        borne = BillingAccount.objects.order_by("pk").values_list(
            "buyer_reference__order_reference", "buyer_reference__contract_reference"
        )
        assert list(borne) == [("C-1", ""), ("", "M-2")]
        assert BuyerReference.objects.count() == 2
    bear_references({one.pk: References()})
    one.refresh_from_db()
    assert one.buyer_reference_id is None


@pytest.mark.django_db
def test_recipients_become_what_is_told():
    account = make_account()
    change_account(account.pk, AGREED._replace(recipients=("a@x.example", "b@x.example")), scope=CLERK)
    change_account(account.pk, AGREED._replace(recipients=("b@x.example", "c@x.example")), scope=CLERK)

    assert queries.account(CLERK, account.pk).recipients == (
        ("email", "b@x.example"),
        ("email", "c@x.example"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (AGREED._replace(iban="FR7600"), errors.IbanInvalid),
        (AGREED._replace(recipients=("compta",)), errors.EmailInvalid),
        (AGREED._replace(references=References("4" * 51)), TextTooLong),
    ],
)
def test_what_cannot_be_true_is_refused(told, refusal):
    account = make_account()

    with pytest.raises(refusal):
        change_account(account.pk, told, scope=CLERK)


@pytest.mark.django_db
def test_another_identity_is_another_version_and_the_customer_follows_its_name():
    identity = make_identity(name="Éloi & fils")
    customer = make_customer(name="Éloi & fils")
    account = make_account(identity=identity, customer=customer)
    told = IdentityFacts("Éloi SA", "2, rue Neuve", "69001", "Lyon", "France", siren="732 829 320")

    identify_account(account.pk, told, scope=CLERK)

    account.refresh_from_db()
    customer.refresh_from_db()
    assert (account.identity.name, account.identity.siren, account.identity.country) == (
        "Éloi SA",
        "732829320",
        "FR",
    )
    assert (customer.name, customer.sort_key) == ("Éloi SA", "eloi sa")
    assert Identity.objects.get(pk=identity.pk).name == "Éloi & fils"

    versions = Identity.objects.count()
    identify_account(account.pk, told, scope=CLERK)
    assert Identity.objects.count() == versions
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_only_who_may_and_sees_it_changes_an_account():
    account = make_account()
    rep = make_scope("edit_accounts", level=Level.OWN, rep_id=make_rep().pk)

    with pytest.raises(NotPermitted):
        change_account(account.pk, AGREED, scope=make_scope("bill"))
    with pytest.raises(NotFound):
        change_account(account.pk, AGREED, scope=rep)
    with pytest.raises(NotFound):
        identify_account(account.pk, IdentityFacts("X", "1", "75001", "Paris", "FR"), scope=rep)


@pytest.mark.parametrize(
    ("required", "borne", "is_missing"),
    [
        ("", References(), False),
        ("order", References("C-1"), False),
        ("order", References(buyer_reference="SRV"), True),
        ("buyer", References(buyer_reference="SRV"), False),
        ("buyer", References("C-1", "M-1"), True),
    ],
)
def test_a_required_reference_is_there_or_the_document_is_refused(required, borne, is_missing):
    if not is_missing:
        require(required, borne)
        return
    with pytest.raises(errors.ReferenceRequired) as refusal:
        require(required, borne)
    assert refusal.value.required == required
