"""The month that the demonstration tells, on the sample files, from customers to books; and told again."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from email import message_from_bytes, policy

import pikepdf
import pytest
from django.db.models import Count, Min

from encaisse.access.operations.users import log_in
from encaisse.access.queries.users import operator, scope_of
from encaisse.adapters.schematron import failed_asserts
from encaisse.allocation.models import Allocation
from encaisse.billing.models import Claim, Outcome, Run
from encaisse.charge.models import Charge
from encaisse.delivery.models import Delivery
from encaisse.demo import company
from encaisse.demo.story import last_month
from encaisse.document.facturx import rule_sets, schema_violations
from encaisse.document.models import Document, Failure
from encaisse.document.queries.contents import issued
from encaisse.document.queries.made import document_of
from encaisse.flows import books
from encaisse.intake.models import Batch, Row
from encaisse.invoice.models import Invoice
from encaisse.judgement.models import Finding, Quarantine
from encaisse.kernel import clock, queue
from encaisse.ledger.models import Entry
from encaisse.party.models import Customer, LegalEntity
from encaisse.party.queries import reps
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription
from tests import demonstration
from tests.census import census
from tests.flows.files import SAMPLES

pytestmark = [pytest.mark.demo, pytest.mark.usefixtures("demo_database")]
EVERYONE = operator("tests")


def test_the_files_came_in_but_for_the_sixteen_faults():
    faults = json.loads((SAMPLES / "faults.json").read_text())["faults"]

    kept = dict(Batch.objects.values_list("kind", "created_count"))
    refused = Row.objects.filter(outcome="refused").order_by("number")
    assert kept == {"offers": 5, "customers": 1984, "contracts": 1587, "prices": 3}
    assert [(row.number, row.errors[0]["column"]) for row in refused] == [
        (each["row"], each["column"]) for each in faults
    ]
    assert (LegalEntity.objects.count(), Customer.objects.count(), Subscription.objects.count()) == (
        1,
        1984,
        1587,
    )


def test_only_the_month_before_this_one_is_billed():
    first_day, cutoff = last_month()

    run = Run.objects.get()
    assert (run.state, run.cutoff_date, run.issue_date) == ("finished", cutoff, cutoff - dt.timedelta(days=1))
    charges = Charge.objects.all()
    set_aside = Outcome.objects.filter(outcome="exception").values("account_id")
    still_open = charges.filter(account_id__in=set_aside)
    assert Claim.objects.filter(fate="billed").count() == charges.count() - still_open.count() > 500
    in_advance = charges.filter(period_from__gte=first_day, period_from__lt=cutoff)
    in_arrears = charges.filter(period_to__gt=first_day, period_to__lte=cutoff)
    assert (in_advance | in_arrears).count() == charges.count()
    # A contract that ends within the month owes the days since its last anniversary as well, never the same day twice.
    for twice in charges.values("item").annotate(times=Count("*")).filter(times__gt=1):
        earlier, later = charges.filter(item=twice["item"]).order_by("period_from")
        assert earlier.period_to == later.period_from < later.period_to == later.item.subscription.end_date


def test_every_account_has_one_outcome_and_those_set_aside_their_reason():
    outcomes = Outcome.objects.values_list("outcome", "reason").annotate(accounts=Count("*"))

    counted = {(kind, why): accounts for kind, why, accounts in outcomes}
    assert sum(counted.values()) == 1984
    assert {key for key in counted if key[0] == "exception"} == {
        ("exception", "no_rate_recorded"),
        ("exception", "vat_number_missing"),
    }
    held = Invoice.objects.filter(state="quarantined").count()
    assert counted["invoiced", ""] == Invoice.objects.filter(state="issued").count() + held > 500
    assert (
        held == Run.objects.get().quarantined == Quarantine.objects.filter(gross_minor__gte=1_000_000).count()
    )
    assert 0 < held < 20
    assert set(Finding.objects.values_list("rule__name", flat=True)) == {"Montant inhabituel"}


def test_numbers_run_from_one_without_a_hole():
    sequences = Invoice.objects.filter(state="issued").order_by("sequence").values_list("sequence", flat=True)

    assert list(sequences) == list(range(1, len(sequences) + 1))


def test_every_invoice_has_its_document_and_its_e_mail():
    invoices = Invoice.objects.filter(state="issued").count()
    sent = Delivery.objects.filter(state="sent")

    letters = sorted(path.stem for path in (demonstration.home() / "outbox").glob("*.eml"))
    assert Document.objects.count() == invoices
    assert not Failure.objects.exists()
    assert sent.count() == Delivery.objects.count()
    assert letters == sorted(each.message_id.strip("<>") for each in sent)
    assert queue.waiting() == queue.failed() == 0


def test_an_e_mail_carries_the_archived_document():
    delivery = Delivery.objects.select_related("document__invoice").order_by("pk")[0]
    invoice = delivery.document.invoice

    letter = demonstration.home() / "outbox" / f"{delivery.message_id.strip('<>')}.eml"
    message = message_from_bytes(letter.read_bytes(), policy=policy.default)
    (attached,) = message.iter_attachments()
    assert (message["To"], attached.get_filename()) == (delivery.address, f"{invoice.number}.pdf")
    assert attached.get_content() == document_of(EVERYONE, invoice.pk).content


def test_one_document_of_each_kind_passes_every_official_rule():
    kinds = ("buyer_identity__country", "terms_kind", "lines__tax__category", "language")
    firsts = Invoice.objects.filter(state="issued").values_list(*kinds).annotate(first=Min("pk"))

    faults = {}
    for content in issued(sorted({row[-1] for row in firsts})):
        xml = _xml(document_of(EVERYONE, content.invoice_id).content)
        broken = [each for rules in rule_sets(content.content) for each in failed_asserts(xml, rules)]
        if found := [*schema_violations(xml), *broken]:
            faults[content.content.number] = found
    assert faults == {}


def test_payments_came_by_every_way_whole_in_part_and_too_much():
    invoices = Invoice.objects.filter(state="issued")
    settled = {"whole": 0, "part": 0, "not": 0}
    for payable, laid in invoices.values_list("payable_minor", "settled_minor"):
        settled["whole" if laid == payable else "part" if laid else "not"] += 1

    assert set(Payment.objects.values_list("method", flat=True)) == {"transfer", "cheque", "cash"}
    assert min(settled.values()) > 20
    assert Payment.objects.filter(allocated_minor=0).count() == 0
    assert any(each.amount_minor > each.allocated_minor for each in Payment.objects.all())
    assert Payment.objects.count() == Allocation.objects.values("payment").distinct().count()


def test_the_books_are_in_order_and_every_fact_has_its_entry():
    assert books.check() == []
    assert Entry.objects.count() == Invoice.objects.filter(state="issued").count() + Payment.objects.count()


def test_the_exported_entries_balance():
    (file,) = (demonstration.home() / "demo").glob("*FEC*.txt")

    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode()), delimiter="\t"))
    debit, credit = (
        sum(Decimal(row[side].replace(",", ".")) for row in rows) for side in ("Debit", "Credit")
    )
    assert file.name == f"999100316FEC{last_month()[1] - dt.timedelta(days=1):%Y}1231.txt"
    assert debit == credit > 0
    assert len({row["EcritureNum"] for row in rows}) == Entry.objects.count()


def test_each_person_logs_in_and_sees_as_much_as_their_level_shows():
    people = company.people(company.groups(reps(EVERYONE)))

    seen = []
    for person in people:
        user = log_in(email=person.profile.email, password=person.password)
        seen.append(Customer.objects.visible_to(scope_of(user)).count())
    everything, leader, rep = seen[0], *seen[3:]
    assert seen[:3] == [1984] * 3
    assert 0 < rep < leader < everything


def test_told_again_it_duplicates_nothing(demo_database):
    before = census()
    letters = set((demonstration.home() / "outbox").iterdir())

    again = demonstration.play(demo_database)

    # Each look at the books is itself recorded.
    assert census() == before | {"kernel_event": before["kernel_event"] + 1}
    assert set((demonstration.home() / "outbox").iterdir()) == letters
    assert "déjà repris" in again.stderr
    assert "direction@marees.example" in again.stdout


def test_payments_are_told_until_today():
    assert Payment.objects.filter(received_on__gt=clock.today("Europe/Paris")).count() == 0


def _xml(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return file.attachments["factur-x.xml"].get_file().read_bytes()
