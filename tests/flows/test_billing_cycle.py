"""Stories of billing, with amounts worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from encaisse.billing.errors import AccountRefused, NothingToBill, RunNotInState
from encaisse.billing.models import Claim, Outcome, Run
from encaisse.charge.models import Charge
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.invoice.errors import AlreadyCredited, InvoiceNotIssued, IssueDateBeforeLast, NotCreditable
from encaisse.invoice.models import Invoice, InvoiceTax, Series
from encaisse.invoice.operations.verify import verify_all
from encaisse.kernel.models import Event
from encaisse.ledger.models import Entry, Posting
from encaisse.subscription.models import Item
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, SCOPE, bill, composite, rule, seller
from tests.makers import make_account, make_charge, make_identity, make_price, make_product, make_subscription

pytestmark = pytest.mark.django_db


def of_run(run_id: int) -> list[Invoice]:
    return list(Invoice.objects.filter(run_id=run_id).order_by("id"))


def outcomes(run_id: int) -> dict[int, tuple[str, str]]:
    rows = Outcome.objects.filter(run_id=run_id).values_list("account_id", "outcome", "reason")
    return {account_id: (outcome, reason) for account_id, outcome, reason in rows}


def test_four_lines_at_twenty_percent_come_to_334_99_and_never_335_00() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    for price in ("68.33", "68.33", "57.50", "85.00"):
        make_charge(account=account, unit_price=price, product=make_product())

    (invoice,) = of_run(bill(entity))

    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (27916, 5583, 33499)
    assert (invoice.number, invoice.due_date) == ("F2026-000001", dt.date(2026, 3, 3))
    assert (
        sum(Claim.objects.filter(line__in=invoice.lines.values("pk")).values_list("share_minor", flat=True))
        == 27916
    )


def test_its_full_credit_note_is_the_exact_mirror() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    for price in ("68.33", "68.33", "57.50", "85.00"):
        make_charge(account=account, unit_price=price, product=make_product())
    (invoice,) = of_run(bill(entity))

    note = Invoice.objects.get(
        pk=credit_in_full(invoice.pk, reason="Erreur de prix", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)
    )

    assert (note.net_minor, note.tax_minor, note.gross_minor) == (-27916, -5583, -33499)
    assert (note.number, note.corrects_id, note.kind) == ("A2026-000001", invoice.pk, "credit_note")
    invoice.refresh_from_db()
    note.refresh_from_db()
    assert (invoice.settled_minor, note.settled_minor) == (33499, -33499)
    postings = Posting.objects.filter(entry__invoice=note).values_list("amount_minor", flat=True)
    assert sorted(postings) == [-33499, 5583, 27916]
    assert Charge.objects.filter(reverses__isnull=False).count() == 4
    assert list(verify_all()) == []


def test_an_invoice_is_credited_once() -> None:
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    (invoice,) = of_run(bill(entity))
    note_id = credit_in_full(invoice.pk, reason="Doublon", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)

    with pytest.raises(AlreadyCredited):
        credit_in_full(invoice.pk, reason="Doublon", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)
    with pytest.raises(NotCreditable):
        credit_in_full(note_id, reason="Doublon", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)

    assert Invoice.objects.filter(kind="credit_note").count() == 1


def test_a_draft_cannot_be_credited() -> None:
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    (draft,) = of_run(bill(entity, issue=False))

    with pytest.raises(InvoiceNotIssued):
        credit_in_full(draft.pk, reason="Trop tôt", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)

    assert Invoice.objects.count() == 1


def test_a_composite_tax_rounds_each_component() -> None:
    entity = seller()
    rule(composite("20", "2"), "equipment")
    make_charge(
        account=make_account(legal_entity=entity),
        unit_price="1234.56",
        product=make_product(tax_class="equipment"),
    )

    (invoice,) = of_run(bill(entity))

    taxes = (
        InvoiceTax.objects.filter(invoice=invoice)
        .order_by("position")
        .values_list("kind", "rate", "tax_minor")
    )
    assert list(taxes) == [("vat", Decimal(20), 24691), ("other", Decimal(2), 2469)]
    assert invoice.gross_minor == 150616


def test_a_discount_is_rounded_with_its_line_once() -> None:
    entity = seller()
    make_charge(
        account=make_account(legal_entity=entity),
        quantity=3,
        unit_price="33.33",
        discount_percent=Decimal("7.5"),
    )

    (invoice,) = of_run(bill(entity))

    (line,) = invoice.lines.all()
    assert (line.gross_minor, line.discount_minor, line.net_minor) == (9999, 750, 9249)  # 92.49075


def test_a_line_gathers_equal_charges_and_shares_its_cents_among_them() -> None:
    entity = seller()
    account, product = make_account(legal_entity=entity), make_product()
    charges = [
        make_charge(account=account, product=product, unit_price="0.333333", label="Appel") for _ in range(3)
    ]

    (invoice,) = of_run(bill(entity))

    (line,) = invoice.lines.all()
    assert (line.quantity, line.net_minor) == (3, 100)  # 0.999999
    shares = (
        Claim.objects.filter(charge__in=charges).order_by("charge_id").values_list("share_minor", flat=True)
    )
    assert list(shares) == [34, 33, 33]


def test_a_subscription_is_billed_a_period_once_and_keeps_its_anchor() -> None:
    entity = seller()
    item = make_subscription(
        make_price(), account=make_account(legal_entity=entity), start_date=dt.date(2026, 1, 31)
    )

    bill(entity, dt.date(2026, 2, 28))
    bill(entity, dt.date(2026, 3, 1))
    bill(entity, dt.date(2026, 3, 1))

    periods = Charge.objects.filter(item=item).order_by("period_from").values_list("period_from", "period_to")
    assert list(periods) == [
        (dt.date(2026, 1, 31), dt.date(2026, 2, 28)),
        (dt.date(2026, 2, 28), dt.date(2026, 3, 31)),
    ]
    assert Item.objects.get(pk=item.pk).billed_through == dt.date(2026, 3, 31)
    assert Invoice.objects.filter(state="issued").count() == 2


def test_one_bad_account_never_stops_the_others() -> None:
    entity = seller()
    good = make_account(legal_entity=entity)
    dirham = make_account(legal_entity=entity, currency="MAD")
    nameless = make_account(legal_entity=entity, identity=make_identity(siren="", vat_number=""))
    nowhere = make_account(legal_entity=entity, identity=make_identity(country="BR"))
    idle = make_account(legal_entity=entity)
    for account in (good, dirham, nameless, nowhere):
        make_charge(account=account, currency=account.currency)

    run_id = bill(entity)

    assert outcomes(run_id) == {
        good.pk: ("invoiced", ""),
        dirham.pk: ("exception", "no_rate_recorded"),
        nameless.pk: ("exception", "missing_legal_data"),
        nowhere.pk: ("exception", "unknown_tax"),
        idle.pk: ("nothing", ""),
    }
    assert Claim.objects.count() == 1
    assert Run.objects.get(pk=run_id).state == "complete"


def test_an_exception_is_billed_once_its_cause_is_mended() -> None:
    entity = seller()
    account = make_account(legal_entity=entity, identity=make_identity(siren="", vat_number=""))
    make_charge(account=account)
    bill(entity)

    account.identity = make_identity()
    account.save(update_fields=["identity"])
    (invoice,) = of_run(bill(entity))

    assert (invoice.account_id, invoice.state) == (account.pk, "issued")


def test_a_negative_total_is_an_exception_and_its_charges_stay_open() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, unit_price=10, product=make_product())
    make_charge(account=account, quantity=-1, unit_price=30, product=make_product())

    run_id = bill(entity)

    assert outcomes(run_id) == {account.pk: ("exception", "negative_total")}
    assert Claim.objects.count() == 0


def test_cancelling_a_run_opens_its_charges_again_or_drops_them() -> None:
    entity = seller()
    charge = make_charge(account=make_account(legal_entity=entity))

    reopened = bill(entity, issue=False)
    billing_cycle.cancel(reopened, actor=ACTOR)
    assert not Claim.objects.filter(charge=charge).exists()
    assert [draft.state for draft in of_run(reopened)] == ["cancelled"]

    dropped = bill(entity, issue=False)
    billing_cycle.cancel(dropped, actor=ACTOR, drop=True)
    assert Claim.objects.get(charge=charge).fate == "dropped"
    assert of_run(bill(entity)) == []


def test_a_run_that_issued_cannot_be_cancelled() -> None:
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity)

    with pytest.raises(RunNotInState):
        billing_cycle.cancel(run_id, actor=ACTOR)

    assert [invoice.state for invoice in of_run(run_id)] == ["issued"]


def test_issuing_again_changes_nothing() -> None:
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity)
    events = Event.objects.count()

    with pytest.raises(RunNotInState):
        billing_cycle.issue(run_id, actor=ACTOR)

    assert Series.objects.get(legal_entity=entity).last_number == 1
    assert Event.objects.count() == events


def test_a_series_never_goes_back_in_time() -> None:
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    bill(entity, dt.date(2026, 3, 1))
    make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity, dt.date(2026, 2, 1), issue=False)

    billing_cycle.issue(run_id, actor=ACTOR)

    refused = [reason for _, (outcome, reason) in outcomes(run_id).items() if outcome == "exception"]
    assert refused == [IssueDateBeforeLast.code]
    assert Series.objects.get(legal_entity=entity).last_number == 1
    assert Claim.objects.count() == 1


def test_each_year_and_each_entity_has_its_series() -> None:
    first, second = seller(), seller(invoice_prefix="G")
    for entity in (first, second):
        make_charge(account=make_account(legal_entity=entity))
        bill(entity)
    make_charge(account=make_account(legal_entity=first))
    bill(first, dt.date(2027, 1, 1))

    numbers = Invoice.objects.order_by("id").values_list("number", flat=True)
    assert list(numbers) == ["F2026-000001", "G2026-000001", "F2027-000001"]


def test_an_invoice_by_hand_is_a_run_of_one() -> None:
    entity = seller()
    account, product = make_account(legal_entity=entity), make_product()
    make_subscription(account=account)
    line = ManualLine(product.pk, "Intervention sur site", Decimal(2), Decimal("150.00"))

    invoice_id = bill_by_hand(SCOPE, account.pk, [line], currency="EUR", issue_date=FIRST_OF_FEBRUARY)

    invoice = Invoice.objects.get(pk=invoice_id)
    assert (invoice.state, invoice.gross_minor) == ("approved", 36000)
    billing_cycle.issue(invoice.run_id or 0, actor=ACTOR)
    invoice.refresh_from_db()
    assert invoice.number == "F2026-000001"


def test_an_invoice_by_hand_that_is_refused_leaves_nothing() -> None:
    entity = seller()
    account = make_account(legal_entity=entity, currency="MAD")
    line = ManualLine(make_product().pk, "Intervention", Decimal(1), Decimal(100))

    with pytest.raises(AccountRefused) as refused, transaction.atomic():
        bill_by_hand(SCOPE, account.pk, [line], currency="MAD", issue_date=FIRST_OF_FEBRUARY)

    assert refused.value.reason == "no_rate_recorded"
    assert (Charge.objects.count(), Run.objects.count()) == (0, 0)


def test_a_run_over_nobody_is_refused() -> None:
    with pytest.raises(NothingToBill):
        billing_cycle.start(SCOPE, cutoff_date=FIRST_OF_FEBRUARY, issue_date=FIRST_OF_FEBRUARY)

    assert Run.objects.count() == 0


def test_every_issue_is_booked_and_told_once() -> None:
    entity = seller()
    for _ in range(3):
        make_charge(account=make_account(legal_entity=entity))

    run_id = bill(entity)

    first, *_, last = [invoice.pk for invoice in of_run(run_id)]
    event = Event.objects.get(topic="invoice.issued")
    assert (event.first_id, event.last_id, event.actor_label) == (first, last, "Camille")
    assert Entry.objects.filter(invoice__run_id=run_id).count() == 3


def test_a_product_whose_revenue_account_nobody_opened_is_issued_all_the_same() -> None:
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account, product=make_product(revenue_account="7061"))

    bill(entity)

    invoice = Invoice.objects.get(account=account)
    assert invoice.state == "issued"
    assert Posting.objects.filter(entry__invoice=invoice, account__code="7061").count() == 1
