"""Advances from what an offer asks to the last invoice that deducts them. Every amount was worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from encaisse.catalog.models import PriceVersion
from encaisse.catalog.operations.advances import set_advance
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.flows.ask_advance import give_back
from encaisse.flows.books import check
from encaisse.flows.change_contract import start_contract
from encaisse.flows.credit_invoice import credit, credit_in_full
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import settle_with_credit_note
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice
from encaisse.invoice.rules.portion import Cut
from encaisse.kernel import clock
from encaisse.ledger.models import Posting
from encaisse.party.models import BillingAccount
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Terms
from encaisse.tax.operations import choose_regime
from tests.flows.stories import bill, seller
from tests.makers import CLERK, make_account, make_charge, make_offer, make_price, make_product, make_scope

pytestmark = pytest.mark.django_db
SCOPE = make_scope("manage_contracts", "bill", "credit", "allocate")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


@pytest.fixture(autouse=True)
def _on_the_tenth_of_january(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 1, 10, 9, tzinfo=dt.UTC))


@pytest.fixture
def account() -> BillingAccount:
    """Of a seller whose services have their VAT due on receipts."""
    entity = seller()
    choose_regime(entity.pk, tax_class="service", due_on="receipts", actor=CLERK)
    return make_account(legal_entity=entity)


def sold(price: str, **rule) -> PriceVersion:
    """An offer by the month, in advance, at that price, that asks for an advance."""
    sold = make_price(offer=make_offer(name_fr="Fibre"), unit_price=Decimal(price))
    set_advance(AdvanceFacts(sold.offer_id, day("01-01"), **rule), actor=CLERK)
    return sold


def subscribed(account: BillingAccount, price: PriceVersion, reference: str = "K-1") -> Subscription:
    terms = [Terms(price.offer_id, Decimal(1))]
    key = start_contract(SCOPE, NewContract(reference, account.pk, day("01-10"), terms))
    return Subscription.objects.get(pk=key)


def fifty(account: BillingAccount, price: str = "120") -> Subscription:
    """A contract at so much a month that waits for an advance of 50.00 and 10.00 of VAT."""
    return subscribed(account, sold(price, amount=Decimal(50), currency="EUR"))


def advance() -> Invoice:
    return Invoice.objects.get(kind="advance")


def paid(account: BillingAccount, amount: str, on: str) -> Payment:
    key = take_payment(
        actor=CLERK, account_id=account.pk, method="transfer", amount_minor=round(Decimal(amount) * 100),
        currency="EUR", received_on=day(on), reference="VIR",
    )  # fmt: skip
    return Payment.objects.get(pk=key)


def billed(account: BillingAccount, on: str) -> Invoice:
    bill(account.legal_entity, on=day(on))
    return Invoice.objects.filter(account=account, kind="invoice").latest("pk")


def said(invoice: Invoice) -> tuple[int, int, int, int]:
    """Net, VAT, deducted and to pay, in cents."""
    invoice.refresh_from_db()
    return invoice.net_minor, invoice.tax_minor, invoice.deducted_minor, invoice.payable_minor


def balances(*codes: str) -> tuple[int, ...]:
    """What the accounts hold, in cents, debit positive."""
    return tuple(
        sum(Posting.objects.filter(account__code=code).values_list("amount_minor", flat=True))
        for code in codes
    )


def in_order() -> bool:
    """Nothing is wrong in the books, deferred guards among it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return [finding.name for finding in check()] == []


def test_an_advance_begins_its_contract_and_is_deducted_from_the_next_invoice(account) -> None:
    contract = fifty(account)
    asked = advance()
    assert (asked.number, asked.due_date, said(asked)) == (
        "FAC2026-000001",
        day("01-10"),
        (5000, 1000, 0, 6000),
    )
    assert asked.lines.get().label == "Acompte pour Fibre"
    # Neither a sale nor VAT: 60.00 asked, of which 10.00 of VAT wait.
    assert balances("411", "41919", "4191", "706", "44574", "44571") == (6000, -5000, 0, 0, -1000, 0)

    paid(account, "59.99", "01-18")
    contract.refresh_from_db()
    assert contract.state == "waiting"
    paid(account, "0.01", "01-20")

    contract.refresh_from_db()
    assert (contract.state, contract.start_date) == ("active", day("01-20"))
    assert balances("411", "41919", "4191", "706", "44574", "44571") == (0, 0, -5000, 0, 0, -1000)
    assert in_order()

    invoice = billed(account, "02-01")
    assert said(invoice) == (12000, 2400, 6000, 8400)
    assert invoice.taxes.get().deferred_minor == 1400  # 14.00 of VAT still to declare
    assert balances("411", "41919", "4191", "706", "44574", "44571") == (8400, 0, 0, -12000, -1400, -1000)
    paid(account, "84", "02-10")
    assert balances("411", "4191", "44574", "44571") == (0, 0, 0, -2400)
    assert in_order()
    assert said(billed(account, "02-21")) == (12000, 2400, 0, 14400)


def test_what_an_invoice_cannot_take_is_left_for_the_following(account) -> None:
    fifty(account, "30")
    paid(account, "60", "01-20")

    first = billed(account, "02-01")
    assert (said(first), first.taxes.get().deferred_minor) == ((3000, 600, 3600, 0), 0)
    assert balances("411", "4191", "44574", "44571") == (0, -2000, 0, -1000)  # 20.00 and 4.00 are left
    assert in_order()
    assert said(billed(account, "02-21")) == (3000, 600, 2400, 1200)
    assert said(billed(account, "03-21")) == (3000, 600, 0, 3600)
    assert in_order()


def test_an_unpaid_advance_is_never_deducted_and_is_abandoned_by_credit_note(account) -> None:
    contract = fifty(account)
    make_charge(account=account, product=make_product(), unit_price=Decimal(100))
    assert said(billed(account, "02-01")) == (10000, 2000, 0, 12000)

    credit_in_full(advance().pk, reason="Abandon", actor=CLERK, issue_date=day("02-02"))

    contract.refresh_from_db()
    assert contract.state == "waiting"
    assert balances("411", "41919", "4191", "44574", "44571") == (12000, 0, 0, -2000, 0)
    assert in_order()


def test_only_an_invoice_of_its_contract_deducts_an_advance(account) -> None:
    fifty(account)
    paid(account, "60", "01-12")
    make_charge(account=account, product=make_product(), unit_price=Decimal(10), billable_on=day("01-11"))
    other = make_account(legal_entity=account.legal_entity)
    make_charge(account=other, product=make_product(), unit_price=Decimal(10), billable_on=day("01-11"))

    assert said(billed(account, "01-12")) == (1000, 200, 0, 1200)
    assert said(billed(account, "02-01")) == (12000, 2400, 6000, 8400)
    assert said(billed(other, "02-02"))[2] == 0


def test_a_percentage_is_of_the_first_whole_period(account) -> None:
    subscribed(account, sold("99.99", percent=Decimal("33.3333")))

    assert said(advance()) == (3333, 667, 0, 4000)  # 33.3299… and 6.666


def test_no_advance_begins_a_contract_at_once(account) -> None:
    price = sold("30", amount=Decimal(50), currency="EUR")
    set_advance(AdvanceFacts(price.offer_id, day("01-10")), actor=CLERK)

    assert subscribed(account, price).state == "active"
    assert not Invoice.objects.exists()


def test_a_credit_note_of_another_invoice_collects_an_advance(account) -> None:
    make_charge(account=account, product=make_product(), unit_price=Decimal(50), billable_on=day("01-01"))
    earlier = billed(account, "01-09")
    paid(account, "60", "01-09")
    note = credit_in_full(earlier.pk, reason="Geste", actor=CLERK, issue_date=day("01-10"))
    contract = fifty(account)

    settle_with_credit_note(note, scope=SCOPE, amounts={advance().pk: 6000})

    contract.refresh_from_db()
    assert contract.state == "active"
    assert balances("411", "41919", "4191", "44574", "44571") == (0, 0, -5000, 0, -1000)
    assert in_order()


def test_crediting_what_deducted_an_advance_gives_it_back(account) -> None:
    fifty(account)
    paid(account, "60", "01-20")
    invoice = billed(account, "02-01")

    note = Invoice.objects.get(
        pk=credit(SCOPE, invoice.pk, reason="Erreur", issue_date=day("02-02"),
                  cuts={invoice.lines.get().pk: Cut(amount_minor=8000)})
    )  # fmt: skip
    assert said(note) == (-8000, -1600, -1200, -8400)  # what was to be paid first, then 12.00 of the advance
    rest = Invoice.objects.get(
        pk=credit_in_full(invoice.pk, reason="Erreur", actor=CLERK, issue_date=day("02-02"))
    )
    assert said(rest) == (-4000, -800, -4800, 0)
    assert balances("411", "4191", "706", "44574", "44571") == (0, -5000, 0, 0, -1000)
    assert in_order()

    make_charge(account=account, product=make_product(), unit_price=Decimal(10), billable_on=day("02-01"))
    assert said(billed(account, "02-21"))[2:] == (6000, 9600)
    assert in_order()


def test_an_advance_whose_money_goes_back_is_owed_again_and_not_deducted(account) -> None:
    contract = fifty(account)
    payment = paid(account, "60", "01-20")
    return_payment(payment.pk, returned_on=day("01-25"), actor=CLERK)

    contract.refresh_from_db()
    assert contract.state == "active"
    assert balances("411", "41919", "4191", "44574", "44571") == (6000, -5000, 0, -1000, 0)
    invoice = billed(account, "02-01")
    assert said(invoice) == (12000, 2400, 0, 14400)
    paid(account, "60", "02-02")  # the oldest first: the advance
    assert said(billed(account, "02-21")) == (12000, 2400, 6000, 8400)
    assert in_order()


def test_money_that_goes_back_after_it_was_deducted_is_owed(account) -> None:
    fifty(account)
    payment = paid(account, "60", "01-20")
    billed(account, "02-01")
    return_payment(payment.pk, returned_on=day("02-05"), actor=CLERK)

    assert balances("411", "41919", "4191") == (14400, -5000, 5000)
    assert in_order()
    assert said(billed(account, "02-21")) == (12000, 2400, 0, 14400)


def test_a_draft_that_deducts_what_went_back_is_not_issued(account) -> None:
    fifty(account)
    payment = paid(account, "60", "01-20")
    run_id = bill(account.legal_entity, on=day("02-01"), issue=False)
    draft = Invoice.objects.get(kind="invoice")
    return_payment(payment.pk, returned_on=day("02-01"), actor=CLERK)
    from encaisse.flows import billing_cycle

    billing_cycle.issue(run_id, actor=CLERK)
    draft.refresh_from_db()
    assert draft.state == "cancelled"
    assert said(billed(account, "02-02")) == (12000, 2400, 0, 14400)


def test_an_advance_given_back_before_use_frees_its_money(account) -> None:
    fifty(account)
    payment = paid(account, "60", "01-20")

    give_back(advance().pk, reason="Résiliation", on=day("01-22"), actor=CLERK)

    payment.refresh_from_db()
    assert payment.allocated_minor == 0
    assert balances("411", "41919", "4191", "44574", "44571") == (-6000, 0, 0, 0, 0)
    return_payment(payment.pk, returned_on=day("01-23"), actor=CLERK)
    assert balances("411", "512", "4191", "44571") == (0, 0, 0, 0)
    assert in_order()


def test_the_rest_of_an_advance_is_given_back_by_a_credit_note_to_use(account) -> None:
    fifty(account, "30")
    paid(account, "60", "01-20")
    billed(account, "02-01")

    note = Invoice.objects.get(pk=give_back(advance().pk, reason="Fin", on=day("02-02"), actor=CLERK))

    assert said(note) == (-2000, -400, 0, -2400)
    assert in_order()
    second = billed(account, "02-21")
    assert said(second) == (3000, 600, 0, 3600)
    settle_with_credit_note(note.pk, scope=SCOPE, amounts={second.pk: 2400})
    assert balances("411", "41919", "4191") == (1200, 0, 0)
    assert in_order()
