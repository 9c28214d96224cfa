"""What the desk says: the words of each refusal by its code, of roles, levels and states."""

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.kernel.errors import DomainError
from encaisse.ui import formats
from encaisse.ui.shapes import Words

# Facts stand in by name: `%(number)s`. An amount `open_minor` beside a `currency` is there as `%(open)s` too.
REFUSALS: Final[dict[str, Words]] = {
    "log_in_refused": gettext_lazy(
        "This e-mail address and password do not go together."
        " After five failures an account rests for 15 minutes."
    ),
    "email_taken": gettext_lazy("Somebody already logs in with %(email)s."),
    "password_refused": gettext_lazy("This password is too easy to guess."),
    "current_password_refused": gettext_lazy("This is not your present password."),
    "rep_required": gettext_lazy("This role sees the customers of a sales representative: say which."),
    "last_manager": gettext_lazy("Nobody could manage users any more. Give another person that right first."),
    "not_permitted": gettext_lazy("Your role does not allow this."),
    "not_found": gettext_lazy("There is nothing at this address."),
}
# The field that a refusal is about, so that it stands beside it.
FIELDS: Final[dict[str, str]] = {
    "email_taken": "email",
    "password_refused": "password",
    "current_password_refused": "current",
    "rep_required": "rep",
    "last_manager": "role",
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
LEVELS: Final[dict[str, Words]] = {
    "everything": gettext_lazy("Every customer"),
    "groups": gettext_lazy("The customers of the groups led"),
    "own": gettext_lazy("Own customers"),
}


def refusal(error: DomainError) -> str:
    """The sentence that says why, with its facts."""
    if error.code not in REFUSALS:
        return _("This was refused (%(code)s).") % {"code": error.code}
    sentence = str(REFUSALS[error.code]) % told(error.facts())
    reasons = [str(PASSWORD_RULES[rule]) for rule in error.facts().get("rules", ()) if rule in PASSWORD_RULES]
    return " ".join([sentence, *reasons])


def role(code: str, name: str) -> Words:
    """The name of a role; a company's own are named as it named them."""
    return ROLES.get(code, name)


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as people read them: amounts with their currency, dates in the reader's manner."""
    said = dict(facts)
    for name, value in facts.items():
        if name.endswith("_minor") and "currency" in facts:
            said[name.removesuffix("_minor")] = formats.money(value, facts["currency"])
        elif isinstance(value, dt.date):
            said[name] = formats.date(value)
    return said
