"""A customer billed in dirhams by a seller whose books are in euros, from price to payment."""

import datetime as dt
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.urls import reverse

from encaisse.allocation.models import Allocation
from encaisse.billing.models import Outcome, Run
from encaisse.billing.rules import Selection
from encaisse.flows import billing_cycle
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import take_back
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries.exchange import exchange_of
from encaisse.invoice.models import Invoice, Line
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import public_id
from encaisse.ledger.models import Posting
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Item
from encaisse.subscription.queries import contract
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import ACTOR, SCOPE, seller
from tests.makers import (
    CLERK,
    make_account,
    make_charge,
    make_price,
    make_rate,
    make_scope,
    make_subscription,
)

pytestmark = pytest.mark.django_db
TENTH, FIFTEENTH, TWENTIETH = (dt.date(2026, 1, day) for day in (10, 15, 20))


def dirhams(*prices: str) -> BillingAccount:
    """An account billed in dirhams that holds an offer at each of these prices, in euros, since 1 January."""
    account = make_account(legal_entity=seller(), currency="MAD")
    for price in prices:
        make_subscription(make_price(unit_price=Decimal(price)), account=account)
    return account


def draft(account: BillingAccount, on: dt.date) -> int:
    run_id = billing_cycle.start(
        SCOPE, cutoff_date=on, issue_date=on, selection=Selection(legal_entity_id=account.legal_entity_id)
    )
    billing_cycle.draft(run_id, actor=ACTOR)
    return run_id


def billed(account: BillingAccount, on: dt.date = TWENTIETH) -> Invoice:
    run_id = draft(account, on)
    billing_cycle.issue(run_id, actor=ACTOR)
    return Invoice.objects.get(run_id=run_id, account=account, state="issued")


def pay(account: BillingAccount, amount_minor: int, on: dt.date) -> int:
    told = {"method": "transfer", "currency": "MAD", "reference": "", "received_on": on}
    return take_payment(actor=CLERK, account_id=account.pk, amount_minor=amount_minor, **told)


def balances() -> dict[str, int]:
    found: dict[str, int] = {}
    for code, amount in Posting.objects.values_list("account__code", "amount_minor"):
        found[code] = found.get(code, 0) + amount
    return {code: amount for code, amount in found.items() if amount}


def test_drafted_at_one_rate_issued_at_the_next_and_never_changed_by_a_later_one():
    account = dirhams("12.34", "56.78", "90.12")
    make_rate("10.80")

    run_id = draft(account, TWENTIETH)
    before = Invoice.objects.get(run_id=run_id)
    make_rate("10.95", valid_from=FIFTEENTH)
    billing_cycle.issue(run_id, actor=ACTOR)
    make_rate("11.50", valid_from=TWENTIETH)

    assert (before.net_minor, before.acc_net_minor, before.rate) == (171979, 15924, Decimal("10.8"))
    before.refresh_from_db()
    assert before.state == "cancelled"
    invoice = Invoice.objects.get(run_id=run_id, state="issued")
    lines = Line.objects.filter(invoice=invoice).order_by("position")
    assert [*lines.values_list("net_minor", "acc_net_minor", "unit_price")] == [
        (13512, 1234, Decimal("135.123")), (62174, 5678, Decimal("621.741")), (98681, 9012, Decimal("986.814")),
    ]  # fmt: skip
    assert (invoice.currency, invoice.net_minor, invoice.tax_minor) == ("MAD", 174367, 34873)
    assert (invoice.accounting_currency, invoice.acc_net_minor, invoice.acc_tax_minor) == ("EUR", 15924, 3185)
    assert invoice.rate == Decimal("10.95")
    assert invoice.exchange_rate is not None
    assert invoice.exchange_rate.rate == Decimal("10.95")
    assert Outcome.objects.get(run_id=run_id).invoice_id == invoice.pk
    assert Run.objects.get(pk=run_id).state == "complete"
    assert balances() == {"411": 19109, "706": -15924, "44571": -3185}
    assert check() == []


def test_without_a_rate_the_account_waits_and_a_rate_lets_it_be_billed():
    account = dirhams("100.00")

    run_id = draft(account, TWENTIETH)

    outcome = Outcome.objects.get(run_id=run_id)
    assert (outcome.reason, outcome.facts["date"]) == ("no_rate_recorded", "2026-01-20")
    make_rate("10.80")
    assert billed(account, TWENTIETH).net_minor == 108000


@pytest.mark.parametrize(
    ("rate", "account_of", "amount_minor"), [("11.00", "666", 197), ("10.60", "766", -204)]
)
def test_what_a_payment_is_worth_otherwise_is_a_loss_or_a_gain_and_411_ends_at_nothing(
    rate, account_of, amount_minor
):
    account = dirhams("90.00")
    make_rate("10.80")
    invoice = billed(account)
    make_rate(rate, valid_from=dt.date(2026, 2, 1))

    first = pay(account, 33333, dt.date(2026, 2, 3))
    pay(account, 33334, dt.date(2026, 2, 4))
    partly = balances()["411"]
    pay(account, invoice.gross_minor - 66667, dt.date(2026, 2, 5))

    assert invoice.gross_minor == 116640
    assert partly == 10800 - round(10800 * 66667 / 116640)
    assert "411" not in balances()
    assert balances()[account_of] == amount_minor
    return_payment(first, returned_on=dt.date(2026, 2, 9), actor=CLERK)
    assert balances()["411"] == round(10800 * 33333 / 116640)
    assert check() == []


def test_what_is_taken_back_takes_its_difference_back_and_a_credit_note_has_none_of_its_own():
    account = dirhams("90.00")
    make_rate("10.80")
    invoice = billed(account)
    make_rate("11.00", valid_from=dt.date(2026, 2, 1))
    pay(account, 40000, dt.date(2026, 2, 3))

    take_back(Allocation.objects.get().pk, scope=make_scope("allocate"))
    taken = balances()
    credit(SCOPE, invoice.pk, reason="Erreur", issue_date=dt.date(2026, 2, 10))

    assert "666" not in taken
    assert balances() == {"512": 3636, "411": -3636}
    assert check() == []


def test_a_price_in_the_customers_currency_wins_over_one_in_that_of_the_books():
    account = dirhams()
    make_rate("10.80")
    price = make_price(unit_price=Decimal(30))
    make_price(offer=price.offer, currency="MAD", unit_price=Decimal(324))
    make_subscription(price, account=account)
    make_charge(account=account, currency="MAD")

    invoice = billed(account)

    assert sorted(Line.objects.filter(invoice=invoice).values_list("net_minor", "acc_net_minor")) == [
        (10000, 926), (32400, 3000),
    ]  # fmt: skip
    assert check() == []


def said(page: HttpResponse) -> str:
    """What a page says, with ordinary spaces."""
    return words(page.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def test_a_contract_an_offer_and_an_invoice_are_shown_in_both_currencies_at_the_last_rate():
    make_rate("10.80")
    make_rate("10.95", valid_from=FIFTEENTH)
    account = dirhams("12.34")
    item = Item.objects.get(account=account)
    client = signed_in()
    address = f"?account={public_id('ba', account.pk)}"

    with clock.stopped_at(dt.datetime(2026, 1, 12, 12, tzinfo=dt.UTC)):
        before = contract(SCOPE, item.subscription_id)
    with clock.stopped_at(dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)):
        after = contract(SCOPE, item.subscription_id)
        held = said(client.get(reverse("desk:contract", args=[item.subscription_id])))
        offer = said(client.get(reverse("desk:offer", args=[item.offer_id]) + address))
        change = {"offer_id": item.offer_id, "quantity": "2", "on": "2026-02-01", "do": "preview"}
        url = reverse("desk:change_contract", args=[item.subscription_id]) + "?position=1"
        seen = said(client.post(url, change))
        invoice = billed(account)
        shown = said(client.get(reverse("desk:invoice", args=[invoice.pk])))

    (row,) = after.items  # 12.34 × 10.80 = 133.272, 12.34 × 10.95 = 135.123
    assert (row.currency, row.period_minor) == ("EUR", 1234)
    assert before.exchange.price(row.unit_price, "EUR") == Decimal("133.272")
    assert after.exchange.shown(row.period_minor, "EUR") == 13512
    for page in (held, seen):
        assert "1 EUR = 10.95 MAD" in page and "€12.34" in page and "MAD 135.12" in page
    assert "In MAD" in offer and "MAD 135.123" in offer and "1 EUR = 10.95 MAD" in offer
    assert "In the books" in shown and "€14.81" in shown  # 12.34 and 2.47 of VAT
    assert "1 EUR = 10.95 MAD, from" in shown
    with pytest.raises(NotFound):
        exchange_of(make_scope(entity_ids=frozenset({0})), account.pk)


def test_without_a_rate_or_in_one_currency_nothing_else_is_shown():
    account = dirhams("12.34")
    other = make_subscription(make_price(unit_price=Decimal(5)))

    found = contract(SCOPE, Item.objects.get(account=account).subscription_id)

    assert (found.exchange.rate, found.exchange.shown(1234, "EUR")) == (None, None)
    assert contract(SCOPE, other.subscription_id).exchange is None
