"""The words of refusals: those of imported files here, all others as the desk says them. Needs Django."""

from collections import defaultdict
from collections.abc import Mapping
from gettext import gettext as _
from typing import Any, Final

from encaisse.cli.language import gettext_noop
from encaisse.desk import words
from encaisse.kernel.errors import DomainError

FILES: Final = {
    "column_repeated": gettext_noop("The headings %(headings)s name the same column."),
    "columns_missing": gettext_noop("The file lacks these columns: %(columns)s."),
    "heading_missing": gettext_noop("Column %(position)s has no heading."),
    "heading_repeated": gettext_noop("The heading %(heading)s stands twice."),
    "table_too_large": gettext_noop("The file is too large to be read at once. Cut it in several."),
}
UNREADABLE: Final = {
    "empty": gettext_noop("The file is empty."),
    "encoding": gettext_noop("The text of the file is neither UTF-8, nor UTF-16, nor Windows-1252."),
    "no_sheet": gettext_noop("The workbook has no sheet."),
    "not_a_workbook": gettext_noop("The file is no Excel workbook, or it is damaged."),
    "not_text": gettext_noop("The file is neither text nor an Excel workbook."),
    "old_excel": gettext_noop("This is a workbook of Excel 97: save it as .xlsx."),
    "quotes": gettext_noop("Record %(record)s opens a quote that nothing closes."),
}
CELLS: Final = {
    "account_keeps_its_currency": gettext_noop("the account is owed in %(currency)s for ever"),
    "account_of_another_entity": gettext_noop("the account belongs to the legal entity %(entity)s"),
    "bic_invalid": gettext_noop("invalid BIC"),
    "choice_unknown": gettext_noop("none of: %(choices)s"),
    "control_character": gettext_noop("character that nothing can print"),
    "country_unknown": gettext_noop("unknown country"),
    "date_invalid": gettext_noop("no date of the calendar"),
    "email_invalid": gettext_noop("invalid e-mail address"),
    "ends_before_it_starts": gettext_noop("ends before it starts, on %(start_date)s"),
    "iban_invalid": gettext_noop("invalid IBAN"),
    "not_a_number": gettext_noop("not a number"),
    "number_out_of_range": gettext_noop("not between %(lowest)s and %(highest)s"),
    "payment_method_unknown": gettext_noop("unknown payment method"),
    "payment_terms_unknown": gettext_noop("payment terms not understood"),
    "period_unknown": gettext_noop("unknown period"),
    "postcode_invalid": gettext_noop("invalid postcode in %(country)s"),
    "record_too_long": gettext_noop("%(extra)s cells more than headings"),
    "reference_repeated": gettext_noop("reference already used by record %(first_record)s"),
    "reference_taken": gettext_noop("reference of another customer or account"),
    "rep_unknown": gettext_noop("unknown sales representative"),
    "revenue_account_invalid": gettext_noop("no account of class 7"),
    "siren_invalid": gettext_noop("invalid SIREN"),
    "siret_invalid": gettext_noop("invalid SIRET"),
    "siret_not_of_siren": gettext_noop("SIRET of another company than SIREN %(siren)s"),
    "text_too_long": gettext_noop("more than %(longest)s characters"),
    "too_many_decimals": gettext_noop("more than %(decimals)s decimals"),
    "unknown_currency": gettext_noop("unknown currency"),
    "value_missing": gettext_noop("value missing"),
    "vat_number_invalid": gettext_noop("invalid VAT number"),
    "vat_number_not_of_siren": gettext_noop("VAT number of another company than SIREN %(siren)s"),
}


def sentence(error: DomainError) -> str:
    """Why the business refuses."""
    facts = error.facts()
    if error.code == "table_unreadable":
        return _told(UNREADABLE.get(facts["reason"], UNREADABLE["not_text"]), facts)
    return _told(FILES[error.code], facts) if error.code in FILES else words.refusal(error)


def cell(code: str, facts: Mapping[str, Any]) -> str:
    """What is wrong with one cell, in a few words."""
    return _told(CELLS[code], facts) if code in CELLS else words.reason(code, facts)


def _told(text: str, facts: Mapping[str, Any]) -> str:
    said = {
        name: ", ".join(value) if isinstance(value, list | tuple) else value for name, value in facts.items()
    }
    return _(text) % defaultdict(str, words.told(said))
