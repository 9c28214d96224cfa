"""The form that every page extends: plain fields, one operation, and refusals beside what caused them."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from encaisse.kernel.errors import DomainError
from encaisse.ui import words


class Form(forms.Form):
    """A form whose fields are the arguments of an operation."""

    outcome: Any = None

    def choose(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        """The field has these choices, which depend on who asks."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # of a field in general nothing is known

    def sent(self, operation: Callable[..., Any]) -> bool:
        """Whether it was filled in well and the operation accepted it, with the fields as its arguments.

        What the operation returned is in `outcome`. A refusal becomes an error of the field it is about, or
        of the form, and what was typed is kept; what may not be seen or done is not the form's to answer.
        """
        if not self.is_valid():
            return False
        try:
            self.outcome = operation(**self.cleaned_data)
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            field = words.FIELDS.get(error.code) or getattr(error, "field", None)
            self.add_error(field if field in self.fields else None, words.refusal(error))
            return False
        return True
