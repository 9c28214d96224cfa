"""What buyers ask to read on their documents: from accounts and invoices by hand to the page and the data."""

import datetime as dt
from decimal import Decimal

import pytest
from lxml import etree

from encaisse.adapters.schematron import failed_asserts
from encaisse.billing.models import Outcome
from encaisse.charge.operations.manual import ManualLine
from encaisse.document.cii import invoice_xml
from encaisse.document.facturx import rule_sets, schema_violations
from encaisse.document.queries.contents import issued
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.insight.queries.search import search
from encaisse.invoice.models import Invoice
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.invoice.queries.lists import Wanted, invoices
from encaisse.party.models import BillingAccount
from encaisse.party.operations.accounts import Agreed, change_account
from encaisse.party.rules.references import References, RequiredReference
from encaisse.party.rules.terms import PaymentMethod
from encaisse.party.rules.terms_text import parse_payment_terms
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, bill, seller
from tests.makers import make_account, make_charge, make_product, make_scope

pytestmark = pytest.mark.django_db
CLERK = make_scope("edit_accounts", "bill", "issue")
BORNE = References("4500012345", "2026-M-17", "SRV-ACHATS")
AGREED = Agreed(
    parse_payment_terms("30 % à réception, 40 % à 30 jours, 30 % à 60 jours fin de mois"),
    PaymentMethod.TRANSFER,
    references=BORNE,
)


def borne(invoice_id: int) -> References:
    return invoice_detail(CLERK, invoice_id).references


def billed(account: BillingAccount) -> Invoice:
    make_charge(account=account)
    return Invoice.objects.get(run_id=bill(account.legal_entity))


def by_hand(account: BillingAccount, references: References) -> Invoice:
    line = ManualLine(make_product().pk, "Conseil", Decimal(1), Decimal(100))
    said = {"currency": "EUR", "issue_date": FIRST_OF_FEBRUARY, "references": references}
    invoice = Invoice.objects.get(pk=bill_by_hand(CLERK, account.pk, [line], **said))
    billing_cycle.issue(invoice.run_id, actor=ACTOR)
    return invoice


def test_an_invoice_bears_the_references_of_its_account():
    account = make_account(legal_entity=seller())
    change_account(account.pk, AGREED, scope=CLERK)

    assert borne(billed(account).pk) == BORNE


def test_an_invoice_keeps_its_references_when_its_account_has_others():
    account = make_account(legal_entity=seller())
    change_account(account.pk, AGREED, scope=CLERK)
    invoice = billed(account)
    change_account(account.pk, AGREED._replace(references=References("4500099999")), scope=CLERK)

    assert borne(invoice.pk) == BORNE


def test_an_invoice_by_hand_bears_its_own():
    account = make_account(legal_entity=seller())
    change_account(account.pk, AGREED, scope=CLERK)

    assert borne(by_hand(account, References("4500077777")).pk) == References("4500077777")
    assert borne(by_hand(account, References()).pk) == BORNE


def test_a_credit_note_bears_those_of_its_invoice():
    account = make_account(legal_entity=seller())
    change_account(account.pk, AGREED, scope=CLERK)
    note = credit_in_full(billed(account).pk, reason="Erreur", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)

    assert borne(note) == BORNE


def test_an_account_that_requires_a_reference_is_an_exception_without_it():
    entity = seller()
    with_it, without = make_account(legal_entity=entity), make_account(legal_entity=entity)
    required = AGREED._replace(requires_reference=RequiredReference.ORDER)
    change_account(with_it.pk, required, scope=CLERK)
    change_account(without.pk, required._replace(references=References(buyer_reference="SRV")), scope=CLERK)
    for account in (with_it, without):
        make_charge(account=account)

    run_id = bill(entity, issue=False)

    outcomes = Outcome.objects.filter(run_id=run_id).order_by("account_id")
    assert list(outcomes.values_list("account_id", "outcome", "reason")) == [
        (with_it.pk, "invoiced", ""),
        (without.pk, "exception", "reference_required"),
    ]


def test_an_invoice_by_hand_may_bring_what_its_account_requires():
    account = make_account(legal_entity=seller())
    lacking = AGREED._replace(references=References(), requires_reference=RequiredReference.BUYER)
    change_account(account.pk, lacking, scope=CLERK)

    assert borne(by_hand(account, References(buyer_reference="SRV")).pk) == References(buyer_reference="SRV")


def test_an_order_is_found_by_lists_and_by_the_search():
    account, other = make_account(legal_entity=seller()), make_account(legal_entity=seller())
    change_account(account.pk, AGREED, scope=CLERK)
    invoice = billed(account)
    billed(other)

    assert [row.id for row in invoices(CLERK, Wanted(text="45000123")).rows] == [invoice.pk]
    assert [row.id for row in search(CLERK, "4500012345").invoices] == [invoice.pk]
    assert search(CLERK, "99999").invoices == ()


def test_references_and_instalments_pass_the_official_rules():
    account = make_account(legal_entity=seller(iban="FR7630006000011234567890189"))
    change_account(account.pk, AGREED, scope=CLERK)
    (written,) = issued([billed(account).pk])
    content = written.content

    assert (content.purchase_order, content.contract, content.buyer_reference) == BORNE
    assert [due.amount_minor for due in content.terms.instalments] == [36_00, 48_00, 36_00]
    assert content.due_date == dt.date(2026, 4, 30)
    document = invoice_xml(content)
    assert len(rule_sets(content)) == 2
    assert schema_violations(document) == ()
    assert [failed for rules in rule_sets(content) for failed in failed_asserts(document, rules)] == []
    assert [node.text for node in etree.fromstring(document).iter("{*}BuyerReference")] == ["SRV-ACHATS"]
