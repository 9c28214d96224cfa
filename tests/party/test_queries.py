"""Customers and accounts as lists find them, and what they owe."""

import pytest
from django.db import connection

from encaisse.insight.queries import accounts as insight
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party import queries
from encaisse.party.queries import Wanted
from tests.makers import (
    make_account,
    make_credit_note,
    make_customer,
    make_entity,
    make_identity,
    make_issued_invoice,
    make_payment,
    make_rep,
)

pytestmark = pytest.mark.django_db
EVERYTHING = Scope(actor=Actor("user", 1, "Camille"), level=Level.EVERYTHING)


def names(wanted: Wanted = queries.EVERY, window: Window = queries.FIRST) -> list[str]:
    return [row.name for row in queries.customers(EVERYTHING, wanted, window=window).rows]


def test_a_name_is_found_whatever_its_accents_and_the_order_of_words():
    make_account(customer=make_customer(name="Librairie Éphémère", sort_key="librairie ephemere"))
    make_account(customer=make_customer(name="Le Pont", sort_key="le pont"))

    assert names(Wanted(text="ÉPHÉM libr")) == ["Librairie Éphémère"]
    assert names(Wanted(text="ephem pont")) == []


def test_a_customer_is_found_by_its_reference_its_accounts_and_its_siren():
    customer = make_customer(reference="C-778", name="Le Pont", sort_key="le pont")
    make_account(customer=customer, reference="B-41", identity=make_identity(siren="552100554"))
    make_account(customer=make_customer(reference="C-901", name="Autre", sort_key="autre"))

    for text in ("c-77", "b-41", "5521"):
        assert names(Wanted(text=text)) == ["Le Pont"], text


def test_customers_are_narrowed_to_a_rep_and_to_a_legal_entity():
    entity, rep = make_entity(code="SUD"), make_rep(code="ADA")
    make_account(customer=make_customer(name="À elle", sort_key="a elle", rep=rep))
    make_account(customer=make_customer(name="Du sud", sort_key="du sud"), legal_entity=entity)

    assert names(Wanted(rep="ADA")) == ["À elle"]
    assert names(Wanted(entity="SUD")) == ["Du sud"]


def test_pages_follow_each_other_in_either_order_and_what_is_missing_comes_last():
    for name, rep in (("b", make_rep(name="Zoé")), ("a", None), ("c", make_rep(name="Ali"))):
        make_account(customer=make_customer(name=name, sort_key=name, rep=rep))

    assert names(window=Window("name", 0, 2)) == ["a", "b"]
    assert names(window=Window("name", 2, 2)) == ["c"]
    assert names(window=Window("-name")) == ["c", "b", "a"]
    assert names(window=Window("rep")) == ["c", "b", "a"]
    assert names(window=Window("-rep")) == ["b", "c", "a"]
    assert names(window=Window("'; DROP TABLE")) == ["a", "b", "c"]


def test_a_withdrawn_customer_is_nowhere():
    customer = make_customer()
    account = make_account(customer=customer)
    for row in (account, customer):
        row.state = "withdrawn"
        row.save()

    assert queries.customers(EVERYTHING).total == 0
    with pytest.raises(NotFound):
        queries.customer(EVERYTHING, customer.pk)


def test_what_is_owed_is_open_invoices_less_credit_and_payments_to_use():
    account = make_account()
    make_issued_invoice(account, net="100")
    make_credit_note(make_issued_invoice(account, net="10"))
    make_payment(account, 5_000)

    page = insight.account(EVERYTHING, account.pk)

    assert page.balances == (insight.Balance("EUR", 13_200, 13_200, 6_200),)
    assert page.balances[0].balance_minor == 7_000
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(p.amount_minor) FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
            " WHERE a.code = '411' AND p.billing_account_id = %s",
            [account.pk],
        )
        assert cursor.fetchone()[0] == 7_000


def test_a_customer_owes_what_its_visible_accounts_owe():
    here, there = make_entity(), make_entity()
    customer = make_customer()
    make_issued_invoice(make_account(customer=customer, legal_entity=here), net="100")
    make_issued_invoice(make_account(customer=customer, legal_entity=there), net="1")
    limited = Scope(actor=EVERYTHING.actor, level=Level.EVERYTHING, entity_ids=frozenset({here.pk}))

    (all_of_it,) = insight.customer(EVERYTHING, customer.pk).balances
    (some,) = insight.customers(limited, queries.EVERY, window=Window()).rows

    assert all_of_it.balance_minor == 12_120
    assert some.accounts == 1
    assert [each.balance_minor for each in some.balances] == [12_000]
