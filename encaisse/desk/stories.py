"""Timelines in words: each event of `insight` as a sentence, its author and its tone."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from encaisse.insight.queries.timeline import Happening
from encaisse.ui import words
from encaisse.ui.shapes import Moment, Tone, Words


class Story(NamedTuple):
    """How one topic is told; facts stand in the sentence by name."""

    sentence: Words
    tone: Tone = Tone.CLOSED


STORIES: Final[Mapping[str, Story]] = {
    "allocation.made": Story(gettext_lazy("%(amount)s laid on invoice %(invoice)s"), Tone.GOOD),
    "allocation.taken_back": Story(gettext_lazy("%(amount)s taken back from invoice %(invoice)s"), Tone.WARN),
    "billing_account.discount_ended": Story(gettext_lazy("Discount ended: %(reason)s")),
    "billing_account.discount_granted": Story(gettext_lazy("Discount granted: %(reason)s")),
    "customer.credited": Story(gettext_lazy("Credit note %(number)s of %(gross)s issued"), Tone.GOOD),
    "account.changed": Story(gettext_lazy("Terms and references changed")),
    "account.opened": Story(gettext_lazy("Billing account opened")),
    "account.identified": Story(gettext_lazy("Legal identity changed: earlier documents keep theirs")),
    "customer.advance_asked": Story(gettext_lazy("Advance %(number)s of %(gross)s asked for"), Tone.ACTIVE),
    "customer.changed": Story(gettext_lazy("Customer changed")),
    "customer.restored": Story(gettext_lazy("Customer put back as it was before an import")),
    "customer.imported": Story(gettext_lazy("Customer imported")),
    "customer.invoiced": Story(gettext_lazy("Invoice %(number)s of %(gross)s issued"), Tone.GOOD),
    "customer.paid": Story(gettext_lazy("Payment of %(amount)s received"), Tone.GOOD),
    "customer.credit_carried": Story(gettext_lazy("%(amount)s of a credit taken over")),
    "customer.paid_elsewhere": Story(gettext_lazy("%(amount)s paid elsewhere")),
    "customer.taken_over": Story(gettext_lazy("%(number)s of %(gross)s taken over from elsewhere")),
    "delivery.failed": Story(gettext_lazy("Could not be sent to %(address)s"), Tone.BAD),
    "delivery.queued": Story(gettext_lazy("Waiting to be sent to %(address)s"), Tone.ACTIVE),
    "delivery.sent": Story(gettext_lazy("Sent to %(address)s"), Tone.GOOD),
    "deposit.prepared": Story(gettext_lazy("Deposit prepared")),
    "deposit.requested": Story(pgettext_lazy("deposit", "Asked for"), Tone.ACTIVE),
    "deposit.funded": Story(gettext_lazy("%(amount)s received"), Tone.GOOD),
    "deposit.drawn": Story(gettext_lazy("%(amount)s drawn on invoice %(invoice)s"), Tone.WARN),
    "deposit.refunded": Story(gettext_lazy("%(amount)s given back"), Tone.GOOD),
    "deposit.taken_back": Story(gettext_lazy("A movement of %(amount)s taken back"), Tone.WARN),
    "deposit.proposed": Story(gettext_lazy("Something is proposed"), Tone.WARN),
    "deposit.approved": Story(gettext_lazy("A proposal approved"), Tone.GOOD),
    "deposit.declined": Story(gettext_lazy("A proposal declined")),
    "deposit.prolonged": Story(gettext_lazy("Held until another day")),
    "deposit.cancelled": Story(gettext_lazy("Deposit cancelled")),
    "document.brought_in": Story(gettext_lazy("Its PDF came in"), Tone.GOOD),
    "document.to_send": Story(gettext_lazy("Its PDF came in, to be sent"), Tone.ACTIVE),
    "document.asked": Story(gettext_lazy("The document is tried again"), Tone.ACTIVE),
    "document.checked": Story(gettext_lazy("The official rules were kept"), Tone.GOOD),
    "document.broken": Story(gettext_lazy("The document breaks an official rule"), Tone.BAD),
    "document.duplicated": Story(gettext_lazy("Duplicate made and archived"), Tone.GOOD),
    "document.failed": Story(gettext_lazy("The document could not be made"), Tone.BAD),
    "document.unread": Story(gettext_lazy("The document could not be examined"), Tone.BAD),
    "document.made": Story(gettext_lazy("Document made and archived"), Tone.GOOD),
    "duplicate.failed": Story(gettext_lazy("The duplicate could not be sent to %(address)s"), Tone.BAD),
    "duplicate.queued": Story(gettext_lazy("Duplicate waiting to be sent to %(address)s"), Tone.ACTIVE),
    "duplicate.sent": Story(gettext_lazy("Duplicate sent to %(address)s"), Tone.GOOD),
    "invoice.brought_in": Story(gettext_lazy("Taken over from elsewhere"), Tone.GOOD),
    "invoice.approved": Story(gettext_lazy("Approved although a rule caught it"), Tone.GOOD),
    "invoice.tagged": Story(gettext_lazy("Tagged “%(name)s”")),
    "invoice.untagged": Story(gettext_lazy("Tag “%(name)s” taken off")),
    "invoice.released": Story(gettext_lazy("Released from quarantine"), Tone.GOOD),
    "invoice.refused": Story(gettext_lazy("Refused in quarantine"), Tone.WARN),
    "invoice.corrected": Story(gettext_lazy("Written anew by hand"), Tone.WARN),
    "invoice.billed_again": Story(gettext_lazy("Cancelled by invoice %(number)s of %(gross)s"), Tone.WARN),
    "invoice.cancelled": Story(gettext_lazy("Draft cancelled")),
    "invoice.converted": Story(gettext_lazy("Converted again at the rate of the day"), Tone.ACTIVE),
    "invoice.credited": Story(gettext_lazy("Credited by %(number)s: %(gross)s"), Tone.WARN),
    "invoice.drafted": Story(gettext_lazy("Drafted")),
    "invoice.issued": Story(gettext_lazy("Issued"), Tone.GOOD),
    "payment.brought_in": Story(gettext_lazy("Taken over from elsewhere"), Tone.GOOD),
    "payment.recorded": Story(gettext_lazy("Payment recorded"), Tone.GOOD),
    "payment.returned": Story(gettext_lazy("Payment returned by the bank"), Tone.BAD),
    "run.cancelled": Story(gettext_lazy("Run cancelled")),
    "run.complete": Story(gettext_lazy("Every approved invoice is issued"), Tone.GOOD),
    "run.finished": Story(gettext_lazy("Issued, but for what waits in quarantine"), Tone.WARN),
    "run.quarantined": Story(gettext_lazy("%(documents)s documents put in quarantine"), Tone.WARN),
    "run.drafting": Story(gettext_lazy("Drafting began"), Tone.ACTIVE),
    "run.issuing": Story(gettext_lazy("Issuing began"), Tone.ACTIVE),
    "run.excluded": Story(gettext_lazy("A draft was taken out"), Tone.WARN),
    "run.paused": Story(gettext_lazy("Paused"), Tone.WARN),
    "run.resumed": Story(gettext_lazy("Resumed"), Tone.ACTIVE),
    "run.planned": Story(gettext_lazy("Run planned")),
    "run.review": Story(gettext_lazy("Drafts ready for review"), Tone.WARN),
    "subscription.changed": Story(gettext_lazy("Contract changed")),
    "subscription.imported": Story(gettext_lazy("Contract imported")),
}
ACTORS: Final[Mapping[str, Words]] = {
    "api_key": gettext_lazy("API"),
    "command": gettext_lazy("Command line"),
    "import": gettext_lazy("Import"),
    "task": gettext_lazy("In the background"),
}
PAGES: Final[Mapping[str, str]] = {"invoice": "desk:invoice", "payment": "desk:payment"}


def moments(happenings: Iterable[Happening]) -> tuple[Moment, ...]:
    """A timeline as the page shows it."""
    return tuple(_moment(each) for each in happenings)


def _moment(each: Happening) -> Moment:
    story = STORIES.get(each.topic) or Story(_("Changed (%(topic)s)") % {"topic": each.topic})
    # What happened to another object than the page's own leads to it.
    elsewhere = each.topic.startswith("customer.") and each.kind in PAGES
    return Moment(
        at=each.at,
        title=str(story.sentence) % words.told(each.facts),
        actor=each.actor or ACTORS.get(each.actor_kind, ""),
        detail=_detail(each),
        url=reverse(PAGES[each.kind], args=[each.id]) if elsewhere else "",
        tone=story.tone,
    )


def _detail(each: Happening) -> Words:
    facts = each.facts
    if facts.get("payment_id"):
        return _("Payment %(reference)s") % {"reference": facts["payment"]}
    if facts.get("credit_note_id"):
        return _("Credit note %(number)s") % {"number": facts["credit_note"]}
    if facts.get("deposit_id"):
        return _("Deposit %(number)s") % {"number": facts["deposit"]}
    if each.topic == "document.broken":
        return ", ".join(dict.fromkeys(rule for rule, *_said in facts["asserts"]))
    if each.topic in {"document.failed", "document.unread"}:
        return words.reason(facts["code"], facts)
    error = str(facts.get("error", ""))
    return words.REFUSALS.get(error, error)
