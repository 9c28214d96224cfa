"""What the faces say of files of what was made elsewhere: why a cell is refused, and what to do about it, by code."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

# Facts stand in by name. The first sentence is the reason, the second the way out.
CELLS: Final[dict[str, tuple[Words, Words]]] = {
    "ice_invalid": (
        gettext_lazy("This is no ICE: fifteen digits, the last two of which check the others."),
        gettext_lazy("Copy it from the company's papers, or leave the cell blank."),
    ),
    "national_number_invalid": (
        gettext_lazy("This is no number of %(label)s as its country writes it."),
        gettext_lazy("Copy it from the company's papers, or leave the cell blank."),
    ),
    "account_ambiguous": (
        gettext_lazy("The customer has several billing accounts here: %(keys)s."),
        gettext_lazy("Say which one, in a column “Billing key”."),
    ),
    "amounts_do_not_add_up": (
        gettext_lazy("The amounts come to %(come_to)s, and not to %(total)s."),
        gettext_lazy("Mend the one that is wrong, or leave out what the total says by itself."),
    ),
    "books_in_another_currency": (
        gettext_lazy(
            "The books are in %(accounting_currency)s, and no rate between the two currencies is recorded."
        ),
        gettext_lazy("Leave this record out until rates are recorded."),
    ),
    "corrected_invoice_unknown": (
        gettext_lazy("The account has no invoice of this number: the credit note came in by itself."),
        gettext_lazy("Lay it by hand on the invoices that it settles."),
    ),
    "deposit_template_unknown": (
        gettext_lazy("No template of deposits is called “%(template)s”."),
        gettext_lazy("Make it first, or write the name of one that is there."),
    ),
    "deposit_not_allowed": (
        gettext_lazy(
            "The template “%(template)s” does not allow this deposit: look at its amounts, its limit and its days."
        ),
        gettext_lazy("Change the template, or name another."),
    ),
    "credit_used_elsewhere": (
        gettext_lazy("When it came in %(known)s was said. What is used of a credit since is used here."),
        gettext_lazy("Lay it here on the invoices that it settled."),
    ),
    "dated_in_the_future": (
        gettext_lazy("This day is yet to come: today is %(today)s."),
        gettext_lazy("Mend the date."),
    ),
    "due_before_issue": (
        gettext_lazy("The due date comes before the invoice, of %(issue_date)s."),
        gettext_lazy("Mend one of the two dates."),
    ),
    "fixed_once_taken_over": (
        gettext_lazy("It came in already and said something else. What came in never changes."),
        gettext_lazy("Undo the import that brought it, or credit it."),
    ),
    "lines_do_not_add_up": (
        gettext_lazy("The lines come to %(come_to)s, and not to the net amount, %(total)s."),
        gettext_lazy("Mend the line that is wrong or missing, or leave the lines out."),
    ),
    "more_settled_than_open": (
        gettext_lazy("More was paid elsewhere since than is open here, %(open)s."),
        gettext_lazy("Take back here what settled it, if it was paid elsewhere, then import again."),
    ),
    "not_the_accounts_currency": (
        gettext_lazy("The billing account is owed in %(account_currency)s."),
        gettext_lazy("Mend the currency, or name the customer's account in this one."),
    ),
    "number_of_our_series": (
        gettext_lazy("The series “%(prefix)s” gives this number itself: no other document may bear it."),
        gettext_lazy("Choose another prefix for the series of the legal entity, then import again."),
    ),
    "number_repeated": (
        gettext_lazy("The file comes back to this number, or says two things of it."),
        gettext_lazy(
            "Lines of one invoice follow each other and repeat all else; a number names one document."
        ),
    ),
    "settled_beyond_total": (
        gettext_lazy("What is settled is not between nothing and the total, %(total)s."),
        gettext_lazy("Mend the amount; what was paid beyond comes in with the credits."),
    ),
    "settled_less_than_before": (
        gettext_lazy("Less is settled than what came in says, %(known)s."),
        gettext_lazy("If a payment came back, mark it as returned here."),
    ),
    "sign_contradicts_kind": (
        gettext_lazy("An invoice has no negative total."),
        gettext_lazy("Write that it is a credit note."),
    ),
}
# Why a ZIP or a file in it is refused, after its name where it has one.
FILES: Final[dict[str, Words]] = {
    "bomb": gettext_lazy("it unpacks to far more than it holds"),
    "damaged": gettext_lazy("it is damaged"),
    "encrypted": gettext_lazy("it asks for a password"),
    "link": gettext_lazy("it is a link to another file"),
    "not_a_pdf": gettext_lazy("it is no PDF"),
    "not_a_zip": gettext_lazy("it is no ZIP"),
    "outside": gettext_lazy("its name leads out of the ZIP"),
    "repeated": gettext_lazy("its name is there twice"),
    "pdf_too_large": gettext_lazy("it is larger than 20 MB"),
    "too_many": gettext_lazy("it holds more than 100,000 files"),
}
