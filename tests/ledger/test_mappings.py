"""What is posted where: another account holds from a day on, and what is posted is told again as it was."""

import datetime as dt

import pytest
from django.db import connection

from encaisse.flows.books import invariants
from encaisse.flows.import_offers import import_offers
from encaisse.flows.return_payment import return_payment
from encaisse.flows.take_payment import take_payment
from encaisse.intake.operations import ImportReport
from encaisse.kernel.models import Event
from encaisse.ledger import errors, operations
from encaisse.ledger.models import Account, Posting
from encaisse.ledger.queries import chart
from encaisse.ledger.queries.vat import vat_of_year
from encaisse.tax.models import Component
from tests.flows.files import csv
from tests.makers import (
    CLERK,
    MARCH,
    make_account,
    make_charge,
    make_issued_invoice,
    make_payment,
    make_product,
    make_scope,
)

pytestmark = pytest.mark.django_db
SCOPE = make_scope("configure", "read_ledger", "take_payments")
FEBRUARY = dt.date(2026, 2, 1)
OFFER = {
    "Offre": "FIBRE",
    "Désignation": "Fibre Pro",
    "Produit": "FIBRE",
    "Nature fiscale": "service",
    "Périodicité": "mensuelle",
    "Terme": "à échoir",
    "Prix unitaire HT": "30",
    "Devise": "EUR",
}


def posted(**of: object) -> dict[str, int]:
    """What each account is posted by these entries."""
    rows = Posting.objects.filter(**{f"entry__{name}": value for name, value in of.items()})
    return dict(rows.values_list("account__code", "amount_minor"))


def broken() -> list[str]:
    """The invariants of the books that do not hold."""
    with connection.cursor() as cursor:
        return [one.name for one in invariants() if not cursor.execute(one.text) and cursor.fetchone()]


def test_a_change_holds_for_what_is_issued_from_then_on_and_what_is_posted_is_told_as_it_was():
    before = make_issued_invoice(deferred=["service"])
    tax, product = before.taxes.get(), before.lines.get().product
    component = Component.objects.get(tax=tax.tax, position=1)
    named = f"{component.tax.code}-1"
    for code in ("44572", "7061", "4111"):
        operations.save_account(SCOPE, code, name_fr=code, name_en=code)

    with pytest.raises(errors.MappingTooEarly):
        operations.change_mapping(SCOPE, "tax", named, "44572", since=before.issue_date)
    for kind, name, code in (
        ("tax", named, "44572"),
        ("product", product.code, "7061"),
        ("receivable", "", "4111"),
    ):
        assert operations.change_mapping(SCOPE, kind, name, code, since=FEBRUARY)
        assert not operations.change_mapping(SCOPE, kind, name, code, since=FEBRUARY)
    after = make_issued_invoice(
        before.account, make_charge(account=before.account, product=product), tax=tax.tax, issue_date=FEBRUARY
    )

    assert posted(invoice=before) == {"411": 120_00, "706": -100_00, "44574": -20_00}
    assert posted(invoice=after) == {"4111": 120_00, "7061": -100_00, "44572": -20_00}
    # What waited of the first is collected later, to the account that its tax had when it was issued.
    paid = {
        "method": "transfer",
        "amount_minor": 120_00,
        "currency": "EUR",
        "received_on": MARCH,
        "reference": "",
    }
    take_payment(actor=CLERK, account_id=before.account_id, invoice_ids=[before.pk], **paid)
    assert posted(invoice=before, kind="vat_collected") == {"44574": 20_00, "44571": -20_00}
    year = vat_of_year(SCOPE, 2026, until=dt.date(2026, 4, 1))
    assert {check.account: check.apart for check in year.checks} == {"44571": (), "44572": (), "44574": ()}
    assert broken() == []


def test_a_payment_goes_back_from_where_it_came_whatever_was_changed_between():
    payment = make_payment()
    operations.save_account(SCOPE, "5121", name_fr="Banque 2", name_en="Second bank")
    operations.change_mapping(SCOPE, "method", "transfer", "5121", since=MARCH)

    return_payment(payment.pk, returned_on=dt.date(2026, 4, 2), actor=CLERK)
    other = make_payment(payment.account)

    assert posted(payment=payment, kind="payment_return") == {"512": -120_00, "411": 120_00}
    assert posted(payment=other) == {"5121": 120_00, "411": -120_00}


def test_an_account_is_closed_once_nothing_is_posted_to_it_and_it_is_nil():
    payment = make_payment()
    operations.save_account(SCOPE, "5121", name_fr="Banque 2", name_en="Second bank")

    with pytest.raises(errors.AccountInUse):
        operations.close_account(SCOPE, "512")
    operations.change_mapping(SCOPE, "method", "transfer", "5121")
    with pytest.raises(errors.AccountNotNil) as refusal:
        operations.close_account(SCOPE, "512")
    assert refusal.value.balance_minor == 120_00
    return_payment(payment.pk, returned_on=dt.date(2026, 4, 2), actor=CLERK)
    operations.close_account(SCOPE, "512")

    with pytest.raises(errors.AccountClosed):
        operations.change_mapping(SCOPE, "method", "transfer", "512")
    with pytest.raises(errors.AccountOfAnotherClass):
        operations.change_mapping(SCOPE, "method", "transfer", "706")
    # What was received before the change would still be posted there.
    with pytest.raises(errors.AccountClosed):
        make_payment(payment.account)
    operations.reopen_account(SCOPE, "512")
    make_payment(payment.account)
    topics = Event.objects.filter(topic__startswith="chart.").order_by("pk").values_list("topic", flat=True)
    assert list(topics)[1:] == ["chart.mapping_changed", "chart.account_closed", "chart.account_reopened"]


def test_income_is_closed_whatever_it_comes_to_since_the_year_settles_it():
    account, product = make_account(), make_product(code="P", revenue_account="701")
    make_issued_invoice(account, make_charge(account=account, product=product))
    operations.change_mapping(SCOPE, "product", "P", "708")

    with pytest.raises(errors.AccountInUse):
        operations.close_account(SCOPE, "708")
    operations.close_account(SCOPE, "701")

    assert Account.objects.get(code="701").is_closed


def test_a_file_of_offers_moves_a_product_and_says_nothing_new_the_second_time():
    def bring(account: str) -> ImportReport:
        return import_offers(
            csv(OFFER | {"Compte de produits": account}), file_name="offres.csv", actor=CLERK
        )

    bring("706")
    moved, again = bring("7062"), bring("7062")

    assert (moved.updated, again.unchanged) == (1, 1)
    assert chart.last_accounts()["FIBRE"] == "7062"
    assert Account.objects.get(code="7062").name_fr == "Fibre Pro"
