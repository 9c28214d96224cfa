"""Stories of corrections: credit notes in part, their cancelling, and what takes the place of an invoice."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from django.db import connection, transaction

from encaisse.allocation.operations import allocate
from encaisse.billing.errors import AccountRefused, RunNotInState
from encaisse.billing.models import Claim, DocumentDiscount
from encaisse.charge.models import Charge
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand, draft_again
from encaisse.flows.books import check
from encaisse.flows.cancel_and_replace import cancel_and_replace
from encaisse.flows.credit_invoice import cancel_credit_note, credit
from encaisse.invoice.errors import (
    AlreadyCredited,
    CreditNoteCancelled,
    CutBeyondLine,
    InvoiceNotIssued,
    NoReasonGiven,
    NotCreditable,
    OnlyCreditNotesAreCancelled,
)
from encaisse.invoice.models import Invoice, Line
from encaisse.invoice.operations.verify import verify_all
from encaisse.invoice.rules.portion import REST, Cut
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Level
from encaisse.ledger.models import Posting
from encaisse.tax.operations import choose_regime
from tests import cluster
from tests.flows.stories import ACTOR, bill, composite, rule, seller
from tests.guards import copied
from tests.invoice.test_guards import UNISSUED
from tests.makers import make_account, make_charge, make_payment, make_product, make_rep, make_scope, make_tax

SCOPE = make_scope("credit", "bill", "issue", "allocate")
LATER = dt.date(2026, 2, 10)


def billed(*prices: str, quantity: int = 1, **product: object) -> Invoice:
    """An issued invoice with a line for each price, 20 % of VAT unless the product says otherwise."""
    account = make_account(legal_entity=seller())
    for price in prices:
        make_charge(account=account, unit_price=price, quantity=quantity, product=make_product(**product))
    return Invoice.objects.get(run_id=bill(account.legal_entity))


def lines_of(invoice: Invoice) -> list[int]:
    return list(invoice.lines.order_by("position").values_list("pk", flat=True))


def note_of(invoice: Invoice, cuts: dict[int, Cut] | None = None) -> Invoice:
    key = credit(SCOPE, invoice.pk, cuts=cuts, reason="Matériel rendu", issue_date=LATER)
    return Invoice.objects.get(pk=key)


def in_order() -> bool:
    """The books hold, and every document says what was sealed."""
    return check() == [] and list(verify_all()) == []


@pytest.mark.django_db
def test_lines_credited_one_by_one_come_to_334_99_and_never_335_00() -> None:
    invoice = billed("68.33", "68.33", "57.50", "85.00")

    notes = [note_of(invoice, {line: REST}) for line in lines_of(invoice)]

    assert [note.gross_minor for note in notes] == [-8_200, -8_199, -6_900, -10_200]
    assert [note.number for note in notes] == [f"A2026-00000{n}" for n in range(1, 5)]
    invoice.refresh_from_db()
    assert (invoice.settled_minor, sum(note.gross_minor for note in notes)) == (33_499, -33_499)
    assert Posting.objects.filter(entry__invoice__corrects=invoice, account__code="411").count() == 4
    assert in_order()
    with pytest.raises(AlreadyCredited):
        note_of(invoice)


@pytest.mark.django_db
def test_a_whole_credit_after_partial_ones_takes_exactly_the_rest() -> None:
    invoice = billed("10.00", quantity=3)
    (line,) = lines_of(invoice)

    by_quantity = note_of(invoice, {line: Cut(quantity=Decimal(1))})
    by_amount = note_of(invoice, {line: Cut(amount_minor=333)})
    rest = note_of(invoice)

    # 10.00 + 2.00; then 3.33, and 20 % of 13.33 in all is 2.67; then 16.67 and what is left of 6.00.
    assert [(note.net_minor, note.tax_minor) for note in (by_quantity, by_amount, rest)] == [
        (-1_000, -200),
        (-333, -67),
        (-1_667, -333),
    ]
    told = Charge.objects.filter(kind="correction").order_by("pk").values_list("quantity", "unit_price")
    assert list(told) == [(-1, 10), (-1, Decimal("3.33")), (-1, Decimal("16.67"))]
    assert in_order()


@pytest.mark.django_db
def test_a_composite_tax_is_shared_component_by_component() -> None:
    rule(composite("20", "2"), "composite")
    invoice = billed("10.01", "20.02", tax_class="composite")
    first, second = lines_of(invoice)

    notes = [
        note_of(invoice, {first: Cut(amount_minor=500)}),
        note_of(invoice, {second: REST}),
        note_of(invoice),
    ]

    # 30.03: VAT 6.01 and eco-tax 0.60. Of 5.00: 1.00 and 0.10; of 25.02: 5.01 and 0.50 in all.
    taxes = [list(note.taxes.order_by("position").values_list("tax_minor", flat=True)) for note in notes]
    assert taxes == [[-100, -10], [-401, -40], [-100, -10]]
    assert sum(note.gross_minor for note in notes) == -invoice.gross_minor == -3_664
    assert in_order()


@pytest.mark.django_db
def test_what_was_paid_stays_on_the_credit_note() -> None:
    invoice = billed("100.00")
    make_payment(invoice.account, 10_000)
    allocate(invoice.account.payments.get().pk, actor=ACTOR)

    note = note_of(invoice, {lines_of(invoice)[0]: Cut(amount_minor=5_000)})

    note.refresh_from_db()
    invoice.refresh_from_db()
    assert (note.gross_minor, note.settled_minor, invoice.settled_minor) == (-6_000, -2_000, 12_000)
    assert in_order()


@pytest.mark.django_db
def test_a_line_is_never_credited_above_its_amount() -> None:
    invoice = billed("50.00", quantity=2)
    (line,) = lines_of(invoice)
    note_of(invoice, {line: Cut(amount_minor=6_000)})

    with pytest.raises(CutBeyondLine) as refusal:
        note_of(invoice, {line: Cut(amount_minor=4_001)})

    assert (refusal.value.left_quantity, refusal.value.left_minor) == (2, 4_000)
    assert Invoice.objects.filter(kind="credit_note").count() == 1


@pytest.mark.django_db
def test_only_who_may_credit_what_they_see_does() -> None:
    invoice = billed("100.00")
    blind = make_scope("credit", "bill", level=Level.OWN, rep_id=make_rep().pk)

    for scope, refusal in ((make_scope("bill"), NotPermitted), (blind, NotFound)):
        with pytest.raises(refusal):
            credit(scope, invoice.pk, reason="Erreur", issue_date=LATER)
        with pytest.raises(refusal):
            cancel_credit_note(scope, invoice.pk, reason="Erreur", issue_date=LATER)
        with pytest.raises(refusal):
            cancel_and_replace(scope, invoice.pk, reason="Erreur", issue_date=LATER)
    with pytest.raises(NotPermitted):
        cancel_and_replace(make_scope("credit"), invoice.pk, reason="Erreur", issue_date=LATER)
    assert not Invoice.objects.filter(kind="credit_note").exists()


@pytest.mark.django_db
def test_a_correction_says_why() -> None:
    invoice = billed("100.00")

    for correct in (credit, cancel_and_replace, cancel_credit_note):
        with pytest.raises(NoReasonGiven):
            correct(SCOPE, invoice.pk, reason=" ", issue_date=LATER)


@pytest.mark.django_db
def test_a_credit_note_made_in_error_is_cancelled_by_an_opposite_invoice() -> None:
    invoice = billed("68.33", "68.33", "57.50")
    first, second, _ = lines_of(invoice)
    note_of(invoice, {first: REST})
    note = note_of(invoice, {second: REST})
    assert (note.net_minor, note.tax_minor) == (-6_833, -1_366)

    opposite = Invoice.objects.get(
        pk=cancel_credit_note(SCOPE, note.pk, reason="Avoir établi à tort", issue_date=LATER)
    )

    # The cents of the credit note, not those of its base: 68.33 alone would bear 13.67.
    assert (opposite.kind, opposite.net_minor, opposite.tax_minor) == ("invoice", 6_833, 1_366)
    assert (opposite.number, opposite.corrects_id) == ("F2026-000002", note.pk)
    for each in (invoice, note, opposite):
        each.refresh_from_db()
    assert (invoice.settled_minor, note.settled_minor, opposite.settled_minor) == (8_200, -8_199, 8_199)
    assert invoice.payable_minor - invoice.settled_minor == 23_299 - 8_200
    assert Event.objects.get(topic="invoice.billed_again").facts["number"] == "F2026-000002"
    assert in_order()
    with pytest.raises(CreditNoteCancelled):
        cancel_credit_note(SCOPE, note.pk, reason="Encore", issue_date=LATER)


@pytest.mark.django_db
def test_what_was_billed_again_is_credited_in_its_own_right() -> None:
    invoice = billed("68.33", "68.33")
    note = note_of(invoice)
    opposite = Invoice.objects.get(pk=cancel_credit_note(SCOPE, note.pk, reason="À tort", issue_date=LATER))

    again = [note_of(opposite, {line: REST}) for line in lines_of(opposite)]

    assert [each.gross_minor for each in again] == [-8_200, -8_199]
    # What is credited once stays credited: its place is taken by what bills it again.
    with pytest.raises(AlreadyCredited):
        note_of(invoice)
    assert in_order()


@pytest.mark.django_db
def test_only_issued_credit_notes_are_cancelled_and_only_invoices_credited() -> None:
    invoice = billed("100.00")
    note = note_of(invoice)

    with pytest.raises(NotCreditable):
        note_of(note)
    with pytest.raises(OnlyCreditNotesAreCancelled):
        cancel_credit_note(SCOPE, invoice.pk, reason="Erreur", issue_date=LATER)
    draft = cancel_and_replace(SCOPE, billed("10.00").pk, reason="Erreur", issue_date=LATER).draft_id
    with pytest.raises(InvoiceNotIssued):
        credit(SCOPE, draft, reason="Trop tôt", issue_date=LATER)


@pytest.mark.django_db
def test_an_invoice_is_cancelled_and_replaced_in_one_action() -> None:
    invoice = billed("68.33", "57.50")

    made = cancel_and_replace(SCOPE, invoice.pk, reason="Mauvais tarif", issue_date=LATER)

    note, draft = Invoice.objects.get(pk=made.credit_note_id), Invoice.objects.get(pk=made.draft_id)
    assert (note.state, note.gross_minor, note.reason) == ("issued", -invoice.gross_minor, "Mauvais tarif")
    assert (draft.state, draft.gross_minor, draft.corrects_id) == (
        "approved",
        invoice.gross_minor,
        invoice.pk,
    )
    said = ("label", "quantity", "unit_price", "period_from", "product_id", "net_minor")
    assert list(draft.lines.values_list(*said)) == list(invoice.lines.values_list(*said))
    assert in_order()

    line = draft.lines.first()
    corrected = draft_again(
        SCOPE, draft.pk, _corrected(line), account_id=draft.account_id, currency="EUR", issue_date=LATER
    )

    draft.refresh_from_db()
    assert (draft.state, Claim.objects.filter(fate="dropped").count()) == ("cancelled", 2)
    replacement = Invoice.objects.get(pk=corrected)
    assert (replacement.gross_minor, replacement.corrects_id) == (7_200, invoice.pk)
    billing_cycle.issue(replacement.run_id, actor=ACTOR)
    replacement.refresh_from_db()
    assert (replacement.number, replacement.state) == ("F2026-000002", "issued")
    assert in_order()
    with pytest.raises(RunNotInState):
        draft_again(SCOPE, corrected, [], account_id=draft.account_id, currency="EUR", issue_date=LATER)


def _corrected(line: Line) -> list[ManualLine]:
    return [ManualLine(line.product_id, line.label, Decimal(1), Decimal("60.00"))]


@pytest.mark.django_db
def test_what_cannot_be_billed_again_is_not_credited_either() -> None:
    invoice = billed("100.00")
    identity = invoice.account.identity
    invoice.account.identity = type(identity).objects.create(
        name="Sans adresse", siren="", country="FR", address_1="", city="", postcode=""
    )
    invoice.account.save()

    with pytest.raises(AccountRefused), transaction.atomic():
        cancel_and_replace(SCOPE, invoice.pk, reason="Adresse", issue_date=LATER)

    assert not Invoice.objects.filter(kind="credit_note").exists()
    assert not Charge.objects.exclude(kind="manual").exists()


@pytest.mark.django_db
def test_cancelling_a_run_opens_its_charges_again_or_drops_them_to_the_cent() -> None:
    account = make_account(legal_entity=seller())
    for price in ("68.33", "57.50"):
        make_charge(account=account, unit_price=price, product=make_product())

    billing_cycle.cancel(bill(account.legal_entity, issue=False), actor=ACTOR)
    assert not Claim.objects.exists()
    again = bill(account.legal_entity, issue=False)
    (draft,) = Invoice.objects.filter(run_id=again)
    assert draft.gross_minor == 15_100  # 125.83 and 25.17
    billing_cycle.cancel(again, actor=ACTOR, drop=True)

    assert set(Claim.objects.values_list("fate", "share_minor")) == {("dropped", 0)}
    assert not Invoice.objects.filter(run_id=bill(account.legal_entity)).exists()
    assert in_order()


def test_two_notes_at_once_never_take_the_same(fresh_database: str) -> None:
    invoice = billed("100.00")
    (line,) = lines_of(invoice)
    barrier = threading.Barrier(2)

    def attempt(_: int) -> bool:
        barrier.wait()
        try:
            note_of(invoice, {line: Cut(amount_minor=6_000)})
        except CutBeyondLine:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == [False, True]
    assert note_of(invoice).net_minor == -4_000
    assert in_order()


def test_postgresql_has_two_transactions_take_turns_on_a_line(fresh_database: str) -> None:
    invoice = billed("100.00", "50.00")
    line, other = lines_of(invoice)
    story = {"note": note_of(invoice, {other: REST}).pk, "line": line}
    take = (
        copied("invoice_invoice", "note", **UNISSUED)
        + """
        INSERT INTO invoice_line SELECT x.* FROM invoice_line r, LATERAL jsonb_populate_record(r, jsonb_build_object(
            'id', nextval('invoice_line_id_seq'), 'invoice_id', currval('invoice_invoice_id_seq'), 'position', 9,
            'corrects_line', r.id, 'net_minor', -6000, 'gross_minor', -6000)) x WHERE r.id = %(line)s;
    """
    )
    url = cluster.address().url("encaisse_app", connection.settings_dict["NAME"])
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as first, ThreadPoolExecutor(1) as pool:
        first.execute(take, story)

        def second() -> str:
            with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as server:
                try:
                    server.execute(take, story)
                except psycopg.IntegrityError as error:
                    return str(error.diag.constraint_name)
            return "passed"

        waiting = pool.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        first.commit()
        assert waiting.result(timeout=10) == "corrections_within_their_line"


@pytest.mark.django_db
def test_the_discount_of_the_document_is_shared_by_its_credit_notes() -> None:
    account = make_account(legal_entity=seller())
    DocumentDiscount.objects.create(
        account=account, percent=10, currency="EUR", reason="Fidélité", valid_from=dt.date(2026, 1, 1)
    )
    for price in ("50.00", "25.00"):
        make_charge(account=account, unit_price=price, product=make_product())
    invoice = Invoice.objects.get(run_id=bill(account.legal_entity))
    assert (invoice.allowance_minor, invoice.net_minor, invoice.gross_minor) == (750, 6_750, 8_100)

    notes = [note_of(invoice, {line: REST}) for line in lines_of(invoice)]

    assert [(note.allowance_minor, note.net_minor, note.tax_minor) for note in notes] == [
        (-500, -4_500, -900),
        (-250, -2_250, -450),
    ]
    assert in_order()


@pytest.mark.django_db
def test_the_vat_that_waits_for_payment_is_credited_with_its_own_lines() -> None:
    entity = seller()
    choose_regime(
        entity.pk, tax_class="service", due_on="receipts", actor=ACTOR, valid_from=dt.date(2026, 1, 1)
    )
    rule(make_tax(), "goods")
    account = make_account(legal_entity=entity)
    for tax_class in ("service", "goods"):
        make_charge(account=account, unit_price="50.00", product=make_product(tax_class=tax_class))
    invoice = Invoice.objects.get(run_id=bill(entity))
    (tax,) = invoice.taxes.all()
    assert (tax.tax_minor, tax.deferred_minor) == (2_000, 1_000)
    service, goods = lines_of(invoice)

    notes = [
        note_of(invoice, {goods: REST}),
        note_of(invoice, {service: Cut(amount_minor=1_999)}),
        note_of(invoice),
    ]

    taxes = [note.taxes.get() for note in notes]
    assert [(tax.tax_minor, tax.deferred_minor) for tax in taxes] == [(-1_000, 0), (-400, -400), (-600, -600)]
    assert in_order()


@pytest.mark.django_db
def test_a_credit_note_of_a_run_is_cancelled_likewise() -> None:
    account = make_account(legal_entity=seller())
    make_charge(account=account, unit_price="100.00")
    bill(account.legal_entity)
    make_charge(account=account, unit_price="20.00")
    make_charge(account=account, unit_price="45.00", quantity=-1)
    note = Invoice.objects.get(run_id=bill(account.legal_entity, LATER))
    assert (note.kind, note.net_minor, note.gross_minor) == ("credit_note", -2_500, -3_000)

    opposite = Invoice.objects.get(pk=cancel_credit_note(SCOPE, note.pk, reason="À tort", issue_date=LATER))

    assert (opposite.kind, opposite.gross_minor, opposite.settled_minor) == ("invoice", 3_000, 3_000)
    assert in_order()


@pytest.mark.django_db
def test_a_discount_by_amount_goes_with_its_quantity_and_into_the_replacement() -> None:
    account = make_account(legal_entity=seller())
    product = make_product()
    said = {"currency": "EUR", "issue_date": LATER}
    line = ManualLine(
        product.pk, "Lot", Decimal(3), Decimal(30), discount_amount=Decimal(10), discount_reason="Geste"
    )
    draft = Invoice.objects.get(pk=bill_by_hand(SCOPE, account.pk, [line], **said))
    billing_cycle.issue(draft.run_id, actor=ACTOR)
    assert draft.net_minor == 8_000

    # A third of 90.00 and of 80.00: 30.00 less 3.33.
    note = note_of(draft, {lines_of(draft)[0]: Cut(quantity=Decimal(1))})
    replacement = Invoice.objects.get(
        pk=cancel_and_replace(SCOPE, draft.pk, reason="Erreur", issue_date=LATER).draft_id
    )

    told = [
        (each.gross_minor, each.discount_minor, each.net_minor, each.discount_reason)
        for each in (note.lines.get(), replacement.lines.get())
    ]
    assert told == [(-3_000, -333, -2_667, "Geste"), (6_000, 667, 5_333, "Geste")]
    assert in_order()
