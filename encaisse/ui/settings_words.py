"""The words of what settings refuse."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

REFUSALS: Final[dict[str, Words]] = {
    "account_code_invalid": gettext_lazy(
        "An account is two to ten digits, of classes 1 to 7: %(account)s is none."
    ),
    "duplicate_found": gettext_lazy(
        "Looks like %(name)s (%(reference)s), who is there: change that one, or say that this is another customer."
    ),
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
    "account_code_invalid": "code",
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
