"""What faces say: the words of each refusal by its code, of roles, levels and states."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from encaisse.kernel.errors import DomainError
from encaisse.party.rules.terms import PaymentTerms, Share, TermsKind
from encaisse.ui import (
    contract_refusals,
    deposit_words,
    formats,
    import_words,
    judgement_words,
    settings_words,
    takeover_words,
)
from encaisse.ui.shapes import Words

# Facts stand in by name: `%(number)s`. An amount `open_minor` beside a `currency` is there as `%(open)s` too.
REFUSALS: Final[dict[str, Words]] = {
    **contract_refusals.REFUSALS,
    **deposit_words.REFUSALS,
    **judgement_words.REFUSALS,
    **settings_words.REFUSALS,
    "answer_under_way": gettext_lazy(
        "The first request with this Idempotency-Key is not answered yet: ask again in a moment."
    ),
    "idempotency_key_reused": gettext_lazy(
        "This Idempotency-Key came with another request before: choose a new one for what is new."
    ),
    "key_expired": gettext_lazy("A key ends after today."),
    "no_sandboxes": gettext_lazy("There is no legal entity yet beside which a sandbox could stand."),
    "accounts_not_in_chart": gettext_lazy(
        "The chart of accounts lacks what these amounts are posted to, or it is closed there: %(codes)s."
    ),
    "address_refused": gettext_lazy("Nothing can be sent to this address: %(reason)s."),
    "address_not_mailable": gettext_lazy("The address is none that mail can carry."),
    "allocation_not_positive": gettext_lazy("What is laid on an invoice is more than zero."),
    "allocation_taken_back": gettext_lazy("This allocation was taken back already."),
    "already_credited": gettext_lazy("Nothing is left to credit of this invoice."),
    "already_on_its_way": gettext_lazy("It was sent already, or still waits to be sent."),
    "ambiguous_tax": gettext_lazy(
        "Several tax rules apply in %(country)s, and none is more specific than the others."
    ),
    "already_under_way": gettext_lazy("This work is being done already: wait for its end."),
    "amount_not_positive": gettext_lazy("An amount received is more than zero."),
    "books_do_not_hold": gettext_lazy("The books do not hold: %(names)s."),
    "check_content_changed": gettext_lazy("The archived file is no longer what was kept."),
    "check_content_missing": gettext_lazy("The archived file is missing."),
    "check_crashed": gettext_lazy("The examination ended by itself, at attempt %(attempt)s of 3."),
    "check_not_possible": gettext_lazy("The file could not be examined: %(message)s"),
    "check_ran_out_of_memory": gettext_lazy(
        "The examination took too much memory, at attempt %(attempt)s of 3."
    ),
    "check_took_too_long": gettext_lazy(
        "The examination was stopped after %(seconds)s seconds, at attempt %(attempt)s of 3."
    ),
    "content_changed": gettext_lazy("The archived file is no longer what was kept."),
    "content_missing": gettext_lazy("The archived file is missing."),
    "credit_note_cancelled": gettext_lazy("An invoice already bills again what this credit note credited."),
    "credit_would_bill": gettext_lazy(
        "These lines come to %(gross)s, which is no credit within the %(left)s left: choose others along with them."
    ),
    "current_password_refused": gettext_lazy("This is not your present password."),
    "cut_beyond_line": gettext_lazy(
        "Of “%(label)s” only %(left_quantity)s, that is %(left)s, are left to credit."
    ),
    "deliveries_still_waiting": gettext_lazy("The mail server takes nothing for now: %(message)s"),
    "delivery_not_failed": gettext_lazy("Only a delivery that failed is sent again."),
    "document_breaks_rules": gettext_lazy("It breaks rules of the electronic invoice: %(rules)s."),
    "document_not_facturx": gettext_lazy("Its data are no valid Factur-X: %(reasons)s"),
    "document_left_elsewhere": gettext_lazy("It was made elsewhere, and its PDF was not brought in."),
    "document_not_issued": gettext_lazy("It is not issued: it has no document yet."),
    "document_not_rendered": gettext_lazy("The file could not be made: %(message)s"),
    "email_taken": gettext_lazy("Somebody already logs in with %(email)s."),
    "endpoint_hears_nothing": gettext_lazy("Choose at least one type of event."),
    "endpoint_not_in_state": gettext_lazy(
        "This webhook is no longer where this step begins. Look at the page again."
    ),
    "entity_not_seen_whole": gettext_lazy(
        "A webhook hears of every customer of a legal entity: choose among those that you see whole."
    ),
    "entity_without_siren": gettext_lazy(
        "The FEC is named after the SIREN of the legal entity, and it has none."
    ),
    "goods_due_on_delivery": gettext_lazy(
        "In France the VAT of goods is owed when they are delivered: only that of services can wait for payment."
    ),
    "invoice_not_issued": gettext_lazy("Only an issued invoice can be credited, sent or paid."),
    "invoice_not_open": gettext_lazy("One of these invoices has nothing left to settle."),
    "issue_date_before_last": gettext_lazy(
        "The series %(series)s already gave a number on %(last_issue_date)s: numbers and dates grow together."
    ),
    "job_stopped": gettext_lazy("Somebody stopped this job."),
    "last_manager": gettext_lazy("Nobody could manage users any more. Give another person that right first."),
    "log_in_refused": gettext_lazy(
        "This e-mail address and password do not go together."
        " After five failures an account rests for 15 minutes."
    ),
    "line_not_of_invoice": gettext_lazy("One of these lines is not of this invoice."),
    "message_still_waiting": gettext_lazy("This message still waits: it is tried again by itself."),
    "missing_legal_data": gettext_lazy("The document would not be legal: data missing, %(field)s %(party)s."),
    "more_than_left": gettext_lazy("This is more than is left of it."),
    "more_than_open": gettext_lazy("This is more than is open on the invoice."),
    "negative_total": gettext_lazy("The open charges sum to %(gross)s: an invoice is never negative."),
    "no_answer": gettext_lazy("The other server did not answer as a server does (%(reason)s)."),
    "no_reason_given": gettext_lazy("Say why: the reason is printed on the document."),
    "no_reader": gettext_lazy("The account has no address that it could be sent to."),
    "no_such_run": gettext_lazy("There is no such run."),
    "not_a_credit_note": gettext_lazy("This document is no issued credit note."),
    "not_computable": gettext_lazy("This account could not be computed: %(message)s"),
    "not_creditable": gettext_lazy("A credit note is not itself credited: bill again instead."),
    "made_elsewhere": gettext_lazy(
        "It was made elsewhere: make the credit note where it was made, and import it; or lay another credit on it."
    ),
    "bundle_unreadable": gettext_lazy("This ZIP is refused as a whole: %(reason)s. %(name)s"),
    "not_a_pdf": gettext_lazy("This PDF cannot be used: %(reason)s."),
    "used_since": gettext_lazy("“%(reference)s” was used since it came in: take that back first."),
    "not_withdrawable": gettext_lazy(
        "Only what was made elsewhere is withdrawn, and only while nothing settles or corrects it."
    ),
    "not_found": gettext_lazy("There is nothing at this address."),
    "moment_without_zone": gettext_lazy("Say the time zone of this instant: 2026-10-31T23:00:00+01:00."),
    "not_in_the_accounts_currency": gettext_lazy(
        "This account is owed in %(account_currency)s, not in %(currency)s."
    ),
    "not_permitted": gettext_lazy("Your role does not allow this."),
    "nothing_to_credit": gettext_lazy("Nothing is left to credit of what you chose."),
    "nothing_to_allocate": gettext_lazy("Nothing is left to allocate, or nothing is open."),
    "origin_key_reused": gettext_lazy(
        "A payment of this origin is recorded already, and says something else."
    ),
    "password_refused": gettext_lazy("This password is too easy to guess."),
    "payment_not_withdrawable": gettext_lazy(
        "Only what came from elsewhere is withdrawn, and only while it is laid on nothing."
    ),
    "payment_returned": gettext_lazy("This payment went back: nothing is left of it."),
    "payment_still_allocated": gettext_lazy("This payment is still laid on invoices: take that back first."),
    "rendering_crashed": gettext_lazy("The making ended by itself, at attempt %(attempt)s of 3."),
    "rendering_ran_out_of_memory": gettext_lazy(
        "The making took too much memory, at attempt %(attempt)s of 3."
    ),
    "rendering_took_too_long": gettext_lazy(
        "The making was stopped after %(seconds)s seconds, at attempt %(attempt)s of 3."
    ),
    "prefix_invalid": gettext_lazy(
        "Numbers begin with letters, digits and + - _ / only, 20 of them at most."
    ),
    "reference_required": gettext_lazy("The account requires a reference of the buyer, and none is there."),
    "rep_unknown": gettext_lazy("No sales representative has the code %(rep)s."),
    "entity_keeps_its_currency": gettext_lazy(
        "Its books are in %(currency)s: a legal entity keeps its currency."
    ),
    "rep_required": gettext_lazy("This role sees the customers of a sales representative: say which."),
    "nothing_to_replay": gettext_lazy("Nothing has failed since that day."),
    "nothing_to_try_again": gettext_lazy("Every item of this job ended well."),
    "unexpected": gettext_lazy(
        "Something went wrong that nobody foresaw. The server’s log says what; nothing was written by halves."
    ),
    "nothing_to_put_together": gettext_lazy("None of these has a document that could be included."),
    "discount_ends_before_it_begins": gettext_lazy("It would end before it begins, on %(valid_from)s."),
    "secret_unreadable": gettext_lazy(
        "It was sealed with another secret key than today’s: give the webhook another secret."
    ),
    "sender_without_address": gettext_lazy("The legal entity has no e-mail address to send from."),
    "tax_refused": gettext_lazy("No tax can be chosen for %(country)s %(postcode)s."),
    "timezone_unknown": gettext_lazy("No time zone has this name. Write, for instance, Europe/Paris."),
    "no_row_chosen": gettext_lazy("Choose first which rows."),
    "too_many_rows": gettext_lazy("One job takes %(most_rows)s rows at most: narrow the list."),
    "too_long_for_a_workbook": gettext_lazy(
        "A workbook holds no more than %(most_rows)s rows: narrow the list, or take it as CSV."
    ),
    "typesetting_failed": gettext_lazy(
        "A name or a text has letters that no font of the document can write."
    ),
    "unknown_event_type": gettext_lazy("There is no type of event “%(type)s”."),
    "unknown_method": gettext_lazy("No payment is taken by this method."),
    "unknown_time_zone": gettext_lazy("No time zone has the name %(timezone)s."),
    "unknown_vat_regime": gettext_lazy("VAT is due on debits or on receipts."),
    "unknown_tax": gettext_lazy("No tax rule covers %(country)s %(postcode)s."),
    "view_name_taken": gettext_lazy("Another view of yours is called “%(name)s”."),
    "view_without_name": gettext_lazy("Give the view a name."),
    "vat_number_missing": gettext_lazy(
        "A valid VAT number is needed to bill in %(country)s, and there is none."
    ),
}
# What refusals name by a code of the code's own.
NAMED: Final[dict[str, Words]] = {
    "address_1": gettext_lazy("street"),
    **settings_words.NAMES,
    **takeover_words.FILES,
    "buyer": gettext_lazy("of the buyer"),
    "capital": gettext_lazy("share capital"),
    "city": gettext_lazy("town"),
    "country": gettext_lazy("country"),
    "email": gettext_lazy("e-mail"),
    "leads_inside": gettext_lazy("it leads into a private network"),
    "legal_form": gettext_lazy("legal form"),
    "name": gettext_lazy("name"),
    "names_a_user": gettext_lazy("it holds a user name"),
    "not_https": gettext_lazy("it does not start with https://"),
    "postcode": gettext_lazy("postcode"),
    "registry": gettext_lazy("trade register"),
    "seller": gettext_lazy("of the seller"),
    "siren": "SIREN",
    "siret": "SIRET",
    "unreadable_address": gettext_lazy("it cannot be read"),
    "unusual_port": gettext_lazy("its port is not an allowed one"),
    "vat_number": gettext_lazy("VAT number"),
}
# The field that a refusal is about, so that it stands beside it.
FIELDS: Final[dict[str, str]] = {
    **settings_words.FIELDS,
    **deposit_words.FIELDS,
    "after_it_ends": "on",
    "before_it_starts": "on",
    "billed_elsewhere": "on",
    "notice_too_short": "on",
    "contract_reference_taken": "reference",
    "reference_taken": "reference",
    "duplicate_found": "identity",
    "transfer_refused": "account",
    "ends_before_it_starts": "last_day",
    "cycle_code_taken": "code",
    "discount_ends_before_it_begins": "until",
    "email_taken": "email",
    "password_refused": "password",
    "key_expired": "expires_on",
    "current_password_refused": "current",
    "rep_required": "rep",
    "last_manager": "role",
    "goods_due_on_delivery": "vat_goods",
    "address_refused": "url",
    "endpoint_hears_nothing": "types",
    "entity_not_seen_whole": "entity_ids",
    "unknown_event_type": "types",
    "unknown_time_zone": "timezone",
    "bic_invalid": "bic",
    "country_unknown": "country",
    "email_invalid": "email",
    "iban_invalid": "iban",
    "postcode_invalid": "postcode",
    "prefix_invalid": "invoice_prefix",
    "ice_invalid": "ice",
    "siren_invalid": "siren",
    "siret_invalid": "siret",
    "siret_not_of_siren": "siret",
    "timezone_unknown": "timezone",
    "vat_number_invalid": "vat_number",
    "vat_number_not_of_siren": "vat_number",
}
PASSWORD_RULES: Final[dict[str, Words]] = {
    "password_too_short": gettext_lazy("It needs ten characters at least."),
    "password_too_common": gettext_lazy("It is one of the passwords that everybody tries first."),
    "password_entirely_numeric": gettext_lazy("It needs more than digits."),
}
ROLES: Final[dict[str, Words]] = {
    "admin": gettext_lazy("Administrator"),
    "billing": gettext_lazy("Billing clerk"),
    "collector": gettext_lazy("Collector"),
    "leader": gettext_lazy("Group leader"),
    "rep": gettext_lazy("Sales representative"),
}
PERMISSIONS: Final[dict[str, Words]] = {
    "bill": gettext_lazy("Prepare bills"),
    "issue": gettext_lazy("Issue invoices"),
    "credit": gettext_lazy("Credit invoices"),
    "record_payment": gettext_lazy("Record payments"),
    "manage_deposits": gettext_lazy("Ask for security deposits"),
    "refund_deposits": gettext_lazy("Give security deposits back"),
    "allocate": gettext_lazy("Allocate payments"),
    "import": gettext_lazy("Import files"),
    "read_ledger": gettext_lazy("Read the books"),
    "edit_accounts": gettext_lazy("Change billing accounts"),
    "manage_offers": gettext_lazy("Manage offers and prices"),
    "manage_contracts": gettext_lazy("Manage contracts"),
    "configure": gettext_lazy("Change settings"),
    "manage_users": gettext_lazy("Manage users"),
    "integrate": gettext_lazy("Connect programs"),
    "read_audit": gettext_lazy("Read the audit log"),
}
LEVELS: Final[dict[str, Words]] = {
    "everything": gettext_lazy("Every customer"),
    "groups": gettext_lazy("The customers of the groups led"),
    "own": gettext_lazy("Own customers"),
}
TERMS: Final[dict[str, Words]] = {
    "on_receipt": gettext_lazy("On receipt"),
    "net_days": gettext_lazy("%(days)s days"),
    "end_of_month": gettext_lazy("%(days)s days, end of month"),
    "end_of_month_on_day": gettext_lazy("%(days)s days, end of month, on the %(day)s"),
}
PAYMENT_METHODS: Final[dict[str, Words]] = {
    "transfer": gettext_lazy("Transfer"),
    "cheque": gettext_lazy("Cheque"),
    "direct_debit": gettext_lazy("Direct debit"),
    "card": gettext_lazy("Card"),
}
REQUIRED_REFERENCES: Final[dict[str, Words]] = {
    "": gettext_lazy("None"),
    "order": gettext_lazy("A purchase order"),
    "buyer": gettext_lazy("A buyer reference or service code"),
}
VAT_REGIMES: Final[dict[str, Words]] = {
    "debits": gettext_lazy("On debits: when the invoice is issued"),
    "receipts": gettext_lazy("On receipts: as the customer pays"),
}
MONTH_ENDS: Final[dict[str, Words]] = {
    "days_first": gettext_lazy("The days first, then the rest of the month"),
    "month_first": gettext_lazy("The month of issue first, then the days"),
}
CHANNELS: Final[dict[str, Words]] = {"email": gettext_lazy("E-mail")}
CONTACTS: Final[dict[str, Words]] = {"billing": gettext_lazy("Billing")}
LANGUAGES: Final[dict[str, Words]] = {"fr": gettext_lazy("French"), "en": gettext_lazy("English")}
TIMINGS: Final[dict[str, Words]] = {
    "advance": gettext_lazy("in advance"),
    "arrears": gettext_lazy("in arrears"),
}


def refusal(error: DomainError) -> str:
    """The sentence that says why, with its facts; an account's own reason when one was refused."""
    if error.code == "account_refused":
        return reason(error.facts()["reason"], error.facts()["seen"])
    reasons = [str(PASSWORD_RULES[rule]) for rule in error.facts().get("rules", ()) if rule in PASSWORD_RULES]
    return " ".join([reason(error.code, error.facts()), *reasons])


def reason(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence of a code, such as the reason of an exception in a run, with its facts."""
    if code in import_words.FILES:
        return import_words.file_reason(code, facts)
    if code in import_words.CELLS and code not in REFUSALS:
        return " ".join([import_words.reason(code, facts), import_words.way_out(code, facts)])
    if code not in REFUSALS:
        return _("This was refused (%(code)s).") % {"code": code}
    said = {name: settings_words.named(NAMED, value) for name, value in facts.items()}
    return str(REFUSALS[code]) % defaultdict(str, told(said))


def role(code: str, name: str) -> Words:
    """The name of a role; a company's own are named as it named them."""
    return ROLES.get(code, name)


def terms(agreed: PaymentTerms) -> str:
    """When an account pays; instalments one after the other."""
    if agreed.shares:
        return ", ".join(_share(each) for each in agreed.shares)
    if agreed.kind is TermsKind.END_OF_MONTH and agreed.days == 0:
        return _("End of month")
    return str(TERMS[agreed.kind]) % {"days": agreed.days, "day": agreed.day}


def _share(share: Share) -> str:
    said = terms(share.terms)
    facts = {"percent": formats.percent(share.percent), "terms": said[:1].lower() + said[1:]}
    return (_("%(percent)s at %(terms)s") if share.terms.days else _("%(percent)s %(terms)s")) % facts


def country(code: str) -> str:
    """The name of a country in the reader's language."""
    return str(Locale.parse(get_language() or "en").territories.get(code, code))


def recurrence(unit: str, count: int) -> str:
    """How often an offer comes back."""
    said = {
        "day": ngettext("Every day", "Every %(n)s days", count),
        "week": ngettext("Every week", "Every %(n)s weeks", count),
        "month": ngettext("Every month", "Every %(n)s months", count),
        "year": ngettext("Every year", "Every %(n)s years", count),
    }
    return said[unit] % {"n": count}


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as people read them: amounts with their currency, dates in the reader's manner."""
    said = dict(facts)
    for name, value in facts.items():
        if name.endswith("_minor") and "currency" in facts:
            said[name.removesuffix("_minor")] = formats.money(value, facts["currency"])
        elif isinstance(value, dt.date):
            said[name] = formats.date(value)
        elif isinstance(value, Decimal):
            said[name] = formats.number(value)
        elif isinstance(value, list | tuple):
            said[name] = ", ".join(map(str, value))
    return said
