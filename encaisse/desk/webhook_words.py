"""Webhooks in words: types of events, states, and why a message did not arrive."""

from typing import Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Status, Tone, Words
from encaisse.webhook.queries import AttemptRow, EndpointRow, MessageRow
from encaisse.webhook.rules import TEST

TYPES: Final[dict[str, Words]] = {
    "invoice.issued": gettext_lazy("An invoice was issued"),
    "invoice.credited": gettext_lazy("An invoice was credited, in whole or in part"),
    "advance.issued": gettext_lazy("An advance invoice was issued"),
    "credit_note.issued": gettext_lazy("A credit note was issued"),
    "credit_note.allocated": gettext_lazy("A credit note was laid on an invoice"),
    "credit_note.allocation_taken_back": gettext_lazy("A credit note was taken back from an invoice"),
    "payment.recorded": gettext_lazy("A payment was recorded"),
    "payment.returned": gettext_lazy("A payment went back"),
    "payment.allocated": gettext_lazy("A payment was laid on an invoice"),
    "payment.allocation_taken_back": gettext_lazy("A payment was taken back from an invoice"),
    "customer.created": gettext_lazy("A customer was created"),
    "customer.changed": gettext_lazy("A customer changed"),
    "billing_account.opened": gettext_lazy("A customer has another billing account"),
    "billing_account.changed": gettext_lazy("A billing account changed"),
    "subscription.created": gettext_lazy("A contract came in by an import"),
    "subscription.changed": gettext_lazy("A contract began or changed"),
    "subscription.ended": gettext_lazy("A contract ended"),
    "run.ready_for_review": gettext_lazy("The drafts of a run wait for their review"),
    "run.finished": gettext_lazy("A run is issued, but for what waits in quarantine"),
    "run.completed": gettext_lazy("A run is complete"),
    "run.cancelled": gettext_lazy("A run was cancelled"),
    "import.done": gettext_lazy("An import is done"),
}
MODES: Final[dict[str, Words]] = {
    "live": gettext_lazy("Live: on the company’s own books"),
    "test": gettext_lazy("Test: in a sandbox, where nothing counts"),
}
SHORT: Final[dict[str, Words]] = {"live": gettext_lazy("Live"), "test": gettext_lazy("Test")}
MESSAGES: Final = {
    "waiting": Status(gettext_lazy("Waiting"), Tone.ACTIVE),
    "delivered": Status(gettext_lazy("Delivered"), Tone.GOOD),
    "failed": Status(gettext_lazy("Failed"), Tone.BAD),
}
ERRORS: Final[dict[str, Words]] = {
    "timeout": gettext_lazy("No answer in time"),
    "unknown_name": gettext_lazy("Unknown server name"),
    "unreachable": gettext_lazy("Nobody listens there"),
    "tls": gettext_lazy("Certificate refused"),
    "garbage": gettext_lazy("Not an HTTP answer"),
    "closed": gettext_lazy("The connection broke"),
    "leads_inside": gettext_lazy("The address leads into a private network"),
    "not_https": gettext_lazy("The address is not https"),
    "unusual_port": gettext_lazy("The port is not an allowed one"),
    "names_a_user": gettext_lazy("The address holds a user name"),
    "unreadable_address": gettext_lazy("The address cannot be read"),
    "fault": gettext_lazy("A fault of ours, told to the log"),
    "unwritable": gettext_lazy("The message could not be signed"),
    "secret_unreadable": gettext_lazy("The secret can no longer be read"),
}


def event_type(name: str) -> Words:
    """A type of event in words."""
    return _("A test") if name == TEST else TYPES.get(name, name)


def choice(name: str) -> Words:
    """A type of event in words, and as programs name it."""
    return format_html("{} <code>{}</code>", event_type(name), name)


def endpoint(row: EndpointRow) -> Status:
    """Whether the endpoint hears anything, and whether it answers."""
    if row.state == "disabled":
        return Status(_("Disabled"), Tone.CLOSED if row.disabled == "by_hand" else Tone.BAD)
    return Status(_("Failing"), Tone.WARN) if row.failures else Status(_("Active"), Tone.GOOD)


def message(row: MessageRow) -> Status:
    """Where a message stands."""
    if row.state == "waiting" and row.attempts:
        return Status(_("To be tried again"), Tone.WARN)
    return MESSAGES[row.state]


def answer(row: MessageRow | AttemptRow) -> Words:
    """What the other server said, or why it said nothing."""
    return str(row.status) if row.status is not None else ERRORS.get(row.error, row.error)
