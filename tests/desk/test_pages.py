"""Every page in both languages, with a bound on what it asks of the database."""

import re
from typing import Final

import pytest
from django.db.models import Model
from django.urls import reverse

from encaisse.access.models import Role
from encaisse.desk.routes import Route
from encaisse.desk.urls import ROUTES
from encaisse.party.models import Group
from encaisse.tax.models import Rule
from tests.desk import viewers, world
from tests.desk.placements import body
from tests.desk.queries import assert_queries_at_most
from tests.desk.viewers import Viewer
from tests.desk.world import World

pytestmark = pytest.mark.django_db
# Five of them are the session, the user, the role's legal entities, the job in the header, and saved views.
MOST: Final = 22
MORE: Final = {"customer": 25, "account": 27, "contract": 29, "invoice": 29}
# Shown by the tests of their own pages: they ask for a row in a state that the last of the world is not in.
ELSEWHERE: Final = {
    "pdfs",
    "cut_off_file",
    "edit_invoice",
    "discount",
    "job_file",
    "saved_views",
    "template_file",
    "chart_mapping",
    "category",
    "log_in_code",
}
SHOWN: Final = [route for route in ROUTES if "GET" in route.methods and route.name not in ELSEWHERE]
# Fragments of a page, for a page that asks again.
PARTS: Final = {
    "run_progress",
    "books_progress",
    "trial_progress",
    "job_progress",
    "job_header",
    "palette",
    "upload_progress",
}
# Where a route asks for something else than a row.
PLACES: Final[dict[str, int | str]] = {"slug": "411", "int": 1}
# What is of no account, nor of the world.
OTHERS: Final[dict[str, type[Model]]] = {"rol": Role, "grp": Group, "txr": Rule}
KEY: Final = re.compile(r"<(\w+):(\w+)>")


def address(route: Route, made: World, who: Viewer) -> str:
    """The route's address, of the last row of its kind."""
    keys = {name: _key(kind, made, who) for kind, name in KEY.findall(route.address)}
    return reverse(f"desk:{route.name}", kwargs=keys)


def _key(kind: str, made: World, who: Viewer) -> int | str:
    if kind == "usr":
        return who.user_id
    if kind == "le":
        return next(iter(made.entities.values())).pk
    if kind in OTHERS:
        return int(OTHERS[kind].objects.values_list("pk", flat=True)[0])
    return PLACES.get(kind) or made.of(kind)[-1].id


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_is_shown_in_either_language_and_asks_little(language):
    made = world.build()
    viewers.install(made)
    who = viewers.viewer(made, 0)
    who.client.cookies["django_language"] = language
    who.client.raise_request_exception = True

    for route in SHOWN:
        with assert_queries_at_most(MORE.get(route.name, MOST), route.name):
            answer = who.client.get(address(route, made, who))
        if answer.headers["Content-Type"].startswith("text/html") and route.name not in PARTS:
            assert f'<html lang="{language}"' in body(answer), route.name
