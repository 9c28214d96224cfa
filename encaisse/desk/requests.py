"""The request as the desk's views receive it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from encaisse.kernel.scope import Scope

if TYPE_CHECKING:
    from encaisse.access.models import User
    from encaisse.access.queries.saved_views import ViewRow


class ScopedRequest(HttpRequest):
    """A request of somebody signed in: `middleware.SignedIn` has made sure, and says what they may see."""

    scope: Scope
    user: "User"
    htmx: HtmxDetails
    views: "tuple[ViewRow, ...]"
