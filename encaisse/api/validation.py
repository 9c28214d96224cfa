"""What is wrong with what a program sent, field by field, in words of the catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.api.problems import Fault, problem
from encaisse.ui.shapes import Words

# By the type of pydantic's errors; what is not here is told by `_otherwise`.
SAID: Final[Mapping[str, Words]] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field here."),
    "string_type": gettext_lazy("Send a text."),
    "string_too_long": gettext_lazy("It has %(max_length)s characters at most."),
    "string_too_short": gettext_lazy("It has %(min_length)s characters at least."),
    "string_pattern_mismatch": gettext_lazy("It does not have the form that it must have."),
    "not_printable": gettext_lazy("It holds a character that no text may hold."),
    "reference": gettext_lazy("Send a reference such as %(example)s."),
    "decimal": gettext_lazy('Send a decimal number as a text, such as "12.50".'),
    "int_type": gettext_lazy("Send a whole number."),
    "int_parsing": gettext_lazy("Send a whole number."),
    "int_from_float": gettext_lazy("Send a whole number."),
    "bool_type": gettext_lazy("Send true or false."),
    "bool_parsing": gettext_lazy("Send true or false."),
    "greater_than": gettext_lazy("It is more than %(gt)s."),
    "greater_than_equal": gettext_lazy("It is %(ge)s or more."),
    "less_than_equal": gettext_lazy("It is %(le)s or less."),
    "date_type": gettext_lazy("Send a day as 2026-10-31."),
    "date_parsing": gettext_lazy("Send a day as 2026-10-31."),
    "date_from_datetime_parsing": gettext_lazy("Send a day as 2026-10-31."),
    "date_from_datetime_inexact": gettext_lazy("Send a day as 2026-10-31."),
    "one_of": gettext_lazy("Send one of these, and no other: %(names)s."),
    "too_large": gettext_lazy("Quantity and price come to more than the books can hold."),
    "terms": gettext_lazy(
        "A day goes with the end of a month alone; instalments are two or more and add up to a hundred."
    ),
    "literal_error": gettext_lazy("It is one of: %(expected)s."),
    "enum": gettext_lazy("It is one of: %(expected)s."),
    "list_type": gettext_lazy("Send a list."),
    "too_long": gettext_lazy("It has %(max_length)s entries at most."),
    "too_short": gettext_lazy("It has %(min_length)s entries at least."),
    "model_attributes_type": gettext_lazy("Send an object."),
    "model_type": gettext_lazy("Send an object."),
    "dict_type": gettext_lazy("Send an object."),
}
# How many of ninja's own names stand before the first field, by where a value was sent.
OWN: Final = {"body": 2, "query": 2, "form": 1, "file": 1, "header": 1}


def not_valid(errors: Iterable[Mapping[str, Any]]) -> HttpResponse:
    """The answer to what does not have the form that the contract says; a malformed reference is nowhere."""
    told = list(errors)
    if any(each["loc"][0] == "path" for each in told):
        return problem(404, "not_found")
    return problem(422, "not_valid", errors=[_fault(each) for each in told])


def _fault(error: Mapping[str, Any]) -> Fault:
    kind, facts = error["type"], error.get("ctx", {})
    code = kind if kind in SAID else "not_valid"
    said = str(SAID[kind]) % facts if kind in SAID else _("This is not accepted here.")
    return Fault(_field(error["loc"]), code, said)


def _field(place: tuple[str | int, ...]) -> str:
    kind = str(place[0])
    return ".".join(str(each) for each in place[OWN.get(kind, 1) :]) or kind
