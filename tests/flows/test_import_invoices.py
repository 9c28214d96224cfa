"""Invoices and credits made elsewhere come in, and what the old books said is what ours say."""

import datetime as dt
from csv import DictReader
from importlib import import_module

import pytest
from django.db import transaction
from django.db.models import Sum

from encaisse.adapters.bundles import open_bundle
from encaisse.allocation.operations import allocate
from encaisse.document.queries.made import document_of
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import cancel_credit_note, credit_in_full
from encaisse.flows.import_credits import import_credits
from encaisse.flows.import_customers import import_customers
from encaisse.flows.import_invoices import import_invoices
from encaisse.flows.import_pdfs import import_pdfs
from encaisse.flows.return_payment import return_payment
from encaisse.flows.send_documents import send_documents, send_duplicate, send_first
from encaisse.flows.settle import take_back
from encaisse.flows.take_payment import take_payment
from encaisse.flows.undo_import import undo_import
from encaisse.flows.undo_takeover import undo_takeover
from encaisse.insight.queries.dashboard import dashboard
from encaisse.invoice.errors import MadeElsewhere
from encaisse.invoice.models import Invoice, Series
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor
from encaisse.ledger.models import Entry, Posting
from encaisse.ledger.operations import export_fec, install_chart
from encaisse.party.models import LegalEntity
from encaisse.payment.errors import UnknownMethod
from encaisse.payment.models import Payment
from encaisse.takeover.errors import UsedSince
from encaisse.takeover.models import Settlement
from tests.adapters.test_bundles import pdf, zipped
from tests.flows.files import SAMPLES, csv
from tests.makers import CLERK, make_account, make_customer, make_entity, make_identity, make_scope

ACTOR = Actor("command", None, "")
IMPORTER = make_scope("import", actor=ACTOR)
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
    monkeypatch.setattr(import_module("encaisse.intake.operations.take_in"), "SLICE", 1)
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


def test_their_pdfs_come_in_a_zip_are_kept_as_they_are_and_sent_when_asked(entity, outbox) -> None:
    account = make_account(
        reference="C8", legal_entity=entity, identity=make_identity(email="compta@client.example")
    )
    bring(
        entity,
        OLD | {"Numéro": "2025/VT_7", "Code client": "C8"},
        OLD | {"Numéro": "VT-8", "Code client": "C8", "Fichier": "scan-0042.pdf"},
        OLD | {"Numéro": "VT-9", "Code client": "C8"},
    )
    files = {"2025-vt-7.pdf": pdf(), "SCAN-0042.PDF": pdf(), "vt-8.pdf": pdf(), "vt-9.pdf": b"MZ"}

    with open_bundle(zipped(files)) as bundle:
        told = import_pdfs(bundle, legal_entity_id=entity.pk, actor=ACTOR, send=True)

    assert (told.kept, told.known) == (2, 0)
    assert (told.alone, told.refused) == (("vt-8.pdf",), (("vt-9.pdf", "not_a_pdf"),))
    first, second = Invoice.objects.filter(account=account).order_by("pk")[:2]
    assert document_of(make_scope(), first.pk).content == pdf()
    send_documents(first.pk, second.pk)
    assert len(list(outbox.glob("*.eml"))) == 2
    with open_bundle(zipped(files)) as bundle:
        assert import_pdfs(bundle, legal_entity_id=entity.pk, actor=ACTOR)[:2] == (0, 2)


def test_a_duplicate_of_one_is_its_own_pdf_marked(entity, outbox) -> None:
    make_account(reference="C8", legal_entity=entity, identity=make_identity(email="compta@client.example"))
    bring(entity, OLD | {"Code client": "C8"})
    with open_bundle(zipped({"vt-1041.pdf": pdf()})) as bundle:
        import_pdfs(bundle, legal_entity_id=entity.pk, actor=ACTOR)
    made = Invoice.objects.get()

    send_first(make_scope("issue"), made.pk)
    send_duplicate(make_scope("issue"), made.pk)

    assert set(made.documents.values_list("kind", "template")) == {
        ("facturx", "elsewhere"), ("duplicate", "invoice-1"),
    }  # fmt: skip


def test_what_was_made_elsewhere_is_corrected_there(entity) -> None:
    bring(entity, OLD, OLD | {"Numéro": "AV-1", "Type": "Avoir"})
    made, note = Invoice.objects.order_by("pk")

    with pytest.raises(MadeElsewhere):
        credit_in_full(made.pk, reason="Doublon", actor=CLERK, issue_date=TODAY)
    with pytest.raises(MadeElsewhere):
        cancel_credit_note(make_scope("credit", "issue"), note.pk, reason="Erreur", issue_date=TODAY)


def test_an_import_that_nothing_used_is_undone_and_may_come_in_again(entity) -> None:
    report = bring(entity, OLD | {"Déjà réglé": "20,00"}, OLD | {"Numéro": "AV-1", "Type": "Avoir"})
    credits = bring_credits(entity, LEFT)

    assert undo_import(IMPORTER, report.batch_id) == 3
    assert undo_import(IMPORTER, credits.batch_id) == 1

    assert not Invoice.objects.visible_to(make_scope()).exists()
    assert not Payment.objects.visible_to(make_scope()).exists()
    assert owed("C1") == 0
    assert check() == []
    assert counts(bring(entity, OLD)) == counts(bring_credits(entity, LEFT)) == (1, 0, 0, 0)
    assert owed("C1") == 12_000 - 5_000
    assert check() == []


def test_what_a_newer_file_brought_is_undone_alone(entity) -> None:
    first = bring(entity, OLD | {"Déjà réglé": "20,00"})
    newer = bring(entity, OLD | {"Déjà réglé": "50,00"})

    with pytest.raises(UsedSince), transaction.atomic():
        undo_import(IMPORTER, first.batch_id)
    undo_import(IMPORTER, newer.batch_id)

    assert Invoice.objects.get().settled_minor == 2_000
    assert owed("C1") == 10_000
    assert check() == []


def test_what_was_used_since_is_not_undone(entity) -> None:
    paid = bring(entity, OLD)
    credits = bring_credits(entity, LEFT)
    account_id = Invoice.objects.get().account_id
    allocate(Payment.objects.get(method="carried").pk, actor=CLERK)

    for batch_id in (paid.batch_id, credits.batch_id):
        with pytest.raises(UsedSince):
            undo_takeover(batch_id, actor=ACTOR)

    assert Invoice.objects.get(account_id=account_id).settled_minor == 5_000
    assert check() == []


def test_the_samples_open_the_account_of_customers_as_they_say(entity, outbox) -> None:
    import_customers(SAMPLES / "clients.csv", legal_entity_id=entity.pk, file_name="clients.csv", actor=ACTOR)
    where = {"legal_entity_id": entity.pk, "opened_on": OPENED, "actor": ACTOR}

    made = import_invoices(SAMPLES / "invoices.csv", file_name="invoices.csv", **where)
    left = import_credits(SAMPLES / "credits.csv", file_name="credits.csv", **where)
    with open_bundle(SAMPLES / "invoices-pdf.zip") as bundle:
        told = import_pdfs(bundle, legal_entity_id=entity.pk, actor=ACTOR)

    with (SAMPLES / "invoices.csv").open(encoding="utf-8") as file:
        open_minor = {row["N° de pièce"]: _minor(row["Reste dû"]) for row in DictReader(file, delimiter=";")}
    with (SAMPLES / "credits.csv").open(encoding="utf-8") as file:
        left_minor = sum(_minor(row["Reste à imputer"]) for row in DictReader(file, delimiter=";"))
    assert (made.refused, left.created, left.refused) == (0, 6, 0)
    assert Invoice.objects.count() == len(open_minor) == 43
    opened = Posting.objects.filter(billing_account__isnull=False).aggregate(owed=Sum("amount_minor"))
    assert opened["owed"] == sum(open_minor.values()) - left_minor
    assert (told.kept, told.alone, told.refused) == (6, (), ())
    assert check() == []


def _minor(amount: str) -> int:
    return int(amount.replace(",", ""))
