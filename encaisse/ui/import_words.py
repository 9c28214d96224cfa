"""What the faces say of imported files: why a cell or a file is refused, and what to do about it, by code."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from encaisse.ui import formats, takeover_words
from encaisse.ui.shapes import Words
from encaisse.ui.use_words import USES

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

KINDS: Final[dict[str, Words]] = {
    "customers": gettext_lazy("Customers"),
    "offers": gettext_lazy("Offers"),
    "contracts": gettext_lazy("Contracts"),
    "prices": gettext_lazy("Prices"),
    "rates": gettext_lazy("Exchange rates"),
    "usage": pgettext_lazy("what was used", "Usage"),
    "invoices": gettext_lazy("Invoices made elsewhere"),
    "credits": gettext_lazy("Credits left elsewhere"),
    "deposits": gettext_lazy("Deposits held elsewhere"),
}
# What becomes of a record that looks like what is there.
CHOICES: Final[dict[str, Words]] = {
    "refuse": gettext_lazy("Refuse them, and say whom they look like"),
    "update": gettext_lazy("Update the one who is there"),
    "merge": gettext_lazy("Fill in what the one who is there lacks"),
    "skip": gettext_lazy("Pass them over"),
    "create": gettext_lazy("Create them all the same"),
}
# By what a record looks like a customer.
SAME: Final[dict[str, Words]] = {
    "siren": gettext_lazy("same SIREN"),
    "vat_number": gettext_lazy("same VAT number"),
    "name": gettext_lazy("same name and address"),
}
# Ways to make a field of a column that holds something else, by their name.
CONVERSIONS: Final[dict[str, Words]] = {
    "short_postcode": gettext_lazy("Postcode, with the leading zero that spreadsheets drop"),
}
# Facts stand in by name. The first sentence is the reason, the second the way out.
CELLS: Final[dict[str, tuple[Words, Words]]] = {
    "account_keeps_its_currency": (
        gettext_lazy("The billing account is owed in %(currency)s, for ever."),
        gettext_lazy("Give the customer another account, under another code, for the other currency."),
    ),
    "account_of_another_entity": (
        gettext_lazy("The billing account of this code belongs to another legal entity."),
        gettext_lazy("Import this record for its own legal entity, or give it another code."),
    ),
    "bic_invalid": (
        gettext_lazy("This is no BIC."),
        gettext_lazy("A BIC has 8 or 11 letters and digits, such as BNPAFRPP."),
    ),
    "billed_already": (
        gettext_lazy(
            "Periods from %(valid_from)s on are billed already (%(count)s), and keep the price that they had."
        ),
        gettext_lazy("Choose a later day, or confirm that what is billed stays as it is."),
    ),
    "choice_unknown": (
        gettext_lazy("This word is not known here."),
        gettext_lazy("Write one of: %(choices)s."),
    ),
    "contract_ambiguous": (
        gettext_lazy("Several contracts of the customer count this meter on that day: %(contracts)s."),
        gettext_lazy("Name the contract."),
    ),
    "contract_over": (
        gettext_lazy("This contract has ended and changes no more."),
        gettext_lazy("Make a new contract, under another reference."),
    ),
    "contract_waiting": (gettext_lazy("The contract has not begun."), gettext_lazy("Bring it in later.")),
    "contract_unknown": (
        gettext_lazy("This legal entity has no contract of this reference."),
        gettext_lazy("Import the contract first, or mend the reference."),
    ),
    "control_character": (
        gettext_lazy("The text holds a character that nothing can print."),
        gettext_lazy("Type the text again rather than paste it."),
    ),
    "country_unknown": (
        gettext_lazy("No country has this name."),
        gettext_lazy("Write its name in French or in English, or its ISO code, such as FR."),
    ),
    "customer_without_contract": (
        gettext_lazy("This legal entity has no contract with a customer of this code."),
        gettext_lazy("Import the contract first, or mend the code."),
    ),
    "customer_unknown": (
        gettext_lazy("This legal entity has no customer of this code."),
        gettext_lazy("Import the customer first, or mend its record if it was refused."),
    ),
    "date_invalid": (
        gettext_lazy("This day does not exist."),
        gettext_lazy("Write it as 31/12/2026 or as 2026-12-31."),
    ),
    "discount_twice": (
        gettext_lazy("A discount is a percentage or an amount, not both."),
        gettext_lazy("Leave one of the two empty."),
    ),
    "duplicate_found": (
        gettext_lazy("Looks like %(name)s (%(reference)s), who is there: %(by)s."),
        gettext_lazy("Choose what becomes of duplicates, or give the record that customer’s code."),
    ),
    "email_invalid": (
        gettext_lazy("This is no e-mail address."),
        gettext_lazy("Write a single address, such as compta@example.com."),
    ),
    "ends_before_it_starts": (
        gettext_lazy("The contract would end before it starts, on %(start_date)s."),
        gettext_lazy("Mend one of the two days. The end is the last day of the contract."),
    ),
    "fixed_by_contract": (
        gettext_lazy("A contract keeps its customer, its first day and the length of its periods."),
        gettext_lazy("End this one, and make a new contract under another reference."),
    ),
    "iban_invalid": (
        gettext_lazy("This is no IBAN, or its check digits are wrong."),
        gettext_lazy("Copy it again from the bank details, or leave the cell blank."),
    ),
    "inclusion_nested": (
        gettext_lazy("A package holds offers, not other packages: %(offer)s is part of one already."),
        gettext_lazy("List the offers themselves."),
    ),
    "instalments_not_whole": (
        gettext_lazy("The instalments add up to %(total)s %%, not to 100 %%."),
        gettext_lazy("Mend the shares, or write the last one as the balance."),
    ),
    "member_missing": (
        gettext_lazy("The offer counts how many different members used it, and the record names none."),
        gettext_lazy("Name the member: a user, a number, a device."),
    ),
    "meter_missing": (
        gettext_lazy("The offer does not say what is counted."),
        gettext_lazy("Name its meter, such as minutes or letters, as usage records name it."),
    ),
    "meter_not_held": (
        gettext_lazy("On %(day)s the contract held no offer that counts “%(meter)s”."),
        gettext_lazy("Mend the meter or the date, or add the offer to the contract from that day on."),
    ),
    "moment_ambiguous": (
        gettext_lazy("Clocks changed that night: this hour came twice, or never."),
        gettext_lazy("Write the time with its zone, such as 2026-10-25T02:30+02:00."),
    ),
    "moment_invalid": (
        gettext_lazy("This is no date and time."),
        gettext_lazy("Write it as 31/12/2026 14:30 or as 2026-12-31T14:30:00+01:00."),
    ),
    "no_price_in_force": (
        gettext_lazy("The offer has no price in %(currency)s on %(on)s."),
        gettext_lazy("Add one that begins on that day or before."),
    ),
    "not_a_number": (
        gettext_lazy("This is not a number."),
        gettext_lazy("Write digits, such as 1 234,56 or 1,234.56."),
    ),
    "number_out_of_range": (
        gettext_lazy("The number is not between %(lowest)s and %(highest)s."),
        gettext_lazy("Mend the number."),
    ),
    "offer_code_taken": (
        gettext_lazy("Another offer has this code."),
        gettext_lazy("Choose another code."),
    ),
    "offer_keeps_its_periods": (
        gettext_lazy("The offer is there with another kind, other periods or another meter, which it keeps."),
        gettext_lazy("Make another offer, under another code."),
    ),
    "offer_unknown": (
        gettext_lazy("No offer has this code."),
        gettext_lazy("Import the offer and its price first."),
    ),
    "payment_method_unknown": (
        gettext_lazy("This payment method is not known."),
        gettext_lazy("Write: transfer, cheque, direct debit or card."),
    ),
    "payment_terms_unknown": (
        gettext_lazy("These payment terms cannot be understood."),
        gettext_lazy("Write, for instance: on receipt, 30 days, 45 days end of month."),
    ),
    "period_unknown": (
        gettext_lazy("This period cannot be understood."),
        gettext_lazy("Write, for instance: monthly, quarterly, yearly, 6 months."),
    ),
    "postcode_invalid": (
        gettext_lazy("This postcode has not the form of its country's."),
        gettext_lazy("A French postcode has five digits; spreadsheets often drop a leading zero."),
    ),
    "price_bounds_crossed": (
        gettext_lazy("The most that a transaction may cost is below the least, %(minimum)s."),
        gettext_lazy("Mend one of the two."),
    ),
    "price_customer_unknown": (
        gettext_lazy("No customer has this code."),
        gettext_lazy("Import the customer first, or leave the cell blank for a price of the list."),
    ),
    "price_end_fixed": (
        gettext_lazy("The price ends on another day already, %(valid_to)s excluded, which is said once."),
        gettext_lazy("Add a price from that day on."),
    ),
    "price_ends_before_it_begins": (
        gettext_lazy("The price would end before it begins, on %(valid_from)s."),
        gettext_lazy("Mend one of the two days. The end is the last day of the price."),
    ),
    "price_fixed_for_day": (
        gettext_lazy("The offer has another price from %(valid_from)s on already, and prices never change."),
        gettext_lazy("Give the new price a later first day."),
    ),
    "price_model_unfit": (
        gettext_lazy("A percentage is taken of transactions, which only an offer of usage counts."),
        gettext_lazy("Choose another model, or make an offer of usage."),
    ),
    "price_offer_unknown": (
        gettext_lazy("No offer has this code."),
        gettext_lazy("Import the offer first, or mend its code."),
    ),
    "price_term_missing": (
        gettext_lazy("This model of price needs what is blank here."),
        gettext_lazy("Fill it in, or choose another model."),
    ),
    "price_term_useless": (
        gettext_lazy("This model of price has no use for what is written here."),
        gettext_lazy("Leave it blank, or choose another model."),
    ),
    "product_contradicted": (
        gettext_lazy("An earlier record of the file says something else of product %(product)s."),
        gettext_lazy("Write the same in every record of a product."),
    ),
    "quantity_negative": (
        gettext_lazy("A quantity below zero has no price."),
        gettext_lazy("Give the difference back by a credit note."),
    ),
    "record_too_long": (
        gettext_lazy("The record has more cells than there are headings: %(extra)s too many."),
        gettext_lazy("Put quotes around the text that holds a separator."),
    ),
    "reference_repeated": (
        gettext_lazy("Record %(first_record)s of the file has this reference already."),
        gettext_lazy("Remove one of the two, or give it another reference."),
    ),
    "reference_taken": (
        gettext_lazy("This reference belongs to another customer or billing account."),
        gettext_lazy("Give the record another code."),
    ),
    "renewal_without_term": (
        gettext_lazy("What is renewed by itself has a term."),
        gettext_lazy("Give its length in months."),
    ),
    "revenue_account_invalid": (
        gettext_lazy("This is no revenue account."),
        gettext_lazy("Write an account of class 7, such as 706000."),
    ),
    "siren_invalid": (
        gettext_lazy("This is no SIREN: nine digits, the last of which checks the others."),
        gettext_lazy("Copy it from the company's papers, or leave the cell blank."),
    ),
    "siret_invalid": (
        gettext_lazy("This is no SIRET: fourteen digits, the last of which checks the others."),
        gettext_lazy("Copy it from the company's papers, or leave the cell blank."),
    ),
    "siret_not_of_siren": (
        gettext_lazy("This SIRET belongs to another company than SIREN %(siren)s."),
        gettext_lazy("Mend the one that is wrong."),
    ),
    "terms_exceed_the_law": (
        gettext_lazy("French businesses agree on 60 days, or 45 days end of month, at most."),
        gettext_lazy("Shorten the terms with the customer: a fine may follow."),
    ),
    "text_too_long": (
        gettext_lazy("The text has more than %(longest)s characters."),
        gettext_lazy("Shorten it."),
    ),
    "tiers_not_rising": (
        gettext_lazy("Each tier ends above the one before, and the last one alone has no end."),
        gettext_lazy("Write, for instance: 100:0.50; 1000:0.40; :0.30"),
    ),
    "tiers_unreadable": (
        gettext_lazy("These tiers cannot be understood."),
        gettext_lazy("Write up to which quantity and at which price, such as 100:0.50; 1000:0.40; :0.30"),
    ),
    "too_many_decimals": (
        gettext_lazy("The number has more than %(decimals)s decimals."),
        gettext_lazy("Round it as you see fit: nothing is rounded for you."),
    ),
    "unknown_currency": (
        gettext_lazy("This is no currency."),
        gettext_lazy("Write its ISO code, such as EUR."),
    ),
    "usage_contradicted": (
        gettext_lazy("An event of this key is known already, and says something else: %(known)s."),
        gettext_lazy("Events never change. Give a new one a key of its own, and credit what was wrong."),
    ),
    "value_missing": (
        gettext_lazy("The cell is blank and must not be."),
        gettext_lazy("Fill it in."),
    ),
    "value_nested": (
        gettext_lazy("The cell holds several values, and one is read."),
        gettext_lazy("Export one value there, or leave the column out."),
    ),
    "vat_number_invalid": (
        gettext_lazy("This is no VAT number, or its check digits are wrong."),
        gettext_lazy("Copy it from the company's papers, or leave the cell blank."),
    ),
    "vat_number_not_of_siren": (
        gettext_lazy("This VAT number belongs to another company than SIREN %(siren)s."),
        gettext_lazy("Mend the one that is wrong."),
    ),
} | takeover_words.CELLS
FILES: Final[dict[str, Words]] = {
    "changed_by_import": gettext_lazy(
        "The import changed %(count)s contracts, which keep all that ever happened to them: nothing is undone. Bring"
        " the earlier file in again: each changes back from the same day, or from the next period on once it is billed."
    ),
    "changed_since": gettext_lazy(
        "Nothing is undone: %(count)s rows that the import changed became something else since, %(example)s first."
    ),
    "undo_unknown": gettext_lazy(
        "What such a file brought is never taken back: say it right by another file."
    ),
    "undone_already": gettext_lazy("This import was undone before."),
    "used_already": gettext_lazy(
        "Nothing is undone: what the import brought was used since (%(noun)s: %(count)s, %(example)s first)."
    ),
    "column_repeated": gettext_lazy("Two headings of the file name the same column: %(headings)s."),
    "field_unknown": gettext_lazy("The mapping names a field that such files do not have: %(field)s."),
    "mapping_unknown": gettext_lazy("No mapping is called “%(name)s”. There are: %(known)s."),
    "upload_gone": gettext_lazy("The file was read already, or waited too long. Bring it again."),
    "upload_too_large": gettext_lazy(
        "Larger than %(most_mb)s MB. Cut it in several, or use the command line."
    ),
    "columns_missing": gettext_lazy("The file lacks these columns: %(columns)s."),
    "heading_missing": gettext_lazy("Column %(position)s of the file has no heading."),
    "heading_repeated": gettext_lazy("Two columns of the file have the same heading: %(heading)s."),
    "table_too_large": gettext_lazy("The file is too large to be read. Cut it in several."),
    "table_unreadable": gettext_lazy("This file is no table that can be read here."),
}
# Reasons of `table_unreadable`.
UNREADABLE: Final[dict[str, Words]] = {
    "empty": gettext_lazy("The file is empty."),
    "encoding": gettext_lazy("The file is in an unknown encoding. Save it as CSV in UTF-8."),
    "no_sheet": gettext_lazy("The workbook has no visible sheet."),
    "not_an_object": gettext_lazy(
        "Record %(record)s is no JSON object: write { … } on each line, or one list of them."
    ),
    "not_json": gettext_lazy("The file is cut, or is no JSON, from record %(record)s on."),
    "not_a_workbook": gettext_lazy("The file is no Excel workbook, or it is damaged."),
    "not_text": gettext_lazy("The file is neither CSV nor an Excel workbook."),
    "old_excel": gettext_lazy(
        "The workbook is of Excel 97, or under a password. Save it as .xlsx, without a password."
    ),
    "too_deep": gettext_lazy("Record %(record)s holds values within values without end."),
    "quotes": gettext_lazy("A quote is misplaced or never closed, from record %(record)s on."),
}


def reason(code: str, facts: Mapping[str, Any]) -> str:
    """Why a cell is refused."""
    return _told(CELLS[code][0], facts) if code in CELLS else _("Refused (%(code)s).") % {"code": code}


def way_out(code: str, facts: Mapping[str, Any]) -> str:
    """What to do about a cell that is refused, empty when nobody knows."""
    return _told(CELLS[code][1], facts) if code in CELLS else ""


def file_reason(code: str, facts: Mapping[str, Any]) -> str:
    """Why a whole file is refused."""
    return _told(UNREADABLE.get(facts.get("reason", ""), FILES[code]), facts)


def _told(words: Words, facts: Mapping[str, Any]) -> str:
    told = {name: _fact(value) for name, value in facts.items()}
    if told.get("by") in SAME:
        told["by"] = str(SAME[told["by"]])
    if told.get("noun") in USES:
        told["noun"] = str(USES[told["noun"]])
    return str(words) % defaultdict(str, told)


def _fact(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    text = str(value)
    return formats.date(dt.date.fromisoformat(text)) if _DAY.fullmatch(text) else text
