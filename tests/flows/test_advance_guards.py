"""Advances under attack by raw SQL: one that is collected, one that is not, and an invoice that deducts."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.operations.advances import set_advance
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.flows.change_contract import start_contract
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Deduction, Invoice
from encaisse.kernel import clock
from encaisse.ledger.models import Entry
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Terms
from tests.flows.stories import bill, seller
from tests.guards import Attack, assert_guarded, copied
from tests.makers import CLERK, make_account, make_charge, make_price, make_product, make_scope

DEDUCT = "INSERT INTO invoice_deduction (invoice_id, position, advance_id, advance_tax_id, net_minor, tax_minor) VALUES"
ANOTHER = f"{DEDUCT} (%(draft)s, 9, %(paid)s, %(tax)s, 1, 0)"
TOTALS = ("deduction_fits_its_advance", "deducted_is_told_by_its_rows")
ATTACKS = [
    Attack("advance_is_an_amount_or_a_percentage", "UPDATE catalog_advancerule SET percent = 5",
           also=("catalog_advancerule_append_only",)),
    Attack("advance_says_what_it_is_for", copied("invoice_invoice", "draft", kind="advance", run_id=None)),
    Attack("advance_fits_its_document", "INSERT INTO invoice_advance (invoice_id) VALUES (%(draft)s)"),
    Attack("deducted_is_told_by_its_rows",
           copied("invoice_invoice", "draft", run_id=None, deducted_minor=1, payable_minor=1199)),
    Attack("deduction_fits_its_advance", ANOTHER, also=("deducted_within_the_advance",)),
    Attack("deduction_joins_an_open_invoice", f"{DEDUCT} (%(issued)s, 9, %(paid)s, %(tax)s, 0, 0)",
           also=TOTALS, refused_by="invoice_frozen_once_issued"),
    Attack("deducted_within_the_advance", ANOTHER, also=TOTALS),
    Attack("deduction_position_once_per_invoice", copied("invoice_deduction", "deduction"),
           also=(*TOTALS, "deducted_within_the_advance", "deduction_joins_an_open_invoice")),
    Attack("deduction_is_of_one_sign", f"{DEDUCT} (%(draft)s, 9, %(paid)s, %(tax)s, 1, -1)",
           also=(*TOTALS, "deducted_within_the_advance")),
    Attack("credited_within_the_advance",
           copied("invoice_invoice", "draft", run_id=None, kind="credit_note", net_minor=-1, tax_minor=0,
                  gross_minor=-1, payable_minor=-1, acc_net_minor=-1, acc_tax_minor=0, acc_gross_minor=-1,
                  corrects_id=None
                  ).replace('"corrects_id": null', '"corrects_id": %(paid)s')
           + "INSERT INTO invoice_invoicetax SELECT x.* FROM invoice_invoicetax r, LATERAL jsonb_populate_record(r,"
             " jsonb_build_object('id', 999999, 'invoice_id', (SELECT max(id) FROM invoice_invoice),"
             " 'base_minor', -1, 'tax_minor', 0, 'acc_tax_minor', 0, 'deferred_minor', 0)) x WHERE r.id = %(tax)s"),
    Attack("deducted_only_once_collected",
           copied("invoice_invoice", "draft", run_id=None, deducted_minor=1, payable_minor=1199)
           + f"{DEDUCT} ((SELECT max(id) FROM invoice_invoice), 1, %(unpaid)s,"
             " (SELECT id FROM invoice_invoicetax WHERE invoice_id = %(unpaid)s), 1, 0);"
             "UPDATE invoice_invoice SET state = 'issued', number = 'X', issued_at = now(), issue_date = '2026-02-01'"
             " WHERE id = (SELECT max(id) FROM invoice_invoice)",
           also=("deduction_fits_its_advance", "invoice_stands_in_its_series", "invoice_issued_with_its_entry",
                 "invoice_in_a_series_iff_issued_here", "deduction_is_booked")),
    Attack("advance_held_as_settled", "UPDATE invoice_invoice SET settled_minor = 30 WHERE id = %(unpaid)s",
           also=("settled_moves_by_allocation",)),
    Attack("deduction_is_booked",
           copied("invoice_invoice", "draft", run_id=None, deducted_minor=1, payable_minor=1199)
           + "UPDATE invoice_invoice SET state = 'issued', number = 'X', issued_at = now(), issue_date = '2026-02-01'"
             " WHERE id = (SELECT max(id) FROM invoice_invoice)",
           also=("deducted_is_told_by_its_rows", "invoice_stands_in_its_series", "invoice_issued_with_its_entry",
                 "invoice_in_a_series_iff_issued_here")),
    Attack("deducted_once_per_invoice", copied("ledger_entry", "entry"), also=("entry_balances",)),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """Of one account two contracts, one with its advance paid and deducted, and a draft of something else."""
    account = make_account(legal_entity=seller())
    first = dt.date(2026, 1, 10)
    with clock.stopped_at(dt.datetime(2026, 1, 10, 9, tzinfo=dt.UTC)):
        for reference in ("K-1", "K-2"):
            price = make_price(unit_price=Decimal(120))
            rule = AdvanceFacts(price.offer_id, first, amount=Decimal(50), currency="EUR")
            set_advance(rule, actor=CLERK)
            new = NewContract(reference, account.pk, first, [Terms(price.offer_id, Decimal(1))])
            start_contract(make_scope("manage_contracts"), new)
    take_payment(
        actor=CLERK, account_id=account.pk, method="transfer", amount_minor=6000, currency="EUR",
        received_on=first, reference="VIR",
    )  # fmt: skip
    bill(account.legal_entity, on=dt.date(2026, 1, 20))
    make_charge(account=account, product=make_product(), unit_price=Decimal(10))
    bill(account.legal_entity, on=dt.date(2026, 2, 1), issue=False)
    paid, unpaid = Invoice.objects.filter(kind="advance").order_by("pk")
    deduction = Deduction.objects.get()
    return {
        "paid": paid.pk,
        "unpaid": unpaid.pk,
        "tax": paid.taxes.get().pk,
        "issued": deduction.invoice_id,
        "deduction": deduction.pk,
        "draft": Invoice.objects.get(kind="invoice", state="approved").pk,
        "entry": Entry.objects.get(kind="advance_deducted").pk,
    }
