"""The words of what contracts refuse, by its code."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

REFUSALS: Final[dict[str, Words]] = {
    "advance_currency": gettext_lazy(
        "Advances are asked for in the currency of the books, and this account is billed in %(currency)s."
    ),
    "advance_deducted": gettext_lazy(
        "An invoice deducts this advance: credit that invoice first, and its money is free."
    ),
    "advance_given_back": gettext_lazy("The credit note of an advance stays: ask for another advance."),
    "advance_tax_refused": gettext_lazy(
        "What is sold bears another tax than VAT, which an advance cannot be asked with."
    ),
    "advance_twice": gettext_lazy("An advance is an amount or a percentage, not both."),
    "after_it_ends": gettext_lazy("The contract is over on %(end_date)s: choose an earlier day."),
    "before_it_starts": gettext_lazy("This day comes too early: choose one after %(start_date)s."),
    "billed_elsewhere": gettext_lazy(
        "What is held until %(until)s was billed elsewhere and cannot be given back here: choose that day or a"
        " later one."
    ),
    "contract_changed_meanwhile": gettext_lazy("A contract changed while it was being rated. Try again."),
    "contract_reference_taken": gettext_lazy("Another contract has the reference %(reference)s."),
    "contract_suspended": gettext_lazy("The contract is suspended: resume it first."),
    "contract_waiting": gettext_lazy(
        "The contract waits for its advance or deposit: nothing of it changes before."
    ),
    "later_price_planned": gettext_lazy(
        "Another price is already agreed from %(on)s on: change the prices of this contract on its own page."
    ),
    "no_end_to_renew": gettext_lazy("Only a contract with an end and a term is renewed."),
    "not_suspended": gettext_lazy("Only a suspended contract is resumed."),
    "not_waiting": gettext_lazy("Only a contract that has not begun is abandoned."),
    "nothing_changes": gettext_lazy("Nothing that is held from that day on would be any different."),
    "nothing_to_raise": gettext_lazy(
        "Nothing that it holds from that day on has a unit price that would be any different."
    ),
    "nothing_held": gettext_lazy("A contract holds at least one offer."),
    "notice_too_short": gettext_lazy(
        "A price rises %(notice_days)s days after it is told: on %(earliest)s at the earliest."
    ),
    "offer_not_sold": gettext_lazy("The offer %(offer)s is no longer sold from %(on)s on."),
    "only_credit_notes_are_cancelled": gettext_lazy(
        "Only a credit note is cancelled by the opposite invoice; an invoice is credited."
    ),
    "price_changed_that_day": gettext_lazy(
        "A price of this contract already changes on %(on)s: it is not raised twice."
    ),
    "price_missing": gettext_lazy("The offer %(offer)s has no price in %(currency)s on %(on)s."),
    "transfer_refused": gettext_lazy(
        "A contract goes to another account of the same legal entity and currency."
    ),
}
