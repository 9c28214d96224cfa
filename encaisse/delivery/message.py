"""The covering message of a document, in the customer's language: plain text, simple HTML, the PDF attached."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from encaisse.delivery.queries import Parcel
from encaisse.document.content import Kind, Language, PaymentMethod
from encaisse.document.queries.made import file_name
from encaisse.document.rules import creditor_reference
from encaisse.document.wording import Wording, wording
from encaisse.kernel import clock


class Words(NamedTuple):
    """What the message says, in order; `facts` are labels and values, `note` is small print."""

    subject: str
    greeting: str
    paragraphs: list[str]
    facts: list[tuple[str, str]]
    closing: str
    signature: list[str]
    note: str


def compose(parcel: Parcel, content: bytes, *, message_id: str) -> EmailMessage:
    """The message with the document attached under its number; it may be sent as it is.

    Raises ValueError when an address is none that mail can carry.
    """
    with translation.override(parcel.language):
        words = _words(parcel, wording(Language(parcel.language)))
        text = _plain(words)
    told = {"words": words, "language": parcel.language}
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(parcel.seller, addr_spec=parcel.seller_email)
    message["To"] = Address(addr_spec=parcel.address)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(render_to_string("delivery/message.html", told), subtype="html")
    message.add_attachment(content, maintype="application", subtype="pdf", filename=_file_name(parcel))
    message["Content-Language"] = parcel.language
    return message


def _file_name(parcel: Parcel) -> str:
    suffix = f"-{wording(Language(parcel.language)).say('duplicate').lower()}" if parcel.copy else ""
    return file_name(parcel.number, suffix)


def _words(parcel: Parcel, words: Wording) -> Words:
    is_credit = parcel.kind == Kind.CREDIT_NOTE
    about = _about_credit(parcel) if is_credit else _about_invoice(parcel, words)
    return Words(
        subject=_subject(parcel),
        greeting=_("Dear customer,"),
        paragraphs=[_("This is a duplicate: the original was sent to you before."), *about]
        if parcel.copy
        else about,
        facts=_facts(parcel, words, is_credit=is_credit),
        closing=_("A question about it? Just answer this message."),
        signature=[text for text in (parcel.seller, parcel.seller_phone, parcel.seller_email) if text],
        note=""
        if parcel.made_elsewhere
        else _("The PDF is also an electronic invoice (Factur-X): your accounting software can read it."),
    )


def _subject(parcel: Parcel) -> str:
    named = {"number": parcel.number, "seller": parcel.seller}
    if parcel.kind == Kind.CREDIT_NOTE:
        told = _("Duplicate of credit note %(number)s from %(seller)s") if parcel.copy else ""
        return (told or _("Credit note %(number)s from %(seller)s")) % named
    told = _("Duplicate of invoice %(number)s from %(seller)s") if parcel.copy else ""
    return (told or _("Invoice %(number)s from %(seller)s")) % named


def _about_invoice(parcel: Parcel, words: Wording) -> list[str]:
    told = {
        "number": parcel.number,
        "amount": words.money(parcel.payable_minor, parcel.currency),
        "due": words.date(parcel.due_date or parcel.issue_date),
    }
    if not parcel.payable_minor:
        return [_("Please find attached our invoice %(number)s. There is nothing left to pay on it.") % told]
    if parcel.terms_plan:
        return [
            _("Please find attached our invoice %(number)s.") % told,
            _("It comes to %(amount)s, in instalments: it says how much is due on which day.") % told,
        ]
    if parcel.payment_method == PaymentMethod.DIRECT_DEBIT:
        return [
            _("Please find attached our invoice %(number)s.") % told,
            _("Its amount of %(amount)s will be debited from your account on %(due)s: nothing to do.") % told,
        ]
    return [
        _("Please find attached our invoice %(number)s.") % told,
        _("It comes to %(amount)s, to be paid by %(due)s at the latest.") % told,
    ]


def _about_credit(parcel: Parcel) -> list[str]:
    told = {"number": parcel.number, "invoice": parcel.corrects}
    return [
        _("Please find attached our credit note %(number)s, which corrects our invoice %(invoice)s.") % told
        if parcel.corrects
        else _("Please find attached our credit note %(number)s.") % told,
        _("It is set against your next payments, or refunded if you ask for it."),
    ]


def _facts(parcel: Parcel, words: Wording, *, is_credit: bool) -> list[tuple[str, str]]:
    amount = words.money(abs(parcel.payable_minor), parcel.currency)
    facts = [
        (pgettext("covering message", "Number"), parcel.number),
        (pgettext("covering message", "Date"), words.date(parcel.issue_date)),
    ]
    if is_credit:
        return [*facts, (pgettext("covering message", "To your credit"), amount)]
    facts.append((pgettext("covering message", "Amount to pay"), amount))
    if parcel.payable_minor and parcel.due_date and parcel.terms_plan:
        facts.append((pgettext("covering message", "Last due on"), words.date(parcel.due_date)))
    elif parcel.payable_minor and parcel.due_date:
        facts.append((pgettext("covering message", "Due on"), words.date(parcel.due_date)))
    reference = creditor_reference(parcel.number)
    if reference and parcel.payable_minor and parcel.payment_method == PaymentMethod.TRANSFER:
        facts.append((pgettext("covering message", "Reference to quote"), words.grouped(reference, 4)))
    return facts


def _plain(words: Words) -> str:
    facts = "\n".join(
        _("%(label)s: %(value)s") % {"label": label, "value": value} for label, value in words.facts
    )
    signature = "\n".join(words.signature)
    return (
        "\n\n".join(
            filter(None, [words.greeting, *words.paragraphs, facts, words.closing, signature, words.note])
        )
        + "\n"
    )
