"""What a run makes of discounts, references, credits and shares, with amounts worked out by hand."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from encaisse.billing.models import Claim, DocumentDiscount, Outcome
from encaisse.flows import billing_cycle
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.invoice.models import Allowance, Invoice, InvoiceTax
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.ledger.models import Posting
from encaisse.party.models import BillingAccount
from encaisse.tax.operations import choose_regime
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, bill, rule, seller
from tests.makers import make_account, make_buyer_reference, make_charge, make_product, make_scope, make_tax

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 1)


def of_run(run_id: int) -> list[Invoice]:
    return list(Invoice.objects.filter(run_id=run_id).order_by("id"))


def totals(invoice: Invoice) -> tuple[int, int, int]:
    return invoice.net_minor, invoice.tax_minor, invoice.gross_minor


def take_off(account: BillingAccount, **fields: Any) -> None:
    defaults = {"currency": "EUR", "reason": "Remise de bienvenue", "valid_from": dt.date(2026, 1, 1)}
    DocumentDiscount.objects.create(account=account, **defaults | fields)


def posted(invoice: Invoice) -> dict[str, int]:
    rows = Posting.objects.filter(entry__invoice=invoice).values_list("account__code")
    return dict(rows.annotate(Sum("amount_minor")))


def test_333_units_as_333_charges_come_to_162_34_and_so_do_their_shares() -> None:
    entity = seller()
    account, product = make_account(legal_entity=entity), make_product()
    for _ in range(333):
        make_charge(account=account, product=product, unit_price="0.4875")

    (invoice,) = of_run(bill(entity))

    (line,) = invoice.lines.all()
    assert (line.quantity, line.unit_price, line.net_minor) == (Decimal(333), Decimal("0.4875"), 162_34)
    shares = Claim.objects.filter(line=line.pk).values_list("share_minor", flat=True)
    assert (len(shares), sum(shares), set(shares)) == (333, 162_34, {48, 49})


def test_lines_bear_a_discount_in_percent_or_as_an_amount_and_say_why() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(
        account=account, unit_price="19.99", discount_percent=Decimal("7.5"), discount_reason="Fidélité"
    )
    make_charge(
        account=account, quantity=3, unit_price="10", discount_amount=Decimal("4.5"), discount_reason="Geste"
    )

    (invoice,) = of_run(bill(entity))

    # 19.99 × 92.5 % = 18.49075 -> 18.49; 30.00 − 4.50 = 25.50; 43.99 at 20 % = 8.798 -> 8.80
    lines = invoice.lines.order_by("position")
    columns = ("gross_minor", "discount_minor", "net_minor", "discount_percent", "discount_reason")
    assert list(lines.values_list(*columns)) == [
        (19_99, 1_50, 18_49, Decimal("7.5"), "Fidélité"),
        (30_00, 4_50, 25_50, Decimal(0), "Geste"),
    ]
    assert totals(invoice) == (43_99, 8_80, 52_79)


def test_discounts_of_the_document_are_spread_over_its_taxes_and_lower_its_sales() -> None:
    entity = seller()
    rule(make_tax("5.5"), "reduced")
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price="66.67", product=make_product(revenue_account="706"))
    make_charge(account=account, unit_price="33.33", product=make_product(revenue_account="707"))
    make_charge(account=account, unit_price="50", product=make_product(tax_class="reduced"))
    take_off(account, percent=Decimal(10))
    take_off(account, amount=Decimal(5), reason="Geste commercial")
    take_off(account, percent=Decimal(50), valid_to=FIRST_OF_FEBRUARY)
    take_off(account, percent=Decimal(50), valid_from=MARCH)

    (invoice,) = of_run(bill(entity))

    # 150.00: 10 % is 15.00, of which 10.00 and 5.00; then 5.00, of which 3.33 and 1.67.
    given = Allowance.objects.filter(invoice=invoice).order_by("position")
    assert list(given.values_list("base_minor", "amount_minor", "percent", "reason")) == [
        (100_00, 10_00, Decimal(10), "Remise de bienvenue"),
        (50_00, 5_00, Decimal(10), "Remise de bienvenue"),
        (100_00, 3_33, None, "Geste commercial"),
        (50_00, 1_67, None, "Geste commercial"),
    ]
    assert invoice_detail(make_scope(), invoice.pk).discounts == [
        ("Remise de bienvenue", Decimal(10), 15_00),
        ("Geste commercial", None, 5_00),
    ]
    taxes = InvoiceTax.objects.filter(invoice=invoice).order_by("position")
    assert list(taxes.values_list("base_minor", "tax_minor")) == [(86_67, 17_33), (43_33, 2_38)]
    assert (invoice.allowance_minor, *totals(invoice)) == (20_00, 130_00, 19_71, 149_71)
    # 13.33 off 66.67 and 33.33: 8.89 and 4.44; 6.67 off 50.00, sold on 706 as well.
    assert posted(invoice) == {
        "411": 149_71, "706": -(66_67 - 8_89 + 50_00 - 6_67), "707": -(33_33 - 4_44), "44571": -19_71,
    }  # fmt: skip
    assert check() == []

    note = Invoice.objects.get(
        pk=credit_in_full(invoice.pk, reason="Erreur", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)
    )
    assert (note.allowance_minor, *totals(note)) == (-20_00, -130_00, -19_71, -149_71)
    assert posted(note) == {code: -amount for code, amount in posted(invoice).items()}
    assert check() == []


def test_an_amount_never_takes_off_more_than_there_is() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price="3")
    take_off(account, amount=Decimal(5))

    (invoice,) = of_run(bill(entity))

    assert (invoice.kind, invoice.allowance_minor, *totals(invoice)) == ("invoice", 3_00, 0, 0, 0)
    assert check() == []


def test_a_total_below_zero_is_a_credit_note_of_the_newest_invoice() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price="80")
    (billed,) = of_run(bill(entity))
    make_charge(account=account, unit_price="20", billable_on=dt.date(2026, 2, 5))
    make_charge(account=account, quantity=-1, unit_price="45", billable_on=dt.date(2026, 2, 5))

    (note,) = of_run(bill(entity, MARCH))

    assert (note.kind, note.number, note.corrects_id) == ("credit_note", "A2026-000001", billed.pk)
    assert totals(note) == (-25_00, -5_00, -30_00)
    assert sorted(note.lines.values_list("net_minor", flat=True)) == [-45_00, 20_00]
    assert posted(note) == {"411": -30_00, "706": 25_00, "44571": 5_00}
    assert check() == []


def test_a_total_below_zero_with_nothing_to_correct_stays_an_exception() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, quantity=-1, unit_price="45")

    run_id = bill(entity, issue=False)

    assert list(Outcome.objects.filter(run_id=run_id).values_list("outcome", "reason")) == [
        ("exception", "negative_total")
    ]


def test_a_total_of_zero_stays_an_invoice() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price="45")
    make_charge(account=account, quantity=-1, unit_price="45")

    (invoice,) = of_run(bill(entity))

    assert (invoice.kind, *totals(invoice)) == ("invoice", 0, 0, 0)
    assert check() == []


def test_charges_with_different_references_have_an_invoice_each() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    first = make_buyer_reference(account, order_reference="BC-1")
    second = make_buyer_reference(account, order_reference="BC-2")
    for price, reference in (("10", first), ("20", None), ("30", second), ("40", first)):
        make_charge(account=account, unit_price=price, buyer_reference=reference)

    run_id = bill(entity)

    columns = ("split", "buyer_reference_id", "net_minor")
    assert [tuple(getattr(row, name) for name in columns) for row in of_run(run_id)] == [
        (0, first.pk, 50_00), (1, None, 20_00), (2, second.pk, 30_00),
    ]  # fmt: skip
    outcomes = Outcome.objects.filter(run_id=run_id).order_by("split")
    assert list(outcomes.values_list("split", "invoice_id")) == [
        (row.split, row.pk) for row in of_run(run_id)
    ]
    assert check() == []


def test_vat_on_receipts_waits_for_the_part_of_services_alone() -> None:
    entity = seller()
    rule(make_tax(), "goods")
    choose_regime(
        entity.pk, tax_class="service", due_on="receipts", valid_from=dt.date(2026, 1, 1), actor=ACTOR
    )
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price="1000")
    make_charge(account=account, unit_price="500", product=make_product(tax_class="goods"))

    (invoice,) = of_run(bill(entity))

    taxes = InvoiceTax.objects.filter(invoice=invoice)
    assert sum(tax.tax_minor for tax in taxes) == 300_00
    assert sum(tax.deferred_minor for tax in taxes) == 200_00
    assert (posted(invoice)["44574"], posted(invoice)["44571"]) == (-200_00, -100_00)
    assert check() == []


def test_where_each_charge_went_is_known_at_every_moment() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    for price in ("10.005", "10.004"):
        make_charge(account=account, unit_price=price, product=make_product())
    assert check() == []

    run_id = bill(entity, issue=False)
    assert check() == []

    billing_cycle.cancel(run_id, actor=ACTOR)
    assert check() == []

    bill(entity)
    assert check() == []
