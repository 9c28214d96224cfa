"""From contracts and charges to documents that every official rule accepts, in their readers' mailboxes."""

import datetime as dt
import io
import os
import re
import signal
import subprocess
import sys
import time
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.db import transaction

from encaisse.adapters.schematron import failed_asserts
from encaisse.archive.queries import missing_or_changed
from encaisse.delivery.errors import AlreadyOnItsWay, NoReader, NotFailed, StillWaiting
from encaisse.delivery.models import Delivery
from encaisse.delivery.operations import REQUEUED, requeue
from encaisse.document.facturx import render, rule_sets, schema_violations
from encaisse.document.models import Document, Failure
from encaisse.document.queries.contents import issued
from encaisse.document.queries.made import MadeDocument, document_of, preview
from encaisse.flows import billing_cycle
from encaisse.flows.cancel_and_replace import cancel_and_replace
from encaisse.flows.credit_invoice import cancel_credit_note, credit, credit_in_full
from encaisse.flows.reactions import react
from encaisse.flows.send_documents import (
    render_documents,
    send_documents,
    send_duplicate,
    send_first,
    send_queued,
)
from encaisse.invoice.models import Invoice, Line
from encaisse.invoice.rules.portion import Cut
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.events import untold
from encaisse.kernel.models import OutboxMessage
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import LegalEntity, Recipient
from encaisse.tax.operations import install_taxes
from tests.document import pdfa
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, bill, composite, rule, seller
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_identity,
    make_price,
    make_product,
    make_rep,
    make_subscription,
)

pytestmark = pytest.mark.django_db

EVERYONE = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset({"issue"}))
CLERK_OF_CREDITS = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset({"bill", "credit", "issue"}))
ALL = (1, 2**62)


@pytest.fixture
def entity() -> LegalEntity:
    install_taxes()
    rule(composite("20", "2"), "eco")
    return seller(iban="FR7630006000011234567890189", bic="AGRIFRPP")


def four_lines(entity: LegalEntity, **account: object) -> None:
    buyer = make_account(legal_entity=entity, **account)
    for price in ("68.33", "68.33", "57.50", "85.00"):
        make_charge(
            account=buyer, unit_price=price, label=f"Stockage à {price}", product=make_product(unit="MON")
        )


def sold_to(entity: LegalEntity, **identity: object) -> None:
    unknown = {"siren": "", "vat_number": ""}
    buyer = make_account(legal_entity=entity, identity=make_identity(**unknown | identity))
    make_charge(account=buyer, product=make_product())


def everything(entity: LegalEntity) -> dict[str, int]:
    """One invoice of each kind that this version makes, by the name of its buyer, and a credit note."""
    four_lines(entity, identity=make_identity(name="Paris"))
    eco = make_account(legal_entity=entity, identity=make_identity(name="Composite"))
    make_charge(account=eco, unit_price="1234.56", product=make_product(tax_class="eco"))
    sold_to(entity, name="Cayenne", siren="732829320", postcode="97300", city="Cayenne")
    sold_to(entity, name="Fort-de-France", siren="732829320", postcode="97200", city="Fort-de-France")
    sold_to(entity, name="Berlin", country="DE", postcode="10119", city="Berlin", vat_number="DE136695976")
    sold_to(entity, name="Casablanca", country="MA", postcode="20000", city="Casablanca")
    sold_to(entity, name="Anaïs Lefèvre", is_business=False, legal_form="")
    english = make_account(
        legal_entity=entity, identity=make_identity(name="Discount"), customer=make_customer(language="en")
    )
    make_subscription(
        make_price(unit_price=Decimal("33.33")), account=english, discount_percent=Decimal("12.5")
    )
    run_id = bill(entity)
    made = dict(Invoice.objects.filter(run_id=run_id).values_list("buyer_identity__name", "pk"))
    credited = credit_in_full(made["Paris"], reason="Erreur", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)
    return made | {"credit note": credited} | corrected(made)


def corrected(made: dict[str, int]) -> dict[str, int]:
    """A credit note in part of a composite tax, what cancels it, and what replaces another invoice."""
    why = {"reason": "Matériel rendu", "issue_date": FIRST_OF_FEBRUARY}
    line = Line.objects.get(invoice_id=made["Composite"])
    note = credit(CLERK_OF_CREDITS, made["Composite"], cuts={line.pk: Cut(amount_minor=33_333)}, **why)
    opposite = cancel_credit_note(CLERK_OF_CREDITS, note, **why)
    replaced = cancel_and_replace(CLERK_OF_CREDITS, made["Discount"], **why)
    billing_cycle.issue(Invoice.objects.get(pk=replaced.draft_id).run_id, actor=ACTOR)
    return {"in part": note, "opposite": opposite, "replacement": replaced.draft_id}


def file_of(invoice_id: int) -> MadeDocument:
    return document_of(EVERYONE, invoice_id)


def xml_of(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as file:
        return file.attachments["factur-x.xml"].get_file().read_bytes()


def text_of(pdf: bytes) -> str:
    pages = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))
    return re.sub(r"\r?\n", " ", "\n".join(pages))


def messages(outbox: Path) -> list[EmailMessage]:
    # Each is called after its delivery, whose key says nothing of the order that letters would put it in.
    files = sorted(outbox.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns) if outbox.exists() else []
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def test_every_kind_of_document_passes_every_official_rule(entity, outbox):
    made = everything(entity)

    send_documents(*ALL)

    faults = {}
    for content in issued(made.values()):
        pdf = file_of(content.invoice_id).content
        xml = xml_of(pdf)
        found = [each for rules in rule_sets(content.content) for each in failed_asserts(xml, rules)]
        faults[content.content.number] = [
            *schema_violations(xml),
            *found,
            *pdfa.faults(pdf),
        ]
    assert len(faults) == 12
    assert {name: found for name, found in faults.items() if found} == {}
    assert not Failure.objects.exists()


def test_the_amounts_and_mentions_promised_are_on_the_documents(entity, outbox):
    made = everything(entity)

    send_documents(*ALL)

    page = {name: text_of(file_of(key).content) for name, key in made.items()}
    for amount in ("279,16\u00a0€", "55,83\u00a0€", "334,99\u00a0€"):
        assert amount in page["Paris"]
    assert "\u2212334,99\u00a0€" in page["credit note"]
    assert "F2026-000001 du\u00a001/02/2026" in page["credit note"]
    assert "Motif Erreur" in page["credit note"]
    # 333.33 of 1,234.56 at 20 % and 2 %: 66.67 and 6.67, the same when it is billed again.
    for amount in ("333,33\u00a0€", "66,67\u00a0€", "6,67\u00a0€", "406,67\u00a0€"):
        assert amount in page["in part"]
        assert amount in page["opposite"]
    assert "Annule l’avoir A2026-000002 du" in page["opposite"]
    assert "Cancels and replaces invoice" in page["replacement"]
    assert "246,91\u00a0€" in page["Composite"]
    assert "24,69\u00a0€" in page["Composite"]
    assert "Éco-taxe 2\u202f%" in page["Composite"]
    assert "TVA non applicable, article 294, 1 du CGI" in page["Cayenne"]
    assert "108,50\u00a0€" in page["Fort-de-France"]
    assert "Autoliquidation" in page["Berlin"]
    assert "article 259, 1° du CGI" in page["Casablanca"]
    assert "40\u00a0€" not in page["Anaïs Lefèvre"]
    assert "12.5%" in page["Discount"]
    assert "30\u00a0days from the invoice date" in page["Discount"]
    assert "30\u00a0jours date de facture" in page["Paris"]
    assert "au taux annuel de\u00a012\u202f%" in page["Paris"]
    assert "SAS au capital de 50\u202f000\u00a0€" in page["Paris"]


def test_each_reader_finds_the_document_in_the_mailbox(entity, outbox):
    four_lines(entity, identity=make_identity(name="Le Goff", email="compta@legoff.example"))
    bill(entity)

    send_documents(*ALL)

    (message,) = messages(outbox)
    (attached,) = message.iter_attachments()
    invoice = Invoice.objects.get()
    delivery = Delivery.objects.get()
    assert message["To"] == "compta@legoff.example"
    assert message["Message-ID"] == delivery.message_id
    assert (attached.get_filename(), attached.get_content_type()) == ("F2026-000001.pdf", "application/pdf")
    assert attached.get_content() == file_of(invoice.pk).content
    assert (delivery.state, delivery.attempts, delivery.error) == ("sent", 1, "")


def test_every_recipient_of_the_account_has_it_and_then_its_buyer_has_not(entity, outbox):
    account = make_account(legal_entity=entity)
    make_charge(account=account)
    for address in ("a@client.example", "b@client.example", "A@client.example"):
        Recipient.objects.create(account=account, address=address)
    bill(entity)

    send_documents(*ALL)

    assert {message["To"].lower() for message in messages(outbox)} == {"a@client.example", "b@client.example"}
    assert Delivery.objects.count() == 2


def test_sending_again_changes_nothing_even_when_addresses_were_added(entity, outbox):
    account = make_account(legal_entity=entity)
    make_charge(account=account)
    bill(entity)
    send_documents(*ALL)
    before = {file: file.stat().st_mtime_ns for file in outbox.iterdir()}
    Recipient.objects.create(account=account, address="new@client.example")

    send_documents(*ALL)

    assert {file: file.stat().st_mtime_ns for file in outbox.iterdir()} == before
    assert (Document.objects.count(), Delivery.objects.count()) == (1, 1)
    assert Delivery.objects.get().attempts == 1


def test_a_resent_copy_says_duplicata_on_every_page_and_the_original_stays(entity, outbox):
    account = make_account(legal_entity=entity, identity=make_identity(email="compta@legoff.example"))
    for number in range(60):
        make_charge(account=account, label=f"Ligne {number}", product=make_product())
    bill(entity)
    send_documents(*ALL)
    invoice = Invoice.objects.get()
    original = file_of(invoice.pk)
    LegalEntity.objects.filter(pk=entity.pk).update(iban="FR1420041010050500013M02606")

    send_duplicate(EVERYONE, invoice.pk)
    with pytest.raises(AlreadyOnItsWay):
        send_duplicate(EVERYONE, invoice.pk)
    react_to(REQUEUED)

    first, copy = messages(outbox)
    (attached,) = copy.iter_attachments()
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(attached.get_content())]
    assert len(pages) > 1
    assert all("DUPLICATA" in page for page in pages)
    assert (copy["Subject"], attached.get_filename()) == (
        f"Duplicata de la facture F2026-000001 – {entity.identity.name}",
        "F2026-000001-duplicata.pdf",
    )
    assert copy["Message-ID"] != first["Message-ID"]
    assert "DUPLICATA" not in text_of(original.content)
    assert file_of(invoice.pk).sha256 == original.sha256
    # It says what the original said, not what a new rendering would.
    assert xml_of(attached.get_content()) == xml_of(original.content)
    assert "FR14" not in "".join(pages)

    send_duplicate(EVERYONE, invoice.pk)
    react_to(REQUEUED)
    assert len(messages(outbox)) == 3
    assert sorted(Delivery.objects.values_list("copy", "state")) == [(0, "sent"), (1, "sent"), (2, "sent")]
    assert list(Document.objects.order_by("pk").values_list("kind", flat=True)) == ["facturx", "duplicate"]
    send_documents(*ALL)
    assert len(messages(outbox)) == 3


def test_what_was_sent_to_nobody_is_sent_once_there_is_a_reader(entity, outbox):
    account = make_account(legal_entity=entity, identity=make_identity(email=""))
    make_charge(account=account)
    bill(entity)
    send_documents(*ALL)
    invoice = Invoice.objects.get()
    for send in (send_first, send_duplicate):
        with pytest.raises(NoReader):
            send(EVERYONE, invoice.pk)

    account.identity = make_identity(email="compta@legoff.example")
    account.save()
    send_first(EVERYONE, invoice.pk)
    react_to(REQUEUED)

    (message,) = messages(outbox)
    assert (message["To"], message["Subject"][:7]) == ("compta@legoff.example", "Facture")
    with pytest.raises(AlreadyOnItsWay):
        send_first(EVERYONE, invoice.pk)


def test_only_who_may_issue_sends_what_they_see(entity, outbox):
    four_lines(entity)
    bill(entity)
    invoice = Invoice.objects.get()
    blind = Scope(ACTOR, Level.OWN, rep_id=make_rep().pk, permissions=frozenset({"issue"}))
    for send in (send_first, send_duplicate):
        with pytest.raises(NotFound):  # no document was made yet
            send(EVERYONE, invoice.pk)
    send_documents(*ALL)

    for send in (send_first, send_duplicate):
        with pytest.raises(NotFound):
            send(blind, invoice.pk)
        with pytest.raises(NotPermitted):
            send(Scope(ACTOR, Level.EVERYTHING), invoice.pk)


def react_to(topic: str) -> None:
    for message_id in untold():
        if OutboxMessage.objects.get(pk=message_id).event.topic == topic:
            react(message_id)


def test_drafts_and_invoices_outside_the_range_have_no_document(entity, outbox):
    four_lines(entity)
    four_lines(entity)
    bill(entity, issue=False)
    send_documents(*ALL)
    assert not Document.objects.exists()

    other = seller()
    four_lines(other)
    four_lines(other)
    bill(other)
    first, second = Invoice.objects.filter(legal_entity=other).order_by("pk").values_list("pk", flat=True)
    send_documents(first, first)

    assert list(Document.objects.values_list("invoice", flat=True)) == [first]
    assert first < second


def test_a_document_that_cannot_be_made_is_told_once_and_stops_no_other(entity, outbox):
    four_lines(entity, identity=make_identity(name="شركة الأطلس"))
    four_lines(entity)
    bill(entity)

    send_documents(*ALL)
    send_documents(*ALL)

    failure = Failure.objects.get()
    assert failure.code == "typesetting_failed"
    assert failure.invoice.buyer_identity.name == "شركة الأطلس"
    assert Document.objects.count() == 1
    assert len(messages(outbox)) == 1


def test_content_that_breaks_a_rule_is_an_alarm_and_never_an_edit(entity, outbox):
    four_lines(entity)
    bill(entity)
    broken = issued(Invoice.objects.values_list("pk", flat=True))[0]
    LegalEntity.objects.filter(pk=entity.pk).update(late_penalty="12 %\x0b")

    send_documents(*ALL)

    assert Failure.objects.get().code == "document_not_facturx"
    assert Failure.objects.get().facts["number"] == broken.content.number


def test_on_several_cores_the_files_are_the_same(entity, outbox, settings, tmp_path):
    for _ in range(3):
        four_lines(entity)
    four_lines(entity, identity=make_identity(name="شركة"))
    bill(entity)

    told = []
    render_documents(*ALL, processes=2, progress=lambda *step: told.append(step))

    files = [file_of(key).content for key in Document.objects.values_list("invoice", flat=True)]
    assert told == [("render", 4, 4)]
    assert Failure.objects.get().code == "typesetting_failed"
    settings.ARCHIVE_DIR = tmp_path / "other"
    contents = issued(Document.objects.values_list("invoice", flat=True))
    assert files == [render(each.content, at=each.at) for each in contents]


ORPHANS = """
import os, signal
from encaisse.document.rendering import press
from tests.document import contents
import datetime as dt
if __name__ == "__main__":
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    with press(2) as render:
        list(render([(contents.four_lines(), at)] * 8))
        import multiprocessing
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_processes_of_a_killed_parent_end(tmp_path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    place = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, script],
        env=os.environ | place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    children = [int(pid) for pid in done.stdout.split()]

    assert (done.returncode, len(children)) == (-signal.SIGKILL, 2)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, "they outlive their parent"
        time.sleep(0.05)


def test_a_set_of_invoices_is_read_in_a_handful_of_statements(entity, django_assert_num_queries):
    for _ in range(5):
        four_lines(entity)
    bill(entity)
    ids = list(Invoice.objects.values_list("pk", flat=True))

    with django_assert_num_queries(6):
        contents = issued(ids)

    assert [each.content.number for each in contents] == [f"F2026-{rank:06}" for rank in range(1, 6)]


def test_the_content_says_what_the_page_and_the_data_need(entity):
    account = make_account(
        legal_entity=entity,
        terms_kind="end_of_month_on_day",
        terms_days=45,
        terms_day=10,
        payment_method="direct_debit",
    )
    make_subscription(account=account, quantity=2, discount_percent=Decimal(10))
    bill(entity)

    (written,) = issued(Invoice.objects.values_list("pk", flat=True))
    content = written.content
    (line,) = content.lines

    assert content.buyer.reference == account.customer.reference
    assert content.seller.capital == "50 000 €"
    assert (content.terms.text, content.terms.method) == (
        "45\u00a0jours fin de mois, le\u00a010",
        "direct_debit",
    )
    assert content.terms.reference.startswith("RF")
    assert (line.gross_minor, line.discount_minor, line.discount_percent, line.net_minor) == (
        60_00,
        6_00,
        10,
        54_00,
    )
    assert (line.period.start, line.period.last_day) == (dt.date(2026, 1, 1), dt.date(2026, 1, 31))


def test_only_those_who_see_the_invoice_see_its_document(entity, outbox):
    rep, other = make_rep(), make_rep()
    four_lines(entity, customer=make_customer(rep=rep))
    bill(entity)
    send_documents(*ALL)
    key = Invoice.objects.get().pk

    found = document_of(Scope(ACTOR, Level.OWN, rep_id=rep.pk), key)
    assert (found.name, found.media_type) == ("F2026-000001.pdf", "application/pdf")
    with pytest.raises(NotFound):
        document_of(Scope(ACTOR, Level.OWN, rep_id=other.pk), key)


def test_an_invoice_without_document_is_not_found(entity):
    four_lines(entity)
    bill(entity)

    with pytest.raises(NotFound):
        file_of(Invoice.objects.get().pk)


def test_a_draft_is_shown_as_a_draft_without_data_and_to_those_who_see_it(entity):
    rep = make_rep()
    four_lines(entity, customer=make_customer(rep=rep))
    bill(entity, issue=False)
    key = Invoice.objects.get().pk

    pdf = preview(EVERYONE, key)

    assert "Facture Brouillon" in text_of(pdf)
    assert "3\u00a0mars\u00a02026" in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert len(file.attachments) == 0
    with pytest.raises(NotFound):
        preview(Scope(ACTOR, Level.OWN, rep_id=make_rep().pk), key)


def test_an_issued_invoice_has_no_preview(entity):
    four_lines(entity)
    bill(entity)

    with pytest.raises(NotFound):
        preview(EVERYONE, Invoice.objects.get().pk)


def test_what_nobody_takes_waits_and_goes_on_later(entity, outbox, settings):
    for _ in range(5):
        four_lines(entity)
    bill(entity)
    taken, settings.MAIL_URL = settings.MAIL_URL, "smtp://127.0.0.1:1"

    with pytest.raises(StillWaiting) as refusal:
        send_documents(*ALL)

    assert refusal.value.waiting == 5
    assert (
        sorted(Delivery.objects.values_list("state", "attempts")) == [("queued", 0)] * 2 + [("queued", 1)] * 3
    )
    settings.MAIL_URL = taken
    send_documents(*ALL)
    assert set(Delivery.objects.values_list("state", "error")) == {("sent", "")}
    assert len(messages(outbox)) == 5


def test_a_delivery_tried_eight_times_fails_until_a_person_queues_it_again(entity, outbox, settings):
    four_lines(entity)
    bill(entity)
    taken, settings.MAIL_URL = settings.MAIL_URL, "smtp://127.0.0.1:1"
    for _ in range(7):
        with pytest.raises(StillWaiting):
            send_documents(*ALL)
    assert Delivery.objects.get().state == "queued"
    with pytest.raises(StillWaiting):
        send_documents(*ALL)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("failed", 8)
    assert "refused" in delivery.error

    send_documents(*ALL)
    assert messages(outbox) == []
    with pytest.raises(NotPermitted):
        requeue(delivery.pk, scope=Scope(ACTOR, Level.EVERYTHING))
    requeue(delivery.pk, scope=EVERYONE)
    settings.MAIL_URL = taken
    send_queued(delivery.pk, delivery.pk)

    (message,) = messages(outbox)
    assert message["Message-ID"] == delivery.message_id
    assert Delivery.objects.get().state == "sent"


def test_only_a_failed_delivery_within_sight_is_queued_again(entity, outbox):
    four_lines(entity)
    bill(entity)
    send_documents(*ALL)
    key = Delivery.objects.get().pk

    with pytest.raises(NotFailed):
        requeue(key, scope=EVERYONE)
    with pytest.raises(NotFound):
        requeue(key, scope=Scope(ACTOR, Level.OWN, rep_id=make_rep().pk, permissions=frozenset({"issue"})))


def test_a_file_that_changed_in_the_archive_is_not_sent(entity, outbox, settings):
    four_lines(entity)
    bill(entity)
    render_documents(*ALL)
    (file,) = (path for path in settings.ARCHIVE_DIR.rglob("*") if path.is_file())
    file.write_bytes(b"%PDF-1.7 other")

    send_documents(*ALL)

    assert messages(outbox) == []
    assert Delivery.objects.get().state == "failed"
    assert Delivery.objects.get().error == "content_changed"
    assert [fault.code for fault in missing_or_changed()] == ["content_changed"]


def test_a_seller_without_address_cannot_send_and_says_so(outbox):
    install_taxes()
    entity = seller(identity=make_identity(email="", siret="73282932000074"))
    four_lines(entity)
    bill(entity)

    send_documents(*ALL)

    assert Delivery.objects.get().state == "failed"
    assert Delivery.objects.get().error == "sender_without_address"


def test_an_address_that_mail_cannot_carry_fails_alone(entity, outbox):
    account = make_account(legal_entity=entity)
    make_charge(account=account)
    for address in ("nobody at all", "a@client.example"):
        Recipient.objects.create(account=account, address=address)
    bill(entity)

    send_documents(*ALL)

    found = Delivery.objects.order_by("address").values_list("address", "state", "error")
    assert list(found) == [
        ("a@client.example", "sent", ""),
        ("nobody at all", "failed", "address_not_mailable"),
    ]


def test_a_buyer_without_address_has_a_document_and_no_delivery(entity, outbox):
    four_lines(entity, identity=make_identity(email=""))
    bill(entity)

    send_documents(*ALL)

    assert Document.objects.count() == 1
    assert not Delivery.objects.exists()


def test_documents_are_not_sent_inside_a_transaction(entity, outbox):
    four_lines(entity)
    bill(entity)

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        send_documents(*ALL)
