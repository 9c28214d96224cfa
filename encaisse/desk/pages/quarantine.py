"""The quarantine: what rules caught and runs finished without, decided one by one or many at once."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.lists import acting, files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.flows import decide_drafts
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.judgement.queries import quarantine as queries
from encaisse.judgement.queries.quarantine import QuarantinedRow, Wanted
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import judgement_words
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table

VERDICTS: Final = tuple((key, each.label) for key, each in judgement_words.VERDICTS.items())


def quarantine(request: ScopedRequest) -> HttpResponse:
    """What waits, the oldest first."""
    return render(request, "desk/quarantine.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = _listing(scope, address)
    asked = listing.asked(address, size)
    found = queries.quarantined(scope, _wanted(asked), window=_window(asked))
    # A long list is gone through by key, in the order in which documents came in.
    more = found.more and found.total is None and not asked.sort
    shown: dict[str, Any] = {
        "name": "quarantine",
        "caption": _("Quarantine"),
        "empty": Empty(
            _("Nothing in quarantine"),
            _("What rules catch in a run waits here, while the run finishes without it."),
            _("Validation rules"),
            reverse("desk:validation_rules"),
        ),
        "total": found.total,
        "next_after": public_id("inv", found.rows[-1].id) if more else "",
        "export_url": files("quarantine", asked),
    }
    return acting(scope, "quarantine", asked, listing.table(asked, found.rows, **shown))


def _listing(scope: Scope, address: Mapping[str, str]) -> Listing:
    sellers = party.legal_entities(scope)
    filters = [
        Filter("q", _("Customer or account")),
        Filter("verdict", _("Verdict"), VERDICTS),
    ]
    if caught_by := [(public_id("vru", key), name) for key, name in queries.rules_at_work(scope)]:
        filters.append(Filter("rule", _("Rule"), tuple(caught_by)))
    if len(sellers) > 1:
        filters.append(
            Filter(
                "entity", _("Legal entity"), tuple((public_id("le", each.id), each.name) for each in sellers)
            )
        )
    if run := address.get("run"):
        filters.append(Filter("run", _("Billing run"), ((run, _("This run")),)))
    return Listing(
        columns=(
            Column("customer", _("Customer"), link=_page),
            Column("account", _("Billing account"), Kind.CODE, in_files=True),
            Column(
                "verdict", _("Verdict"), Kind.STATUS, show=lambda row: judgement_words.VERDICTS[row.verdict]
            ),
            Column("rules", _("Caught by"), show=lambda row: ", ".join(row.rules)),
            Column("since", _("Since"), Kind.INSTANT, sortable=True),
            Column("net_minor", _("Net"), Kind.MONEY, in_files=True),
            Column("gross_minor", _("Total"), Kind.MONEY, sortable=True),
            Column("run_id", _("Billing run"), show=lambda row: _("Open the run"), link=_run),
        ),
        filters=tuple(filters),
    )


def _window(asked: Asked) -> Any:
    found = window(asked)
    after = key_of("inv", asked.page.after) if asked.page.after else None
    sort = found.sort.replace("gross_minor", "amount")
    return type(found)(sort, found.offset, found.size, after)


def _wanted(asked: Asked) -> Wanted:
    def key(name: str, prefix: str) -> int | None:
        return key_of(prefix, asked.text(name)) if asked.text(name) else None

    return Wanted(
        text=asked.text("q"),
        verdict=asked.text("verdict"),
        entity_id=key("entity", "le"),
        run_id=key("run", "run"),
        rule_id=key("rule", "vru"),
    )


def _page(row: QuarantinedRow) -> str:
    return reverse("desk:invoice", args=[row.id])


def _run(row: QuarantinedRow) -> str:
    return reverse("desk:run", args=[row.run_id])


def approve(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Let a draft that a rule caught be issued with its run."""
    decide_drafts.approve(request.scope, invoice_id)
    messages.success(request, _("It is issued with its run."))
    return redirect("desk:invoice", invoice_id)


def release(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Issue a document out of quarantine, today."""
    decide_drafts.release(request.scope, invoice_id)
    number = invoice_detail(request.scope, invoice_id).row.number
    messages.success(request, _("%(number)s is issued.") % {"number": number})
    return redirect("desk:invoice", invoice_id)


def refuse(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Cancel a document in quarantine; its charges wait for another run, or are dropped."""
    decide_drafts.refuse(request.scope, invoice_id, drop=request.POST.get("charges") == "drop")
    messages.success(request, _("The draft is cancelled."))
    return redirect("desk:quarantine")


routes = [
    Route(
        "quarantine",
        "quarantine",
        quarantine,
        menu=Menu(Section.BILL, gettext_lazy("Quarantine")),
        table=_table,
    ),
    Route("invoices/<inv:invoice_id>/approve", "approve_draft", approve, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/release", "release_invoice", release, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/refuse", "refuse_invoice", refuse, "bill", BUTTON),
]
