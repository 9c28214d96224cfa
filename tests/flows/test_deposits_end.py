"""Contracts that wait for their deposit, and what becomes of it at their end."""

import datetime as dt

import pytest

from encaisse.deposit.errors import AnsweredAlready, InvoiceStillOpen, OutsideTemplate
from encaisse.deposit.models import Deposit, Proposal
from encaisse.deposit.operations.offers import OfOffer
from encaisse.flows import deposits, propose_deposits
from encaisse.flows.books import check
from encaisse.flows.change_contract import start_contract
from encaisse.flows.deposits_of_offers import set_deposit
from encaisse.flows.return_payment import return_payment
from encaisse.kernel import clock
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor
from encaisse.subscription.models import Subscription
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Terms
from tests.flows.test_deposits import ALL, DAY, _ask, _balances, _fund, _settled, _state, _template
from tests.makers import CLERK, make_account, make_issued_invoice, make_price, make_scope

pytestmark = pytest.mark.django_db

SELLS = make_scope("manage_offers", "manage_contracts", *ALL.permissions)
CLOCK = Actor("task")


def test_a_contract_waits_until_all_of_its_deposit_is_held() -> None:
    account, price = make_account(), make_price()
    template = _template(account)
    with pytest.raises(OutsideTemplate):
        set_deposit(SELLS, OfOffer(price.offer_id, template, 1, dt.date(2026, 1, 1)))
    set_deposit(SELLS, OfOffer(price.offer_id, template, 10_000, dt.date(2026, 1, 1)))
    set_deposit(SELLS, OfOffer(price.offer_id, template, 0, dt.date(2027, 1, 1)))

    key = _subscribe(account, price)

    (deposit,) = Deposit.objects.filter(subscription=key)
    assert (deposit.state, deposit.amount_minor) == ("validated", 10_000)
    _fund(deposit.pk, 4_000)
    cheque = _fund(deposit.pk, 6_000, method="cheque", received_on=dt.date(2026, 2, 20))
    contract = Subscription.objects.get(pk=key)
    assert (contract.state, contract.start_date) == ("active", dt.date(2026, 2, 20))
    # One that has begun goes on, although the cheque did not stay.
    return_payment(cheque, returned_on=dt.date(2026, 3, 1), actor=CLERK)
    assert Subscription.objects.get(pk=key).state == "active"
    # From the next year on the offer asks for none.
    assert Subscription.objects.get(pk=_subscribe(account, price, 2027)).state == "active"
    assert check() == []


def test_a_cheque_that_did_not_stay_makes_it_wait_again() -> None:
    account, price, other = make_account(), make_price(), make_price()
    template = _template(account)
    for each in (price, other):
        set_deposit(SELLS, OfOffer(each.offer_id, template, 5_000, dt.date(2026, 1, 1)))
    key = _subscribe(account, price, 2026, other)
    first, second = Deposit.objects.filter(subscription=key).order_by("pk").values_list("pk", flat=True)
    cheque = _fund(first, 5_000, method="cheque")

    return_payment(cheque, returned_on=DAY, actor=CLERK)

    _fund(second, 5_000)
    assert Subscription.objects.get(pk=key).state == "waiting"
    _fund(first, 5_000)
    assert Subscription.objects.get(pk=key).state == "active"


def test_at_its_end_what_is_late_comes_first_then_it_is_given_back_once_approved() -> None:
    account = make_account()
    deposit = _held(account, valid_until=dt.date(2026, 6, 30))
    invoice = make_issued_invoice(account, net="50")

    # Neither before its last day is over, nor while the invoice may still be paid in time.
    assert _daily(2026, 2, 20) == {"proposed": 0, "refunded": 0}
    assert _daily(2026, 7, 1) == {"proposed": 1, "refunded": 0}
    assert _daily(2026, 7, 2) == {"proposed": 0, "refunded": 0}
    drawn = Proposal.objects.get(state="open")
    assert (drawn.kind, drawn.why, drawn.invoice_id) == ("draw", "invoice_late", invoice.pk)
    with pytest.raises(NotPermitted):
        propose_deposits.approve(make_scope("allocate"), drawn.pk)
    assert _state(deposit) == ("locked", 10_000)
    with clock.stopped_at(dt.datetime(2026, 7, 3, tzinfo=dt.UTC)):
        propose_deposits.approve(ALL, drawn.pk)
    assert (_settled(invoice), _state(deposit)) == (6_000, ("unlocked", 4_000))

    assert _daily(2026, 7, 4) == {"proposed": 1, "refunded": 0}
    given_back = Proposal.objects.get(state="open")
    late = make_issued_invoice(account)
    with pytest.raises(InvoiceStillOpen):
        propose_deposits.approve(ALL, given_back.pk)
    with clock.stopped_at(dt.datetime(2026, 7, 5, tzinfo=dt.UTC)):
        propose_deposits.approve(ALL, given_back.pk, despite_open=True)
    with pytest.raises(AnsweredAlready):
        propose_deposits.decline(ALL, given_back.pk)

    assert (_state(deposit), _settled(late), _balances()["165"]) == (("refunded", 0), 0, 0)
    assert _daily(2026, 7, 6) == {"proposed": 0, "refunded": 0}
    assert check() == []


def test_one_that_gives_itself_back_does_so_when_nothing_is_owed() -> None:
    account = make_account()
    deposit = _held(account, valid_until=dt.date(2026, 6, 30), is_auto_refund=True)

    assert _daily(2026, 6, 30) == {"proposed": 0, "refunded": 0}
    assert _daily(2026, 7, 1) == {"proposed": 0, "refunded": 1}

    assert (_state(deposit), _balances()["165"]) == (("refunded", 0), 0)
    assert check() == []


def test_what_was_declined_is_not_proposed_again() -> None:
    account = make_account()
    deposit = _held(account, valid_months=3)
    assert _daily(2026, 6, 1)["proposed"] == 1

    propose_deposits.decline(ALL, Proposal.objects.get().pk)

    assert _daily(2026, 6, 2)["proposed"] == 0
    assert _state(deposit) == ("locked", 10_000)
    deposits.prolong_deposit(ALL, deposit, dt.date(2027, 1, 31))
    assert Deposit.objects.get(pk=deposit).valid_until == dt.date(2027, 1, 31)


def _held(account, **limits):
    deposit = _ask(account, _template(account, **limits), 10_000)
    _fund(deposit, 10_000)
    return deposit


def _daily(*day):
    with clock.stopped_at(dt.datetime(*day, 12, tzinfo=dt.UTC)):
        return propose_deposits.follow_due(actor=CLOCK)


def _subscribe(account, price, year=2026, *others):
    terms = [Terms(each.offer_id, 1) for each in (price, *others)]
    reference = f"K-{year}-{price.pk}"
    with clock.stopped_at(dt.datetime(year, 2, 1, 12, tzinfo=dt.UTC)):
        return start_contract(SELLS, NewContract(reference, account.pk, dt.date(year, 2, 1), terms))
