"""Two sellers of one group, in euros and in dirhams, put together at a recorded rate."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries.group import Period, group
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Level
from encaisse.ledger.operations import fold_day_sums
from encaisse.party.models import BillingAccount
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import ACTOR, SCOPE, seller
from tests.flows.test_morocco import buyer, riad
from tests.makers import CLERK, make_account, make_product, make_rate, make_scope

pytestmark = pytest.mark.django_db
FEBRUARY = dt.date(2026, 2, 1)
YEAR = Period(dt.date(2026, 1, 1), dt.date(2026, 3, 16))
MARCH = dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)
READER = make_scope("read_ledger")


def billed(account: BillingAccount, price: str) -> Invoice:
    line = ManualLine(make_product().pk, "Prestation", Decimal(1), Decimal(price))
    key = bill_by_hand(SCOPE, account.pk, [line], currency=account.currency, issue_date=FEBRUARY)
    invoice = Invoice.objects.get(pk=key)
    billing_cycle.issue(invoice.run_id or 0, actor=ACTOR)
    return invoice


def pay(account: BillingAccount, amount_minor: int) -> None:
    told = {"method": "transfer", "currency": account.currency, "reference": "", "received_on": FEBRUARY}
    take_payment(actor=CLERK, account_id=account.pk, amount_minor=amount_minor, **told)


def test_a_group_is_put_together_at_the_rate_of_the_last_day_and_each_entity_stands_apart():
    moroccan, french = riad(), seller()
    there = buyer(moroccan)
    here = make_account(legal_entity=french)
    billed(there, "1080")  # 1,080.00 + 216.00 of VAT = 1,296.00 MAD, on receipts
    billed(here, "500")  # 500.00 + 100.00 of VAT = 600.00 EUR, on debits
    pay(there, 648_00)  # half of it, which makes 108.00 of VAT due
    pay(here, 150_00)
    make_rate("10.80")
    make_rate("10.00", valid_from=dt.date(2026, 3, 1))
    make_rate("9.00", valid_from=dt.date(2026, 4, 1))
    fold_day_sums()

    with clock.stopped_at(MARCH):
        found = group(READER, "EUR", YEAR)
        in_dirhams = group(READER, "MAD", YEAR)
        whole_page = words(signed_in("read_ledger").get("/group?currency=EUR").content.decode())

    by_name = {row.entity.name: row for row in found.rows}
    row = by_name["Atelier du Riad"]
    # In its books: net, gross, collected, VAT due, owed, overdue since 3 March; then at 10.00 MAD for 1 EUR.
    assert row.own[:6] == (1080_00, 1296_00, 648_00, 108_00, 648_00, 648_00)
    assert row.shown
    assert row.shown[:6] == (108_00, 129_60, 64_80, 10_80, 64_80, 64_80)
    assert [(rate.rate, rate.valid_from) for rate in row.rates] == [(Decimal(10), dt.date(2026, 3, 1))]
    assert found.total[:6] == (608_00, 729_60, 214_80, 110_80, 514_80, 514_80)
    assert sum(amount for _, amount in found.total.bands) == 514_80
    assert in_dirhams.total.gross_minor == 1296_00 + 6000_00
    assert "729.60" in whole_page
    assert "1 EUR = 10 MAD on 01 Mar 2026" in whole_page

    only = make_scope("read_ledger", entity_ids=frozenset({moroccan.pk}))
    assert [row.entity.id for row in group(only, "MAD", YEAR).rows] == [moroccan.pk]
    assert group(make_scope("read_ledger", level=Level.GROUPS), "MAD", YEAR).rows == ()
    with pytest.raises(NotPermitted):
        group(make_scope(), "EUR", YEAR)


def test_what_no_rate_ties_is_named_and_left_out():
    moroccan, french = riad(), seller()
    billed(buyer(moroccan), "1080")
    billed(make_account(legal_entity=french), "500")

    found = group(READER, "EUR", YEAR)
    assert {row.entity.code: row.lacking for row in found.rows} == {"RIAD": ("MAD",), french.code: ()}
    assert found.total.gross_minor == 600_00
    page = words(signed_in("read_ledger").get("/group?currency=EUR").content.decode())
    assert "Atelier du Riad (MAD)" in page


def test_an_empty_group_teaches():
    assert "No legal entity to put together" in words(signed_in("read_ledger").get("/group").content.decode())
