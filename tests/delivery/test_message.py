"""The covering message: what it says in each language, and what it carries."""

import datetime as dt
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from encaisse.delivery.message import compose
from encaisse.delivery.queries import Parcel
from encaisse.kernel import clock
from tests.document.golden import agreed

NOON = dt.datetime(2026, 11, 2, 11, 0, tzinfo=dt.UTC)
INVOICE = Parcel(
    delivery_id=1,
    file_id=1,
    address="compta@legoff.example",
    language="fr",
    kind="invoice",
    number="F2026-000042",
    issue_date=dt.date(2026, 11, 1),
    due_date=dt.date(2026, 12, 1),
    currency="EUR",
    payable_minor=1234_56,
    corrects=None,
    payment_method="transfer",
    seller="Lumière & Œuvres",
    seller_email="facturation@lumiere.example",
    seller_phone="+33 1 23 45 67 89",
)
CREDIT_NOTE = INVOICE._replace(
    kind="credit_note", number="A2026-000007", payable_minor=-1234_56, corrects="F2026-000042", due_date=None
)


def composed(parcel: Parcel) -> EmailMessage:
    with clock.stopped_at(NOON):
        made = compose(parcel, b"%PDF-1.7", message_id="<dlv_1@lumiere.example>")
    return message_from_bytes(made.as_bytes(), policy=policy.default)


def plain(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_an_envelope_that_every_server_takes():
    message = composed(INVOICE)

    assert message["From"] == "Lumière & Œuvres <facturation@lumiere.example>"
    assert message["To"] == "compta@legoff.example"
    assert message["Subject"] == "Facture F2026-000042 – Lumière & Œuvres"
    assert message["Message-ID"] == "<dlv_1@lumiere.example>"
    assert message["Date"] == "Mon, 02 Nov 2026 11:00:00 +0000"
    assert message["Content-Language"] == "fr"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_document_is_attached_under_its_number():
    (attached,) = composed(INVOICE._replace(number="F/2026/42")).iter_attachments()

    assert (attached.get_filename(), attached.get_content_type()) == ("F-2026-42.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("name", "parcel"),
    [
        ("invoice_fr", INVOICE),
        ("invoice_en", INVOICE._replace(language="en")),
        ("credit_note_fr", CREDIT_NOTE),
        ("credit_note_en", CREDIT_NOTE._replace(language="en")),
        ("duplicate_fr", INVOICE._replace(copy=1)),
        ("duplicate_en", CREDIT_NOTE._replace(language="en", copy=2)),
        ("debited_fr", INVOICE._replace(payment_method="direct_debit")),
        ("nothing_to_pay_en", INVOICE._replace(language="en", payable_minor=0)),
    ],
)
def test_the_message_reads_as_agreed(name, parcel):
    text = plain(composed(parcel))

    assert text == agreed(f"message_{name}.txt", text)


def test_the_html_says_the_same_as_the_text():
    message = composed(INVOICE)
    html = message.get_body(("html",)).get_content()

    assert '<html lang="fr">' in html
    assert "Lumière &amp; Œuvres" in html
    for told in (
        "Vous trouverez ci-joint",
        "1\u202f234,56\u00a0€",
        "1er\u00a0décembre\u00a02026",
        "Échéance",
    ):
        assert told in html
        assert told in plain(message)


def test_what_a_name_holds_is_never_markup():
    html = composed(INVOICE._replace(seller="<b>Bold</b>")).get_body(("html",)).get_content()

    assert "<b>" not in html


def test_a_name_never_adds_a_header():
    with pytest.raises(ValueError, match="line"):
        composed(INVOICE._replace(number="F1\r\nBcc: spy@x.example"))


def test_an_invoice_in_instalments_names_no_single_day_to_pay_by():
    said = plain(composed(INVOICE._replace(terms_plan="30 on_receipt, 70 net_days 30", language="en")))

    assert "in instalments: it says how much is due on which day" in said
    assert "at the latest" not in said
    assert "Last due on" in said
