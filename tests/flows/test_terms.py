"""Payment terms from an account to its invoices, instalments and what is late."""

import datetime as dt

import pytest

from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Instalment, Invoice
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.accounts import Agreed, change_account
from encaisse.party.rules.terms import MonthEndReading, PaymentMethod
from encaisse.party.rules.terms_text import parse_payment_terms
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import make_account, make_charge, make_scope

pytestmark = pytest.mark.django_db
ISSUED = dt.date(2026, 1, 20)
CLERK = make_scope("edit_accounts", "bill", "issue")
THREE = "30 % à réception, 40 % à 30 jours, 30 % à 60 jours fin de mois"


def agree(account: BillingAccount, label: str) -> None:
    change_account(account.pk, Agreed(parse_payment_terms(label), PaymentMethod.TRANSFER), scope=CLERK)


def billed(entity: LegalEntity, *labels: str, net: str = "1000") -> list[Invoice]:
    for label in labels:
        account = make_account(legal_entity=entity)
        agree(account, label)
        make_charge(account=account, unit_price=net)
    return list(Invoice.objects.filter(run_id=bill(entity, ISSUED)).order_by("account_id"))


def test_each_account_is_due_on_the_day_of_its_terms():
    labels = (
        "à réception",
        "30 jours",
        "30 jours fin de mois",
        "30 jours fin de mois le 10",
        "45 jours fin de mois",
    )

    assert [invoice.due_date for invoice in billed(seller(), *labels)] == [
        dt.date(2026, 1, 20),
        dt.date(2026, 2, 19),
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 10),
        dt.date(2026, 3, 31),
    ]


def test_a_legal_entity_that_completes_the_month_first_is_due_sixteen_days_later():
    entity = seller(month_end_reading=MonthEndReading.MONTH_FIRST)

    assert [
        invoice.due_date for invoice in billed(entity, "45 jours fin de mois", "30 jours fin de mois")
    ] == [
        dt.date(2026, 3, 17),
        dt.date(2026, 3, 2),
    ]


def test_another_reading_counts_from_the_next_issue_on():
    entity = seller()
    (first,) = billed(entity, "45 jours fin de mois")
    LegalEntity.objects.update(month_end_reading=MonthEndReading.MONTH_FIRST)
    make_charge(account=first.account)
    second = Invoice.objects.get(run_id=bill(entity, ISSUED))

    first.refresh_from_db()
    assert (first.due_date, second.due_date) == (dt.date(2026, 3, 31), dt.date(2026, 3, 17))


def test_an_invoice_in_three_instalments_keeps_its_schedule():
    invoice, other = billed(seller(), THREE, "30 jours")

    assert invoice.gross_minor == 1_200_00
    schedule = invoice.instalments.order_by("position").values_list("position", "due_date", "amount_minor")
    assert list(schedule) == [
        (1, dt.date(2026, 1, 20), 360_00),
        (2, dt.date(2026, 2, 19), 480_00),
        (3, dt.date(2026, 3, 31), 360_00),
    ]
    assert invoice.due_date == dt.date(2026, 3, 31)
    assert not other.instalments.exists()


def test_what_is_paid_falls_on_the_oldest_instalment():
    (invoice,) = billed(seller(), THREE)
    make = {"method": "transfer", "currency": "EUR", "received_on": ISSUED, "reference": "VIR 1"}
    take_payment(actor=ACTOR, account_id=invoice.account_id, amount_minor=500_00, **make)

    shown = invoice_detail(CLERK, invoice.pk).instalments

    assert [(each.due_date, each.open_minor) for each in shown] == [
        (dt.date(2026, 1, 20), 0),
        (dt.date(2026, 2, 19), 340_00),
        (dt.date(2026, 3, 31), 360_00),
    ]


def test_a_credit_note_has_no_instalments():
    (invoice,) = billed(seller(), THREE)
    note = credit_in_full(invoice.pk, reason="Erreur", actor=ACTOR, issue_date=ISSUED)

    assert Instalment.objects.exclude(invoice=invoice).count() == 0
    assert invoice_detail(CLERK, note).instalments == []


def test_a_draft_keeps_the_terms_that_it_was_drafted_on():
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account)
    agree(account, "30 jours")
    run_id = bill(entity, ISSUED, issue=False)
    agree(account, THREE)

    draft = Invoice.objects.get(run_id=run_id)
    assert (draft.terms_kind, draft.terms_days, draft.terms_plan) == ("net_days", 30, "")
