"""The words of what settings refuse."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

REFUSALS: Final[dict[str, Words]] = {
    "no_rate_recorded": gettext_lazy(
        "No exchange rate between %(accounting_currency)s and %(currency)s is recorded for %(date)s: record it in the"
        " settings, then try again."
    ),
    "rate_not_positive": gettext_lazy("A rate and its units are above zero."),
    "rate_of_one_currency": gettext_lazy(
        "A rate is between two currencies, not from %(currency)s to itself."
    ),
    "rate_without_source": gettext_lazy("Say where the rate comes from."),
    "account_code_invalid": gettext_lazy(
        "An account is two to ten digits, of classes 1 to 7: %(account)s is none."
    ),
    "fec_is_french": gettext_lazy(
        "The FEC is a French file: take the books of %(legal_entity)s as a journal."
    ),
    "account_closed": gettext_lazy(
        "Account %(account)s is closed: open it again in the chart, or choose another one."
    ),
    "account_in_use": gettext_lazy(
        "“%(name)s” is posted to account %(account)s, or will be: give it another account first."
    ),
    "account_not_nil": gettext_lazy(
        "Account %(account)s is not nil in the books of %(legal_entity)s (%(balance)s): it is closed once it is."
    ),
    "account_of_another_class": gettext_lazy(
        "%(account)s does not fit: this is posted to accounts that begin with %(classes)s. Choose one of them, or open"
        " one in the chart first."
    ),
    "mapping_too_early": gettext_lazy(
        "Documents are issued until %(issued_until)s, and stay posted as they are: choose a later day."
    ),
    "duplicate_found": gettext_lazy(
        "Looks like %(name)s (%(reference)s), who is there: change that one, or say that this is another customer."
    ),
    "category_code_taken": gettext_lazy("Another category has the code %(category)s."),
    "category_code_unclear": gettext_lazy("A code is made of small letters, digits and hyphens, 40 at most."),
    "register_off": gettext_lazy(
        "This installation asks no register of VAT numbers: its operator names one."
    ),
    "no_number_to_check": gettext_lazy("The account has no VAT number of a country of the European Union."),
    "register_away": gettext_lazy("The register of VAT numbers gave no answer: %(reason)s."),
    "vat_number_invalid": gettext_lazy(
        "The register of its country knows no VAT number %(number)s: correct it, have it checked again, or tax the"
        " sale."
    ),
    "postcodes_unclear": gettext_lazy(
        "Postcodes go from a lower one to a higher one, in one country: say which country, and the lower one first."
    ),
    "region_elsewhere": gettext_lazy("Region %(region)s is not in %(country)s: leave the country empty."),
    "unknown_category": gettext_lazy("No category of customers has the code %(category)s."),
    "unknown_region": gettext_lazy("No region that postcodes tell has the code %(region)s."),
    "tax_code_taken": gettext_lazy("A tax has the code %(tax)s already, and taxes never change."),
    "tax_out_of_order": gettext_lazy(
        "What enters the base of the VAT stands before it, and the rest after it."
    ),
    "tax_without_mention": gettext_lazy(
        "Say why no VAT is charged, in both languages: the law wants it printed."
    ),
    "tax_without_vat": gettext_lazy("A tax has one VAT among its components, though it may be of nothing."),
    "no_template_drafted": gettext_lazy("Save a draft first."),
    "source_too_long": gettext_lazy("At most %(longest)s characters."),
    "template_lacks": gettext_lazy(
        "It does not print everything that the law wants. Missing: %(parts)s. For instance “%(example)s”."
    ),
    "template_not_drawn": gettext_lazy("No page comes of it: %(reason)s. %(about)s"),
    "template_refused": gettext_lazy("Line %(line)s: %(reason)s (%(about)s)."),
    "rule_ended_already": gettext_lazy("The end of this rule was said already."),
    "rule_ends_before_it_begins": gettext_lazy("It would end before its first day."),
    "rule_ties": gettext_lazy(
        "Another rule is as specific and answers “%(answer)s”: say more of the sales, or give a higher priority."
    ),
    "accent_too_pale": gettext_lazy(
        "White can hardly be read on this colour (contrast %(contrast)s): choose a darker one."
    ),
    "image_refused": gettext_lazy("This image cannot be used: %(reason)s"),
    "nothing_differs": gettext_lazy("This is the design in use already."),
    "text_too_long": gettext_lazy("At most %(longest)s characters on four lines, so that the rest has room."),
    "group_name_taken": gettext_lazy("Choose another name: %(group)s is taken, or has no letter."),
    "rep_name_taken": gettext_lazy("Choose another name: %(rep)s is taken, or has no letter."),
    "holder_without_rep": gettext_lazy(
        "%(holder)s holds this role and is no sales representative: say which one on their page first."
    ),
    "manager_sees_everything": gettext_lazy(
        "Who manages users sees every customer of every legal entity: take the right away, or the limits."
    ),
    "no_second_factor": gettext_lazy("There is no second factor on this account."),
    "role_is_fixed": gettext_lazy(
        "The administrator holds every right over everything: only its name and the second factor change."
    ),
    "role_name_taken": gettext_lazy("There is a role named %(role)s already."),
    "second_factor_in_place": gettext_lazy("This account has a second factor already."),
    "second_factor_refused": gettext_lazy(
        "This code is not the one of the moment, or it was used. Wait for the next one and try again."
        " After five failures an account rests for 15 minutes."
    ),
    "second_factor_required": gettext_lazy("Your role asks for a second factor: it stays."),
    "secret_unreadable": gettext_lazy(
        "This was sealed with another secret key: give ENCAISSE_SECRET_KEY back its value, or begin anew."
    ),
}
FIELDS: Final[dict[str, str]] = {
    "tax_code_taken": "code",
    "tax_without_mention": "mention_fr",
    "rate_not_positive": "rate",
    "rate_of_one_currency": "quote",
    "rate_without_source": "source",
    "source_too_long": "source",
    "template_lacks": "source",
    "template_not_drawn": "source",
    "template_refused": "source",
    "account_closed": "code",
    "account_code_invalid": "code",
    "account_of_another_class": "code",
    "mapping_too_early": "since",
    "rule_ended_already": "last_day",
    "rule_ends_before_it_begins": "last_day",
    "accent_too_pale": "accent",
    "image_refused": "image",
    "holder_without_rep": "level",
    "group_name_taken": "name",
    "rep_name_taken": "name",
    "role_name_taken": "name",
    "second_factor_refused": "code",
}
# The parts of a page, as what one of them lacks is told.
PARTS: Final[dict[str, Words]] = {
    "title": gettext_lazy("what the document is"),
    "number": gettext_lazy("its number"),
    "facts": gettext_lazy("dates and references"),
    "seller": gettext_lazy("the seller"),
    "recipient": gettext_lazy("the customer"),
    "lines": gettext_lazy("the lines"),
    "taxes": gettext_lazy("the taxes by rate"),
    "totals": gettext_lazy("the totals"),
    "terms": gettext_lazy("how and until when to pay"),
    "reasons": gettext_lazy("why no tax is charged"),
    "conditions": gettext_lazy("the conditions of late payment"),
    "legal": gettext_lazy("the legal identity of the seller"),
}
# What is wrong in a template, by the word of its refusal.
TEMPLATES: Final[dict[str, Words]] = {
    "crashed": gettext_lazy("it asks for more memory than a page may take"),
    "endless": gettext_lazy("something repeats itself without an end"),
    "expected": gettext_lazy("something is expected here"),
    "no_such_data": gettext_lazy("documents hold nothing of this name"),
    "not_closed": gettext_lazy("a bracket or a quotation mark is not closed"),
    "other": gettext_lazy("it cannot be typeset"),
    "ran_out_of_memory": gettext_lazy("it asks for more memory than a page may take"),
    "sees_no_file": gettext_lazy("a template sees no file but itself"),
    "sees_no_package": gettext_lazy("a template imports no package"),
    "took_too_long": gettext_lazy("it takes more than ten seconds"),
    "unexpected": gettext_lazy("something does not belong here"),
    "unknown_name": gettext_lazy("nothing has this name"),
    "without_text": gettext_lazy("an image says in words what it shows (alt), for whoever cannot see it"),
}
# What is posted to an account, where it has no name of its own.
POSTED: Final[dict[str, Words]] = {
    "receivable": gettext_lazy("What customers owe"),
    "waiting": gettext_lazy("VAT that waits for payment"),
    "opening": gettext_lazy("Opening balance"),
    "deposits": gettext_lazy("Security deposits"),
}
# What is wrong with an image, by the word of its refusal.
IMAGES: Final[dict[str, Words]] = {
    "leads_out": gettext_lazy("it leads to other files. Save it as plain shapes."),
    "not_an_image": gettext_lazy("it is no PNG, no JPEG and no SVG."),
    "not_only_shapes": gettext_lazy(
        "it holds more than shapes, such as text or another image. Convert its texts to paths, or bring a PNG."
    ),
    "too_large": gettext_lazy("it is too large. A megabyte is plenty."),
    "without_size": gettext_lazy("it does not say how large it is."),
}
# What refusals name by a code of the code's own.
NUMBERS: Final[dict[str, Words]] = {
    "ice": gettext_lazy("ICE (fifteen digits, printed on the invoice)"),
    "fiscal_number": gettext_lazy("tax number (IF, NINEA, NCC)"),
    "professional_tax": gettext_lazy("number for the professional tax (TP)"),
}
NAMES: Final[dict[str, Words]] = {**NUMBERS, **IMAGES, **POSTED, **TEMPLATES, **PARTS}


def named(names: Mapping[str, Words], value: Any) -> Any:
    """A fact of a refusal with our names for its codes, also within a list."""
    if isinstance(value, list | tuple):
        return tuple(named(names, each) for each in value)
    return names.get(value, value) if isinstance(value, str) else value
