"""Why a deposit is refused, in words, and the field that each refusal is about."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

REFUSALS: Final[dict[str, Words]] = {
    "deposit_outside_template": gettext_lazy("The template allows %(min)s to %(max)s."),
    "deposit_beyond_customer_limit": gettext_lazy(
        "With what is held or asked for already, only %(left)s more may be asked of this customer."
    ),
    "deposit_limits_contradict": gettext_lazy(
        "The smallest amount is more than zero and no more than the others."
    ),
    "deposit_validity_twice": gettext_lazy("Say a last day or a number of months, not both."),
    "deposit_template_archived": gettext_lazy("The template “%(template)s” is archived."),
    "deposit_template_does_not_fit": gettext_lazy(
        "The template “%(template)s” is of another legal entity or currency than the account."
    ),
    "deposit_validity_over": gettext_lazy("A deposit is not held until a day that is past."),
    "deposit_not_in_state": gettext_lazy("The state of deposit %(number)s does not allow this."),
    "more_than_asked": gettext_lazy("Only %(expected)s are still expected of this deposit."),
    "more_than_held": gettext_lazy("Only %(held)s are held."),
    "deposit_not_drawable": gettext_lazy("Choose an open invoice of this account, and more than zero."),
    "deposit_invoice_still_open": gettext_lazy(
        "%(open)s are still open on this account (%(invoices)s invoices). Draw on the deposit first, or say that it"
        " goes back all the same."
    ),
    "deposit_given_back": gettext_lazy(
        "Deposit %(number)s was given back before this money failed: bill the customer what is missing."
    ),
    "deposit_movement_taken_back": gettext_lazy(
        "It was taken back already, or goes back with the payment that brought it."
    ),
    "deposit_answered_already": gettext_lazy(
        "Somebody answered this before, or the deposit holds nothing any more."
    ),
    "deposit_unknown_method": gettext_lazy("No deposit is given back by this method."),
}
FIELDS: Final[dict[str, str]] = {
    "deposit_outside_template": "amount",
    "deposit_beyond_customer_limit": "amount",
    "deposit_limits_contradict": "min",
    "deposit_validity_twice": "valid_months",
    "deposit_template_archived": "template_id",
    "deposit_template_does_not_fit": "template_id",
    "deposit_validity_over": "valid_until",
    "more_than_asked": "amount",
    "more_than_held": "amount",
    "more_than_open": "amount",
    "deposit_not_drawable": "invoice_id",
    "deposit_invoice_still_open": "despite_open",
}
