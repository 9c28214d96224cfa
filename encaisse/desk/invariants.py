"""What must always be true, in plain words: each invariant of the books by its name."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

SENTENCES: Final[Mapping[str, Words]] = {
    "allocation.allocated_is_the_sum_of_allocations": gettext_lazy(
        "What is allocated of a payment is the sum of its allocations, within its amount, and nothing"
        " once it was returned."
    ),
    "allocation.allocations_stay_on_one_account": gettext_lazy(
        "An allocation joins a source and an invoice of one account."
    ),
    "allocation.settled_is_the_sum_of_allocations": gettext_lazy(
        "What is settled of an invoice, or used of a credit note, is the sum of its allocations and lies"
        " within its amount."
    ),
    "archive.files_are_kept": gettext_lazy(
        "Every file of the archive is in storage, as it was when it was kept."
    ),
    "charge.charged_periods_never_overlap": gettext_lazy(
        "No day of a segment is charged twice: its recurring charges follow each other."
    ),
    "charge.credits_within_what_they_give_back": gettext_lazy(
        "What is given back of a period lies within its charge, each day once, and never comes to more."
    ),
    "charge.minimums_are_never_given_back_twice": gettext_lazy(
        "Late usage never gives back more of a minimum than what had completed its period."
    ),
    "charge.recurring_charges_fit_their_item": gettext_lazy(
        "A recurring charge belongs to the account of its item and lies before what the item says is charged."
    ),
    "charge.reversals_mirror_their_charges": gettext_lazy(
        "The reversal of a charge is its mirror, on the same account."
    ),
    "charge.usage_is_charged_where_it_occurred": gettext_lazy(
        "Each event of usage is in a charge of its own contract, for the period that its day lies in."
    ),
    "charge.usage_waits_or_is_charged": gettext_lazy(
        "Each event of usage is in one charge or waits to be: never both, never neither."
    ),
    "deposit.deposits_are_their_movements": gettext_lazy(
        "What is held of a deposit is the sum of its movements, and never below zero."
    ),
    "document.documents_are_archived": gettext_lazy(
        "Every document is of an issued invoice and its file is in the archive."
    ),
    "invoice.billed_charges_fit_their_lines": gettext_lazy(
        "A billed charge is on one line, which exists, on an invoice of its own account, for its own product."
    ),
    "invoice.advances_are_not_passed": gettext_lazy(
        "Of each tax of an advance, what was deducted and credited never passes it, and what is deducted"
        " stands in rows."
    ),
    "invoice.contracts_begin_on_their_advance": gettext_lazy(
        "A contract that waits lacks its advance exactly as long as nobody paid it."
    ),
    "ledger.advances_are_held": gettext_lazy(
        "What is held of an account's advances is what was collected of them less what was deducted: each to the cent."
    ),
    "invoice.chains": gettext_lazy(
        "Each series is a chain whose links are what they were on the day of issue."
    ),
    "invoice.charges_go_somewhere": gettext_lazy(
        "The charges of an account are those on its lines and those open, voided or dropped: none is"
        " missing or counted twice."
    ),
    "invoice.charges_have_one_fate": gettext_lazy(
        "Each charge has one fate at most: it is on one invoice, voided, dropped, or open."
    ),
    "invoice.charges_are_open_or_have_a_fate": gettext_lazy(
        "A charge has a fate or is open: never both, never neither."
    ),
    "invoice.claim_shares_add_up_to_lines": gettext_lazy(
        "The shares of the charges that a line gathers add up to its net amount; lines of cancelled"
        " drafts hold none."
    ),
    "invoice.corrections_are_exact": gettext_lazy(
        "No line is corrected beyond itself, and a document of which no line is left is corrected to the cent."
    ),
    "invoice.credit_notes_within_their_invoices": gettext_lazy(
        "Credit notes that take back lines never give back more than the invoice they correct; all are of its account."
    ),
    "invoice.dates_follow_numbers": gettext_lazy("In a series, a later number never bears an earlier date."),
    "invoice.instalments_add_up_to_payable": gettext_lazy(
        "Instalments add up to what is payable of their invoice, in the order of their days and up to its due"
        " date."
    ),
    "invoice.lines_add_up_to_net": gettext_lazy(
        "The lines of an invoice, less the discounts of the document, add up to its net amount, in both"
        " currencies."
    ),
    "invoice.numbers_fit_their_series": gettext_lazy(
        "An invoice that was issued here bears the number, the kind and the entity of its place in its"
        " series."
    ),
    "invoice.outcomes_agree_with_invoices": gettext_lazy(
        "Each invoice of a run that was not cancelled is the outcome of its account in that run, and the"
        " other way round."
    ),
    "invoice.series_have_no_hole": gettext_lazy(
        "Each series gives the numbers 1 to N without a hole, and says which was the last."
    ),
    "invoice.taxes_add_up_to_tax": gettext_lazy(
        "The taxes of an invoice add up to its tax amount, in both currencies."
    ),
    "invoice.vat_bases_add_up_to_net": gettext_lazy(
        "The bases of the VAT of an invoice add up to its net amount and the taxes that enter them."
    ),
    "judgement.quarantine_is_counted": gettext_lazy(
        "A run says how many of its documents wait in quarantine, and each of these has its open place there."
    ),
    "ledger.collected_vat_is_booked": gettext_lazy(
        "What was collected of each tax is what is due of it, and its entries post it to the account of"
        " that tax."
    ),
    "ledger.country_accounts_answer": gettext_lazy(
        "What is posted in the books of a country with a chart of its own has an account there."
    ),
    "ledger.day_sums_add_up": gettext_lazy(
        "The sums by account and day, from which balances are read, are those of the postings."
    ),
    "ledger.deposits_held_are_account_165": gettext_lazy(
        "What deposits hold is what account 165 holds, of each legal entity and currency."
    ),
    "ledger.movements_of_deposits_are_booked": gettext_lazy(
        "Every movement of a deposit is on account 165 to the cent."
    ),
    "ledger.entities_balance": gettext_lazy(
        "The postings of each legal entity sum to zero, and no posting is without its entry."
    ),
    "ledger.entries_balance": gettext_lazy(
        "Every entry has two postings or more, which sum to zero in the accounting currency."
    ),
    "ledger.exchange_differences_are_booked": gettext_lazy(
        "What an account gained or lost by exchange is booked to the cent."
    ),
    "ledger.invoices_are_booked": gettext_lazy(
        "Every invoice issued here has one entry, of its own entity and date, whose receivable is its"
        " total; no other has any."
    ),
    "ledger.official_numbers_have_no_hole": gettext_lazy(
        "The official numbers of each legal entity and year are 1 to N without a hole, on entries of"
        " that entity and year."
    ),
    "ledger.openings_are_what_was_open": gettext_lazy(
        "The opening entry of an invoice made elsewhere is what was open of it as it came in."
    ),
    "ledger.payments_are_booked": gettext_lazy(
        "Every payment has its entry, and a second one that mirrors it if it was returned."
    ),
    "ledger.receivables_are_open_items": gettext_lazy(
        "What an account owes in the ledger is what is open on its invoices, less what is left of its"
        " credit and payments."
    ),
    "ledger.vat_sums_add_up": gettext_lazy(
        "The sums by day and rate, from which the VAT of a year is read, are those of documents and"
        " collections."
    ),
    "ledger.vat_waits_for_payment": gettext_lazy(
        "What waits in 44574 of each invoice issued here is its deferred VAT less what is due of it, and"
        " nothing else does."
    ),
    "payment.payments_fit_their_account": gettext_lazy(
        "A payment is of its account's legal entity and currency."
    ),
    "subscription.segments_of_a_position_never_overlap": gettext_lazy(
        "What a position of a contract holds, it holds once: its segments follow each other."
    ),
}
