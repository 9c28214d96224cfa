"""Invoices and credits made elsewhere come in, and what the old books said is what ours say."""

import datetime as dt

import pytest

from encaisse.allocation.operations import allocate
from encaisse.flows.books import check
from encaisse.flows.import_credits import import_credits
from encaisse.flows.import_invoices import import_invoices
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import take_back
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries.dashboard import dashboard
from encaisse.intake import operations as intake
from encaisse.invoice.models import Invoice, Series
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor
from encaisse.ledger.models import Entry, Posting
from encaisse.ledger.operations import export_fec, install_chart
from encaisse.party.models import LegalEntity
from encaisse.payment.errors import UnknownMethod
from encaisse.payment.models import Payment
from encaisse.takeover.models import Settlement
from tests.flows.files import csv
from tests.makers import CLERK, make_account, make_customer, make_entity, make_scope

ACTOR = Actor("command", None, "")
OPENED = dt.date(2026, 7, 1)
TODAY = dt.date(2026, 7, 15)
OLD = {
    "Numéro": "VT-1041", "Code client": "C1", "Date": "15/03/2026", "Échéance": "14/04/2026",
    "Montant HT": "100,00", "Montant TVA": "20,00", "Montant TTC": "120,00", "Déjà réglé": "", "Type": "Facture",
}  # fmt: skip
LINE = {"Désignation": "Conseil", "Quantité": "2", "Prix unitaire": "35", "Montant HT de la ligne": "70,00"}
LEFT = {
    "Référence": "RG-7",
    "Code client": "C1",
    "Date": "10/06/2026",
    "Non imputé": "50,00",
    "Libellé": "Virement",
}


@pytest.fixture(autouse=True)
def _today():
    with clock.stopped_at(dt.datetime.combine(TODAY, dt.time(12), dt.UTC)):
        yield


@pytest.fixture
def entity(db: None) -> LegalEntity:
    install_chart()
    entity = make_entity()
    make_account(reference="C1", customer=make_customer(reference="C1"), legal_entity=entity)
    make_account(reference="C2", customer=make_customer(reference="C2"), legal_entity=entity)
    return entity


def bring(entity, *invoices, **order):
    order = {"opened_on": OPENED, "file_name": "factures.csv", "actor": ACTOR} | order
    return import_invoices(csv(*invoices), legal_entity_id=entity.pk, **order)


def bring_credits(entity, *credits):
    order = {"opened_on": OPENED, "file_name": "avances.csv", "actor": ACTOR}
    return import_credits(csv(*credits), legal_entity_id=entity.pk, **order)


def counts(report):
    return report.created, report.updated, report.unchanged, report.refused


def refusals(report):
    return [(error.record, error.column, error.code) for error in report.errors]


def owed(reference):
    """What the account owes by the books."""
    return sum(
        Posting.objects.filter(billing_account__reference=reference).values_list("amount_minor", flat=True)
    )


def test_an_invoice_keeps_its_number_and_enters_no_series_no_sales_and_no_chain(entity) -> None:
    report = bring(entity, OLD | {"Bon de commande": "PO-9"})

    made = Invoice.objects.get()
    assert counts(report) == (1, 0, 0, 0)
    assert (made.number, made.state, made.made_elsewhere) == ("VT-1041", "issued", True)
    assert (made.issue_date, made.due_date) == (dt.date(2026, 3, 15), dt.date(2026, 4, 14))
    assert (made.net_minor, made.tax_minor, made.gross_minor, made.payable_minor) == (
        10_000,
        2_000,
        12_000,
        12_000,
    )
    assert (made.series, made.sequence, made.link, bytes(made.digest)) == (None, None, None, b"")
    assert made.buyer_reference.order_reference == "PO-9"
    assert not Series.objects.exists()
    assert [(entry.journal, entry.kind, entry.date) for entry in Entry.objects.all()] == [
        ("AN", "opening", OPENED)
    ]
    assert dict(Posting.objects.values_list("account__code", "amount_minor")) == {
        "411": 12_000,
        "890": -12_000,
    }
    assert check() == []


def test_the_opening_entries_are_the_old_aged_balance_account_by_account_and_age_by_age(entity) -> None:
    # By hand, of the old aged balance on 1 July: C1 owes 120.00 since 14 April and 60.00 of 180.00 since 20 June, has
    # 30.00 of a credit note and 50.00 of an advance left, and owes 240.00 on 30 July; C2 owes nothing any more.
    bring(
        entity,
        OLD,
        OLD | {"Numéro": "VT-1042", "Date": "21/05/2026", "Échéance": "20/06/2026", "Montant HT": "150,00",
               "Montant TVA": "30,00", "Montant TTC": "180,00", "Déjà réglé": "120,00"},
        OLD | {"Numéro": "VT-1043", "Date": "30/06/2026", "Échéance": "30/07/2026", "Montant HT": "200,00",
               "Montant TVA": "40,00", "Montant TTC": "240,00"},
        OLD | {"Numéro": "AV-12", "Type": "Avoir", "Montant HT": "-40,00", "Montant TVA": "-8,00",
               "Montant TTC": "-48,00", "Déjà réglé": "18,00"},
        OLD | {"Numéro": "VT-0007", "Code client": "C2", "Déjà réglé": "120,00"},
    )  # fmt: skip
    bring_credits(entity, LEFT)

    assert owed("C1") == 12_000 + 6_000 + 24_000 - 3_000 - 5_000
    assert owed("C2") == 0
    assert not Entry.objects.filter(invoice__number="VT-0007").exists()
    assert set(Entry.objects.values_list("journal", "date")) == {("AN", OPENED)}
    with clock.stopped_at(dt.datetime.combine(OPENED, dt.time(12), dt.UTC)):
        (aged,) = dashboard(make_scope()).standings
    assert (aged.owed_minor, aged.overdue_minor, aged.left_minor) == (42_000, 18_000, 5_000)
    assert dict(aged.bands) == {
        "not_due": 24_000, "late_1_30": 6_000, "late_31_60": 0, "late_61_90": 12_000, "late_over_90": 0,
    }  # fmt: skip
    assert aged.received_minor == 0
    assert check() == []


def test_the_opening_entries_are_told_to_the_tax_office_as_a_nouveaux(entity) -> None:
    bring(entity, OLD)
    bring_credits(entity, LEFT)

    fec = export_fec(make_scope("read_ledger"), legal_entity_id=entity.pk, year=2026)

    header, *lines = [line.split("\t") for line in fec.lines]
    told = [dict(zip(header, line, strict=True)) for line in lines]
    assert {(line["JournalCode"], line["JournalLib"], line["EcritureDate"]) for line in told} == {
        ("AN", "À-nouveaux", "20260701")
    }
    assert [(line["CompteNum"], line["PieceRef"], line["Debit"], line["Credit"]) for line in told] == [
        ("411", "VT-1041", "120,00", "0,00"),
        ("890", "VT-1041", "0,00", "120,00"),
        ("890", "Virement", "50,00", "0,00"),
        ("411", "Virement", "0,00", "50,00"),
    ]


def test_the_same_file_again_changes_nothing(entity) -> None:
    for _ in range(2):
        report = bring(entity, OLD | {"Déjà réglé": "20,00"})
        credits = bring_credits(entity, LEFT)

    assert counts(report) == counts(credits) == (0, 0, 1, 0)
    assert Invoice.objects.count() == 1
    assert Payment.objects.count() == 2
    assert check() == []


def test_a_newer_file_settles_what_was_paid_elsewhere_since(entity) -> None:
    bring(entity, OLD | {"Déjà réglé": "20,00"})

    report = bring(entity, OLD | {"Déjà réglé": "50,00"})

    made = Invoice.objects.get()
    assert counts(report) == (0, 1, 0, 0)
    assert made.settled_minor == 5_000
    opening, later = Payment.objects.order_by("pk")
    assert (opening.method, opening.amount_minor, later.method, later.amount_minor) == (
        "external", 2_000, "external", 3_000,
    )  # fmt: skip
    assert [entry.journal for entry in opening.entries.all()] == []
    assert [entry.journal for entry in later.entries.all()] == ["OD"]
    assert dict(later.entries.get().postings.values_list("account__code", "amount_minor")) == {
        "471": 3_000, "411": -3_000,
    }  # fmt: skip
    assert owed("C1") == 7_000
    assert check() == []


def test_less_settled_than_before_or_more_than_is_open_is_refused(entity) -> None:
    bring(entity, OLD | {"Déjà réglé": "50,00"})
    account_id = Invoice.objects.get().account_id
    take_payment(actor=CLERK, account_id=account_id, amount_minor=6_000, currency="EUR", method="transfer",
                 received_on=TODAY, reference="")  # fmt: skip

    less = bring(entity, OLD | {"Déjà réglé": "40,00"})
    more = bring(entity, OLD | {"Déjà réglé": "61,00"})

    assert refusals(less) == [(2, "Déjà réglé", "settled_less_than_before")]
    assert refusals(more) == [(2, "Déjà réglé", "more_settled_than_open")]
    assert more.errors[0].facts == {"open": "10.00"}
    assert Settlement.objects.count() == 1


def test_what_is_open_says_what_is_settled(entity) -> None:
    without = {name: value for name, value in OLD.items() if name != "Déjà réglé"}
    bring(entity, without | {"Reste dû": "35,00"})

    assert Invoice.objects.get().settled_minor == 8_500


def test_lines_come_on_records_of_their_own_and_add_up(entity, monkeypatch) -> None:
    monkeypatch.setattr(intake, "SLICE", 1)
    first, second = OLD | LINE, OLD | LINE | {"Désignation": "Frais", "Quantité": "", "Prix unitaire": "",
                                              "Montant HT de la ligne": "30,00"}  # fmt: skip
    other = OLD | LINE | {"Numéro": "VT-1050"}

    report = bring(entity, first, second, other)

    made = Invoice.objects.get()
    assert counts(report) == (2, 0, 0, 1)
    assert refusals(report) == [(4, "Montant HT de la ligne", "lines_do_not_add_up")]
    assert made.origin.lines == [
        {"label": "Conseil", "quantity": "2", "unit_price": "35", "net": "70.00"},
        {"label": "Frais", "quantity": "", "unit_price": "", "net": "30.00"},
    ]
    assert counts(bring(entity, first, second)) == (0, 0, 2, 0)


def test_each_record_that_does_not_fit_is_refused_by_its_column(entity) -> None:
    keyed = make_account(key="PARIS", customer=make_customer(reference="C3"), legal_entity=entity)
    make_account(key="LYON", customer=keyed.customer, legal_entity=entity)
    make_account(reference="C4", legal_entity=entity, currency="USD")
    report = bring(
        entity,
        OLD | {"Code client": "C9"},
        OLD | {"Numéro": "2", "Code client": "C3"},
        OLD | {"Numéro": "3", "Code client": "C3", "Clé de facturation": "PARIS"},
        OLD | {"Numéro": "4", "Devise": "USD"},
        OLD | {"Numéro": "5", "Code client": "C4", "Devise": "USD"},
        OLD | {"Numéro": "6", "Montant TVA": "19,00"},
        OLD | {"Numéro": "7", "Déjà réglé": "121,00"},
        OLD | {"Numéro": "8", "Date": "31/02/2026"},
        OLD | {"Numéro": "9", "Date": "16/07/2026", "Échéance": ""},
        OLD | {"Numéro": "10", "Échéance": "14/03/2026"},
        OLD | {"Numéro": "F2026-000001"},
        OLD | {"Numéro": "11", "Montant HT": "-100,00", "Montant TVA": "-20,00", "Montant TTC": "-120,00"},
        OLD | {"Numéro": "3", "Code client": "C3", "Clé de facturation": "PARIS", "Échéance": ""},
        OLD | {"Numéro": "F2026-0001"},
    )  # fmt: skip

    assert refusals(report) == [
        (2, "Code client", "customer_unknown"),
        (3, "Code client", "account_ambiguous"),
        (5, "Devise", "not_the_accounts_currency"),
        (6, "Devise", "books_in_another_currency"),
        (7, "Montant TTC", "amounts_do_not_add_up"),
        (8, "Déjà réglé", "settled_beyond_total"),
        (9, "Date", "date_invalid"),
        (10, "Date", "dated_in_the_future"),
        (11, "Échéance", "due_before_issue"),
        (12, "Numéro", "number_of_our_series"),
        (13, "Montant TTC", "sign_contradicts_kind"),
        (14, "Numéro", "number_repeated"),
    ]
    assert set(Invoice.objects.values_list("number", flat=True)) == {"3", "F2026-0001"}
    assert Invoice.objects.get(number="3").account_id == keyed.pk
    assert check() == []


def test_what_came_in_never_changes(entity) -> None:
    bring(entity, OLD)
    bring_credits(entity, LEFT)

    report = bring(entity, OLD | {"Échéance": "15/04/2026"})
    used = bring_credits(entity, LEFT | {"Non imputé": "10,00"})

    assert refusals(report) == [(2, "Numéro", "fixed_once_taken_over")]
    assert refusals(used) == [(2, "Non imputé", "credit_used_elsewhere")]


def test_a_credit_note_knows_the_invoice_that_it_corrects_and_says_when_it_is_not_there(entity) -> None:
    note = OLD | {"Type": "Avoir", "Numéro": "AV-1"}

    report = bring(
        entity,
        note | {"Facture corrigée": "VT-1041"},
        note | {"Numéro": "AV-2", "Facture corrigée": "VT-1"},
        OLD | {"Facture corrigée": ""},
    )

    first, second = Invoice.objects.filter(kind="credit_note").order_by("pk")
    assert (first.gross_minor, first.corrects.number) == (-12_000, "VT-1041")
    assert second.corrects is None
    assert [(warning.record, warning.code) for warning in report.warnings] == [
        (3, "corrected_invoice_unknown")
    ]
    assert owed("C1") == -12_000
    assert check() == []


def test_they_are_paid_like_ours_and_credits_are_laid_on_them(entity) -> None:
    bring(entity, OLD | {"Déjà réglé": "20,00"}, OLD | {"Numéro": "VT-1042", "Date": "16/03/2026"})
    bring_credits(entity, LEFT)
    carried = Payment.objects.get(method="carried")

    allocate(carried.pk, actor=CLERK)
    take_payment(actor=CLERK, account_id=carried.account_id, amount_minor=10_000, currency="EUR", method="transfer",
                 received_on=TODAY, reference="")  # fmt: skip

    first, second = Invoice.objects.order_by("pk")
    assert (first.settled_minor, second.settled_minor) == (12_000, 5_000)
    assert owed("C1") == 7_000
    assert check() == []


def test_what_settled_elsewhere_is_taken_back_and_returned_like_any_payment(entity) -> None:
    bring(entity, OLD | {"Déjà réglé": "20,00"})
    external = Payment.objects.get()

    take_back(external.allocations.get().pk, scope=make_scope("allocate"))
    assert Invoice.objects.get().settled_minor == 0
    assert check() == []
    return_payment(external.pk, returned_on=TODAY, actor=CLERK)

    assert owed("C1") == 12_000
    assert check() == []


def test_nobody_records_by_hand_what_was_settled_elsewhere(entity) -> None:
    account = make_account(legal_entity=entity)

    with pytest.raises(UnknownMethod):
        take_payment(actor=CLERK, account_id=account.pk, amount_minor=1, currency="EUR", method="external",
                     received_on=TODAY, reference="")  # fmt: skip


def test_a_rehearsal_leaves_nothing(entity) -> None:
    report = bring(entity, OLD, dry_run=True)

    assert counts(report) == (1, 0, 0, 0)
    assert not Invoice.objects.exists()
    assert not Entry.objects.exists()
