"""What people read of invoices: lists found, summed and paged, and one document with everything it says."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.flows import billing_cycle
from encaisse.invoice.queries import lists
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.invoice.queries.lists import RunTotal, Total, Wanted, invoices, run_totals
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.rules.terms import PaymentTerms, TermsKind
from encaisse.tax.operations import install_taxes
from tests.makers import (
    make_account,
    make_approved_invoice,
    make_charge,
    make_credit_note,
    make_customer,
    make_entity,
    make_issued_invoice,
    make_rep,
    make_scope,
    make_tax,
)

pytestmark = pytest.mark.django_db
EVERYTHING = Scope(Actor("user", 1, "Claire"), Level.EVERYTHING)
ISSUED = dt.date(2026, 1, 31)  # at thirty days, due on 2 March


def on(day: dt.date):
    return clock.stopped_at(dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC))


def found(wanted: Wanted = lists.EVERY, **asked) -> list[int]:
    return [row.id for row in invoices(EVERYTHING, wanted, **asked).rows]


def account(name: str = "", **fields):
    customer = make_customer(name=name, rep=fields.pop("rep", None)) if name or "rep" in fields else None
    return make_account(**fields) if customer is None else make_account(customer=customer, **fields)


def test_documents_come_newest_first_and_are_summed_by_currency():
    invoice = make_issued_invoice()
    note = make_credit_note(make_issued_invoice(net="50"))
    draft = make_approved_invoice(net="10")

    listed = invoices(EVERYTHING)

    assert [row.id for row in listed.rows] == [draft.pk, note.pk, note.corrects_id, invoice.pk]
    assert listed.totals == [Total("EUR", 4, 12_000 + 6_000 - 6_000 + 1_200, 12_000)]
    assert not listed.more


def test_a_row_knows_who_what_and_how_late():
    entity = make_entity()
    invoice = make_issued_invoice(account("Ateliers du Pont", legal_entity=entity))

    with on(dt.date(2026, 3, 14)):
        (row,) = invoices(EVERYTHING).rows

    assert (row.number, row.customer, row.entity) == (
        invoice.number,
        "Ateliers du Pont",
        entity.identity.name,
    )
    assert (row.net_minor, row.tax_minor, row.gross_minor, row.open_minor) == (10_000, 2_000, 12_000, 12_000)
    assert (row.due_date, row.days_late) == (dt.date(2026, 3, 2), 12)


@pytest.mark.parametrize(
    ("day", "band"),
    [
        (dt.date(2026, 3, 2), "not_due"),
        (dt.date(2026, 3, 3), "late_1_30"),
        (dt.date(2026, 4, 1), "late_1_30"),
        (dt.date(2026, 4, 2), "late_31_60"),
        (dt.date(2026, 5, 1), "late_31_60"),
        (dt.date(2026, 5, 2), "late_61_90"),
        (dt.date(2026, 5, 31), "late_61_90"),
        (dt.date(2026, 6, 1), "late_over_90"),
    ],
)
def test_an_open_invoice_is_in_the_one_band_of_its_age(day, band):
    invoice = make_issued_invoice()

    with on(day):
        bands = [name for name in lists.BANDS if found(Wanted(settlement=name))]

        assert (bands, found(Wanted(settlement="overdue"))) == (
            [band],
            [] if band == "not_due" else [invoice.pk],
        )


def test_late_is_said_on_the_date_of_the_legal_entity():
    for zone in ("Pacific/Auckland", "America/Cayenne"):
        make_issued_invoice(account(legal_entity=make_entity(timezone=zone)))

    with clock.stopped_at(dt.datetime(2026, 3, 2, 20, tzinfo=dt.UTC)):
        late = invoices(EVERYTHING, Wanted(settlement="overdue")).rows

    assert [row.days_late for row in late] == [1]


def test_credit_notes_are_open_but_never_late():
    note = make_credit_note(make_issued_invoice())

    with on(dt.date(2026, 12, 31)):
        assert note.pk in found(Wanted(settlement="open"))
        assert note.pk not in found(Wanted(settlement="overdue"))


@pytest.mark.parametrize("text", ["ateliers", "PONT", "C-77", "c-77"])
def test_a_customer_is_found_by_part_of_the_name_or_by_reference(text):
    customer = make_customer(name="Ateliers du Pont", reference="C-77")
    invoice = make_issued_invoice(make_account(customer=customer))
    make_issued_invoice()

    assert found(Wanted(text=text)) == [invoice.pk]


def test_a_number_is_found_by_its_beginning_in_any_case():
    entity = make_entity(invoice_prefix="FX-")
    invoice = make_issued_invoice(account(legal_entity=entity))
    make_issued_invoice()

    assert found(Wanted(text="fx-")) == found(Wanted(text=invoice.number)) == [invoice.pk]
    assert found(Wanted(text=invoice.number[1:])) == []


def test_an_amount_is_found_whatever_its_sign():
    invoice = make_issued_invoice(net="279.16")
    note = make_credit_note(invoice)
    make_issued_invoice(net="279.17")

    assert found(Wanted(amount=Decimal("334.99"))) == [note.pk, invoice.pk]


def test_filters_narrow_together():
    entity = make_entity()
    invoice = make_issued_invoice(account(legal_entity=entity))
    make_issued_invoice(account(legal_entity=entity), issue_date=dt.date(2026, 2, 1))
    make_issued_invoice()
    draft = make_approved_invoice(account(legal_entity=entity))

    january = Wanted(entity_id=entity.pk, issued_from=ISSUED, issued_to=dt.date(2026, 2, 1))

    assert found(january) == [invoice.pk]
    assert found(Wanted(entity_id=entity.pk, state="approved")) == [draft.pk]
    assert found(Wanted(account_id=invoice.account_id, kind="invoice", currency="EUR")) == [invoice.pk]
    assert found(Wanted(customer_id=draft.account.customer_id)) == [draft.pk]


def test_lists_are_sorted_both_ways_and_what_has_no_date_comes_last():
    draft = make_approved_invoice(net="200")
    small, large = (
        make_issued_invoice(net="10"),
        make_issued_invoice(net="300", issue_date=dt.date(2026, 2, 1)),
    )

    assert found(window=Window(sort="gross_minor")) == [small.pk, draft.pk, large.pk]
    assert found(window=Window(sort="-gross_minor")) == [large.pk, draft.pk, small.pk]
    assert found(window=Window(sort="issue_date")) == [small.pk, large.pk, draft.pk]
    assert found(window=Window(sort="-issue_date")) == [large.pk, small.pk, draft.pk]
    assert found(window=Window(sort="-open_minor")) == [large.pk, small.pk, draft.pk]


def test_a_counted_list_is_paged_by_offset():
    made = [make_issued_invoice().pk for _ in range(3)]

    listed = invoices(EVERYTHING, window=Window(offset=1, size=1))

    assert ([row.id for row in listed.rows], listed.more) == ([made[1]], True)


@pytest.mark.parametrize(
    "sort", ["", "gross_minor", "-gross_minor", "issue_date", "-issue_date", "-due_date"]
)
def test_paging_by_key_meets_each_document_once_and_in_order(sort, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 2)
    for net in ("10", "20", "10"):
        make_issued_invoice(net=net)
    for net in ("20", "10"):
        make_approved_invoice(net=net)
    whole = found(window=Window(sort=sort))
    met: list[int] = []
    after = None

    while True:
        listed = invoices(EVERYTHING, window=Window(sort=sort, size=2), after=after)
        assert listed.totals is None
        met += [row.id for row in listed.rows]
        after = met[-1]
        if not listed.more:
            break

    assert (met, len(met)) == (whole, 5)


def test_a_rep_finds_and_opens_own_documents_only():
    rep = make_rep()
    mine, other = make_issued_invoice(account(rep=rep)), make_issued_invoice(account(rep=make_rep()))
    scope = Scope(Actor("user", 2), Level.OWN, rep_id=rep.pk)

    listed = invoices(scope)

    assert ([row.id for row in listed.rows], listed.totals) == ([mine.pk], [Total("EUR", 1, 12_000, 12_000)])
    assert invoices(scope, Wanted(text=other.number, account_id=other.account_id)).rows == []
    with pytest.raises(NotFound):
        invoice_detail(scope, other.pk)


def test_one_document_says_everything():
    customer = account("Ateliers du Pont")
    charges = [
        make_charge(account=customer, unit_price=price, label=f"Lot {price}") for price in ("68.33", "85")
    ]
    invoice = make_issued_invoice(customer, *charges, tax=make_tax(mention_fr="Mention", mention_en="Note"))

    detail = invoice_detail(EVERYTHING, invoice.pk)

    assert [(line.label, line.unit_price, line.net_minor) for line in detail.lines] == [
        ("Lot 68.33", Decimal("68.33"), 6_833),
        ("Lot 85", Decimal("85"), 8_500),
    ]
    (tax,) = detail.taxes
    assert (tax.rate, tax.base_minor, tax.tax_minor, tax.mention_fr) == (
        Decimal(20),
        15_333,
        3_067,
        "Mention",
    )
    assert (detail.buyer.siren, detail.buyer.address) == ("732829320", ("1, rue de la Paix", "75002 Paris"))
    assert (detail.terms, detail.seal) == (PaymentTerms(TermsKind.NET_DAYS, 30), bytes(invoice.link).hex())


def test_an_invoice_and_its_credit_note_name_each_other():
    invoice = make_issued_invoice()
    note = make_credit_note(invoice)

    assert [each.id for each in invoice_detail(EVERYTHING, invoice.pk).related] == [note.pk]
    assert [each.id for each in invoice_detail(EVERYTHING, note.pk).related] == [invoice.pk]
    assert invoice_detail(EVERYTHING, note.pk).reason == "Erreur"


def test_a_document_that_does_not_exist_is_not_found():
    with pytest.raises(NotFound):
        invoice_detail(EVERYTHING, 1)


def test_the_totals_of_a_run_are_of_its_visible_drafts():
    install_taxes()
    rep, entity = make_rep(), make_entity()
    make_charge(account=account(rep=rep, legal_entity=entity))
    make_charge(account=account(legal_entity=entity), unit_price="50")
    make_issued_invoice()
    clerk = EVERYTHING.actor
    run_id = billing_cycle.start(make_scope("bill"), cutoff_date=ISSUED, issue_date=ISSUED)
    billing_cycle.draft(run_id, actor=clerk)

    own = Scope(clerk, Level.OWN, rep_id=rep.pk)

    assert run_totals(EVERYTHING, run_id) == [RunTotal("EUR", "approved", 2, 15_000, 3_000, 18_000)]
    assert run_totals(own, run_id) == [RunTotal("EUR", "approved", 1, 10_000, 2_000, 12_000)]
    assert len(found(Wanted(run_id=run_id))) == 2
