"""The numbers of a legal entity's documents: where each series stands and what comes next."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.desk import states
from encaisse.desk.entity_tabs import tabs
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.invoice.queries import series as queries
from encaisse.invoice.queries.series import SeriesRow
from encaisse.party import queries as party
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone


def series(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """Every series, and the next number of each kind."""
    entity = party.legal_entity(request.scope, entity_id)
    columns = (
        Column("period", _("Year"), Kind.CODE),
        Column("kind", _("Kind"), show=lambda row: states.INVOICE_KINDS[row.kind]),
        Column("prefix", _("Begins with"), Kind.CODE),
        Column("given", _("Numbers given"), Kind.NUMBER),
        Column("last_number", _("Last number"), Kind.CODE),
        Column("last_issue_date", _("Given on"), Kind.DATE),
        Column("seal", _("Seal of the last"), Kind.CODE),
        Column("is_open", _("State"), Kind.STATUS, show=_state),
    )
    none = Empty(_("No number given yet"), _("The first document issued opens the series of its year."))
    table = Table(
        columns,
        queries.series(request.scope, entity_id),
        name="series",
        caption=_("Series"),
        empty=none,
    )
    coming = [
        Fact(
            states.INVOICE_KINDS[each.kind],
            each.number,
            note=_("next year: %(number)s") % {"number": each.next_year},
        )
        for each in queries.coming(request.scope, entity_id)
    ]
    crumbs = (
        Crumb(_("Legal entities"), reverse("desk:entities")),
        Crumb(entity.identity.name, reverse("desk:entity", args=[entity_id])),
        Crumb(_("Document numbers")),
    )
    told = {"entity": entity, "table": table, "coming": coming, "crumbs": crumbs}
    return render(request, "desk/series.html", told | {"tabs": tabs(entity_id, "series")})


def _state(row: SeriesRow) -> Status:
    return Status(_("Under way"), Tone.ACTIVE) if row.is_open else Status(_("Complete"), Tone.GOOD)


routes = [Route("entities/<le:entity_id>/series", "series", series, "configure")]
