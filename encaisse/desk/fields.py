"""What people type: amounts in the manner of their language, days."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from encaisse.kernel import clock
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats

SPACES: Final = dict.fromkeys(map(ord, " \u00a0\u202f"))


def read_amount(text: str) -> Decimal | None:
    """The number typed, `1 234,50` as well as `1,234.50`; None when it is none.

    The last comma or point is the decimal mark; what stands before it only groups thousands.
    """
    digits = text.translate(SPACES).replace("\u2212", "-").removesuffix("€")
    mark = max(digits.rfind(","), digits.rfind("."))
    if mark >= 0:
        whole = digits[:mark].replace(",", "").replace(".", "")
        digits = f"{whole}.{digits[mark + 1 :]}"
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def typed(exact: Decimal) -> str:
    """The number as `read_amount` takes it back: without groups, since its last mark is that of decimals."""
    digits = f"{exact.normalize():f}"
    return digits.replace(".", ",") if formats.in_french() else digits


def today(scope: Scope) -> dt.date:
    """The business date that a form begins with: that of the first legal entity which the scope covers."""
    zones = [each.timezone for each in party.legal_entities(scope)]
    return clock.today(zones[0] if zones else settings.TIME_ZONE)


class AmountField(forms.DecimalField):
    """A number that may be typed with a comma and with spaces between thousands."""

    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {"invalid": gettext_lazy("Type a number, such as 1 234,50.")}  # noqa: RUF012

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The exact number."""
        if isinstance(value, str) and value.strip():
            value = read_amount(value) if read_amount(value) is not None else value
        return super().to_python(value)


class DayField(forms.DateField):
    """A day, chosen on the browser's own calendar."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    input_formats = ("%Y-%m-%d", "%d/%m/%Y")
