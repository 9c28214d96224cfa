"""What every page of the desk knows beside its own rows: who is signed in, and where they may go."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse

from encaisse.desk import job_words, navigation, saved_views
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.urls import ROUTES
from encaisse.insight.queries.jobs import under_way
from encaisse.kernel.references import public_id
from encaisse.ui import words
from encaisse.ui.shapes import Person


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates the `navigation` and the `person`; nothing when nobody is signed in."""
    if not hasattr(request, "scope"):
        return {}
    scoped = cast(ScopedRequest, request)
    role = scoped.user.role
    person = Person(
        name=scoped.user.name,
        note=words.role(role.code, role.name),
        account_url=reverse("desk:own_account"),
        sign_out_url=reverse("desk:logout"),
        key=public_id("usr", scoped.user.pk),
    )
    return {
        "navigation": navigation.sections(ROUTES, scoped.scope, scoped.path),
        "person": person,
        "search_url": reverse("desk:search"),
        "palette_url": reverse("desk:palette"),
        "jobs_url": reverse("desk:jobs"),
        "views": saved_views.bar(scoped),
        "running": job_words.running(under_way(scoped.scope)),
    }
