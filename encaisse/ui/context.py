"""What every page knows: language, theme, and the addresses of the switches. Never the database."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import get_language

THEMES: Final = ("light", "dark")
THEME_COOKIE: Final = "theme"


def page(request: HttpRequest) -> dict[str, Any]:
    """Give templates `theme` (empty means the system's choice), `language`, and `here` to come back to."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "language": (get_language() or "en")[:2],
        "here": request.get_full_path(),
    }
