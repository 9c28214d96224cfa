"""The pages of one legal entity."""

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Tab, Words

PAGES: Final[dict[str, Words]] = {
    "entity": gettext_lazy("Identity and terms"),
    "design": gettext_lazy("Look of documents"),
    "template": gettext_lazy("Template"),
    "series": gettext_lazy("Document numbers"),
}


def tabs(entity_id: int, current: str) -> tuple[Tab, ...]:
    """All of them, one being shown."""
    return tuple(
        Tab(label, reverse(f"desk:{name}", args=[entity_id]), current=name == current)
        for name, label in PAGES.items()
    )
