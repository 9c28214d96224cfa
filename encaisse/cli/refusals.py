"""The words of refusals, the same as on the desk. Needs Django."""

from collections.abc import Mapping
from typing import Any

from encaisse.kernel.errors import DomainError
from encaisse.ui import import_words, words


def sentence(error: DomainError) -> str:
    """Why the business refuses."""
    return words.refusal(error)


def cell(code: str, facts: Mapping[str, Any]) -> str:
    """What is wrong with one cell."""
    return import_words.reason(code, facts)
