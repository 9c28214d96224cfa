"""A deposit's life, as stories whose amounts are those of the issue, worked out by hand."""

import datetime as dt

import pytest

from encaisse.allocation.errors import MoreThanOpen
from encaisse.deposit.errors import (
    BeyondCustomerLimit,
    DepositNotInState,
    GivenBackAlready,
    InvoiceStillOpen,
    MoreThanAsked,
    MoreThanHeld,
    OutsideTemplate,
)
from encaisse.deposit.models import Deposit, Movement
from encaisse.deposit.operations import templates
from encaisse.deposit.operations.movements import Given
from encaisse.deposit.rules import Limits
from encaisse.flows import deposits
from encaisse.flows.books import check
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import take_back
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from encaisse.ledger.models import Posting
from encaisse.ledger.operations import install_chart
from encaisse.payment.models import Payment
from tests.makers import CLERK, make_account, make_issued_invoice, make_rate, make_rep, make_scope

pytestmark = pytest.mark.django_db

ALL = make_scope("manage_deposits", "refund_deposits", "record_payment", "allocate")
DAY = dt.date(2026, 2, 10)
TRANSFER = Given("transfer", "VIR 9", dt.date(2026, 6, 30))


def test_the_deposit_of_the_issue() -> None:
    account = make_account()
    template = _template(account)
    bill, open_fifty = make_issued_invoice(account, net="29.58"), make_issued_invoice(account, net="41.67")

    with pytest.raises(OutsideTemplate):
        _ask(account, template, 4_999)
    deposit = _ask(account, template, 10_000)
    assert (_balances()["411"], _balances().get("165")) == (8_550, None)
    _fund(deposit, 6_000)
    assert _state(deposit) == ("hold", 6_000)
    _fund(deposit, 4_000)
    assert _state(deposit) == ("locked", 10_000)
    with pytest.raises(MoreThanAsked):
        _fund(deposit, 1)
    assert _balances()["165"] == -10_000
    assert _balances()["512"] == 10_000

    _draw(deposit, bill, 3_550)
    assert _settled(bill) == 3_550
    assert _state(deposit) == ("unlocked", 6_450)
    with pytest.raises(MoreThanHeld):
        _draw(deposit, open_fifty, 7_000)
    with pytest.raises(MoreThanOpen):
        _draw(deposit, open_fifty, 6_450)
    assert _state(deposit) == ("unlocked", 6_450)
    _draw(deposit, open_fifty, 5_000)
    assert _state(deposit) == ("unlocked", 1_450)
    deposits.refund_deposit(ALL, deposit, TRANSFER)

    assert _state(deposit) == ("refunded", 0)
    assert (_balances()["165"], _balances()["411"], _balances()["512"]) == (0, 0, 8_550)
    assert check() == []


def test_a_deposit_that_is_funded_still_counts_for_the_limit_of_its_customer() -> None:
    account = make_account()
    template = _template(account, customer_max_minor=15_000)
    _fund(_ask(account, template, 10_000), 10_000)

    with pytest.raises(BeyondCustomerLimit):
        _ask(account, template, 5_001)
    _ask(account, template, 5_000)
    with pytest.raises(BeyondCustomerLimit):
        _ask(account, template, 5_000)


def test_the_whole_of_a_deposit_is_used_and_nothing_is_left_to_give_back() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 12_000)
    _fund(deposit, 12_000)

    _draw(deposit, make_issued_invoice(account), 12_000)

    assert _state(deposit) == ("used", 0)
    with pytest.raises(DepositNotInState):
        deposits.refund_deposit(ALL, deposit, TRANSFER)


def test_it_asks_first_while_an_invoice_is_open() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    _fund(deposit, 10_000)
    make_issued_invoice(account)

    with pytest.raises(InvoiceStillOpen) as refused:
        deposits.refund_deposit(ALL, deposit, TRANSFER)

    assert (refused.value.open_minor, _state(deposit)) == (12_000, ("locked", 10_000))
    movement = deposits.refund_deposit(ALL, deposit, TRANSFER, despite_open=True)
    assert _state(deposit) == ("refunded", 0)
    deposits.take_back_movement(ALL, movement, on=DAY)
    assert _state(deposit) == ("locked", 10_000)
    assert check() == []


def test_a_cheque_that_did_not_stay_leaves_the_deposit_and_opens_what_it_had_paid() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    _fund(deposit, 4_000)
    cheque = _fund(deposit, 6_000, method="cheque")
    first, second = make_issued_invoice(account, net="25"), make_issued_invoice(account, net="25")
    _draw(deposit, first, 3_000)
    _draw(deposit, second, 3_000)

    return_payment(cheque, returned_on=DAY, actor=CLERK)

    # 40.00 stay: the draw on the first, 30.00, and 10.00 held; the second is open again.
    assert (_settled(first), _settled(second)) == (3_000, 0)
    assert _state(deposit) == ("unlocked", 1_000)
    assert Payment.objects.get(pk=cheque).state == "returned"
    assert (_balances()["5112"], _balances()["165"], _balances()["411"]) == (0, -1_000, 3_000)
    assert check() == []


def test_a_cheque_that_did_not_stay_after_the_refund_is_refused() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    cheque = _fund(deposit, 10_000, method="cheque")
    deposits.refund_deposit(ALL, deposit, TRANSFER)

    with pytest.raises(GivenBackAlready):
        return_payment(cheque, returned_on=DAY, actor=CLERK)

    assert Payment.objects.get(pk=cheque).state == "received"


def test_a_draw_is_taken_back_from_the_invoice_as_from_the_deposit() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    _fund(deposit, 10_000)
    invoice = make_issued_invoice(account, deferred=("service",))
    _draw(deposit, invoice, 6_000)
    assert _balances()["44571"] == -1_000

    take_back(invoice.allocations.get().pk, scope=ALL)

    assert (_state(deposit), _settled(invoice), _balances()["44571"]) == (("locked", 10_000), 0, 0)
    assert check() == []


def test_a_deposit_in_another_currency_keeps_the_worth_that_it_came_with() -> None:
    account = make_account(currency="MAD")
    make_rate("10.00")
    deposit = _ask(account, _template(account, currency="MAD"), 10_000)
    _fund(deposit, 10_000, received_on=dt.date(2026, 1, 20))
    make_rate("8.00", valid_from=dt.date(2026, 3, 1))

    # Received 100.00 MAD at 10.00, worth 10.00 EUR; given back at 8.00, which costs 12.50: 2.50 are lost.
    deposits.refund_deposit(ALL, deposit, TRANSFER)

    assert (_balances()["165"], _balances()["512"], _balances()["666"]) == (0, -250, 250)
    assert check() == []


def test_whoever_may_not_moves_nothing() -> None:
    account = make_account()
    deposit = _ask(account, _template(account), 10_000)
    _fund(deposit, 10_000)
    invoice = make_issued_invoice(account)
    stranger = make_scope(*ALL.permissions, level=Level.OWN, rep_id=make_rep().pk)

    for scope, refusal in ((make_scope(), NotPermitted), (stranger, NotFound)):
        for act in (
            lambda scope: deposits.request_deposit(scope, account.pk, 1, amount_minor=1, requested_on=DAY),
            lambda scope: _fund(deposit, 1, scope=scope),
            lambda scope: _draw(deposit, invoice, 1, scope=scope),
            lambda scope: deposits.refund_deposit(scope, deposit, TRANSFER),
            lambda scope: deposits.cancel_deposit(scope, deposit, "Erreur"),
            lambda scope: deposits.take_back_movement(scope, Movement.objects.get().pk, on=DAY),
        ):
            with pytest.raises(refusal):
                act(scope)

    assert (_state(deposit), Movement.objects.count(), _settled(invoice)) == (("locked", 10_000), 1, 0)


def _template(account, **limits):
    install_chart()
    said = {"name": "Badge", "currency": "EUR", "min_minor": 5_000, "max_minor": 50_000} | limits
    return templates.define(ALL, account.legal_entity_id, Limits(**said))


def _ask(account, template, amount_minor):
    return deposits.request_deposit(
        ALL, account.pk, template, amount_minor=amount_minor, requested_on=dt.date(2026, 2, 1)
    )


def _fund(deposit, amount_minor, *, scope=ALL, **said):
    money = {"method": "transfer", "received_on": DAY, "reference": "VIR 3"} | said
    return deposits.fund_deposit(scope, deposit, amount_minor=amount_minor, **money)


def _draw(deposit, invoice, amount_minor, *, scope=ALL):
    return deposits.draw_deposit(scope, deposit, invoice.pk, amount_minor, on=dt.date(2026, 5, 4))


def _state(deposit_id):
    found = Deposit.objects.get(pk=deposit_id)
    return found.state, found.received_minor - found.drawn_minor - found.refunded_minor


def _settled(invoice):
    return Invoice.objects.get(pk=invoice.pk).settled_minor


def _balances():
    """What each account of the books holds, debit positive, apart from sales and VAT of the invoices."""
    sums: dict[str, int] = {}
    for code, amount in Posting.objects.values_list("account__code", "amount_minor"):
        sums[code] = sums.get(code, 0) + amount
    return sums
