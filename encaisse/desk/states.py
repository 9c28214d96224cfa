"""States as people read them: a word and its tone, for runs, invoices and payments."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.payment.queries import PaymentRow
from encaisse.ui.shapes import Status, Tone, Words

RUNS: Final = {
    "new": Status(gettext_lazy("Planned"), Tone.DRAFT),
    "drafting": Status(gettext_lazy("Drafting"), Tone.ACTIVE),
    "review": Status(gettext_lazy("To review"), Tone.WARN),
    "issuing": Status(gettext_lazy("Being issued"), Tone.ACTIVE),
    "finished": Status(gettext_lazy("Finished, some in quarantine"), Tone.WARN),
    "complete": Status(gettext_lazy("Complete"), Tone.GOOD),
    "cancelled": Status(gettext_lazy("Cancelled"), Tone.CLOSED),
}
RUN_KINDS: Final[dict[str, Words]] = {
    "mass": gettext_lazy("All open charges"),
    "manual": gettext_lazy("By hand"),
}
DRAFTS: Final = {
    "draft": Status(gettext_lazy("Draft"), Tone.DRAFT),
    "approved": Status(gettext_lazy("Approved draft"), Tone.DRAFT),
    "suspect": Status(gettext_lazy("To be checked"), Tone.WARN),
    "rejected": Status(gettext_lazy("Rejected draft"), Tone.BAD),
    "quarantined": Status(gettext_lazy("In quarantine"), Tone.WARN),
    "cancelled": Status(gettext_lazy("Cancelled draft"), Tone.CLOSED),
}
INSTALMENTS: Final = {
    "paid": Status(gettext_lazy("Paid"), Tone.GOOD),
    "due": Status(gettext_lazy("Not due yet"), Tone.DRAFT),
    "late": Status(gettext_lazy("Late"), Tone.BAD),
}
JOBS: Final = {
    "waiting": Status(gettext_lazy("Waiting"), Tone.DRAFT),
    "running": Status(gettext_lazy("Under way"), Tone.ACTIVE),
    "done": Status(gettext_lazy("Done"), Tone.GOOD),
    "stopped": Status(gettext_lazy("Stopped"), Tone.CLOSED),
    "failed": Status(gettext_lazy("Failed"), Tone.BAD),
}
JOB_ITEMS: Final = {
    "waiting": Status(gettext_lazy("Not begun"), Tone.DRAFT),
    "done": Status(gettext_lazy("Done"), Tone.GOOD),
    "refused": Status(pgettext_lazy("one row", "Refused"), Tone.WARN),
    "failed": Status(gettext_lazy("Failed"), Tone.BAD),
}
REHEARSED: Final = Status(gettext_lazy("Rehearsal passed"), Tone.GOOD)
INVOICE_KINDS: Final[dict[str, Words]] = {
    "invoice": gettext_lazy("Invoice"),
    "credit_note": gettext_lazy("Credit note"),
    "advance": gettext_lazy("Advance invoice"),
}
METHODS: Final[dict[str, Words]] = {
    "transfer": gettext_lazy("Transfer"),
    "cheque": gettext_lazy("Cheque"),
    "cash": gettext_lazy("Cash"),
    "external": gettext_lazy("Paid elsewhere"),
    "carried": gettext_lazy("Carried over"),
}
# What is recorded as it comes; the others come in by import.
RECEIVED: Final = tuple(each for each in METHODS.items() if each[0] not in ("external", "carried"))
# Why a run sets an account aside, in two words; `words.reason` says it with its facts.
REASONS: Final[dict[str, Words]] = {
    "ambiguous_tax": gettext_lazy("Several taxes apply"),
    "caught_by_rule": gettext_lazy("Cancelled by a rule"),
    "excluded": gettext_lazy("Taken out by hand"),
    "issue_date_before_last": gettext_lazy("Date before the last number"),
    "missing_legal_data": gettext_lazy("Legal data missing"),
    "negative_total": gettext_lazy("Negative total"),
    "vat_number_invalid": gettext_lazy("VAT number unknown to the register"),
    "no_rate_recorded": gettext_lazy("No exchange rate"),
    "not_computable": gettext_lazy("Not computable"),
    "refused_in_quarantine": gettext_lazy("Refused in quarantine"),
    "rule_not_computable": gettext_lazy("Rule not computable"),
    "reference_required": gettext_lazy("Reference missing"),
    "unknown_tax": gettext_lazy("No tax rule"),
    "vat_number_missing": gettext_lazy("VAT number missing"),
}
# What a list of invoices can be asked for, by the names that its query knows.
SETTLEMENTS: Final[dict[str, Words]] = {
    "open": gettext_lazy("Unsettled"),
    "not_due": gettext_lazy("Not due yet"),
    "overdue": gettext_lazy("Overdue"),
    "late_1_30": gettext_lazy("1 to 30 days late"),
    "late_31_60": gettext_lazy("31 to 60 days late"),
    "late_61_90": gettext_lazy("61 to 90 days late"),
    "late_over_90": gettext_lazy("Over 90 days late"),
    "settled": gettext_lazy("Settled"),
}


def made(state: str) -> Status:
    """Where a document stands that a run made."""
    return DRAFTS.get(state) or Status(_("Issued"), Tone.GOOD)


def reason(code: str) -> Words:
    """Why a run sets accounts aside, in two words."""
    return REASONS.get(code, code)


def invoice(row: InvoiceRow) -> Status:
    """Where a document stands: its draft's state, then how far it is settled or how late it is, and whether it was
    taken over."""
    if row.state in DRAFTS:
        return DRAFTS[row.state]
    status = _settled(row)
    if row.made_elsewhere:
        return Status(_("%(state)s · taken over") % {"state": status.label}, status.tone)
    return status


def _settled(row: InvoiceRow) -> Status:
    if row.open_minor == 0:
        return Status(_("Used up") if row.kind == "credit_note" else _("Settled"), Tone.GOOD)
    if row.kind == "credit_note":
        return Status(_("To be used"), Tone.WARN)
    if row.days_late:
        days = ngettext("%(days)s day late", "%(days)s days late", row.days_late) % {"days": row.days_late}
        return Status(days, Tone.BAD)
    return Status(_("Partly settled") if row.settled_minor else _("Not due yet"), Tone.ACTIVE)


def payment(row: PaymentRow) -> Status:
    """How far a payment is allocated, or that it went back."""
    if row.state == "returned":
        return Status(_("Returned"), Tone.BAD)
    if row.left_minor == 0:
        return Status(_("Allocated"), Tone.GOOD)
    if row.allocated_minor:
        return Status(_("Partly allocated"), Tone.WARN)
    return Status(_("To allocate"), Tone.WARN)
