"""Form fields that understand what people type: exact numbers in the manner of their language, and days."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from encaisse.ui import formats


class ExactField(forms.Field):
    """An amount, price, quantity or rate as an exact `Decimal`, with at most `places` decimals.

    `1 234,50` in French and `1,234.50` in English; what was typed stays in the control when it is refused.
    """

    def __init__(self, *, places: int = 2, least: Decimal | None = None, **options: Any) -> None:
        """Allow so many decimals, and nothing under `least`."""
        super().__init__(**options)
        self.places = places
        self.least = least

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Ask phones for a keyboard of digits."""
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """Show a number in the manner of the language, and what was typed as it was typed."""
        return formats.number(value) if isinstance(value, Decimal | int) else value

    def to_python(self, value: Any) -> Decimal | None:
        """Read the number, or say what is wrong with it."""
        if value in self.empty_values:
            return None
        number = value if isinstance(value, Decimal) else formats.read_number(str(value))
        if number is None:
            raise ValidationError(_("Write a number, such as %(example)s.") % {"example": self._example()})
        if number != round(number, self.places):
            raise ValidationError(
                ngettext("No more than %(count)s decimal.", "No more than %(count)s decimals.", self.places)
                % {"count": self.places}
            )
        return number

    def validate(self, value: Any) -> None:
        """Refuse what is missing or too small."""
        super().validate(value)
        if self.least is not None and value is not None and value < self.least:
            raise ValidationError(_("No less than %(least)s.") % {"least": formats.number(self.least)})

    def _example(self) -> str:
        return formats.number(Decimal("1234.56") if self.places else Decimal(1234))


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Write the day as browsers want it."""
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day, chosen in the browser's calendar."""

    widget = DayInput
