"""Jobs: work in the background, how far it is, what became of each item, and the file that came of it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from encaisse.desk import job_words, states
from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.flows import job_files, mass_actions
from encaisse.insight.queries import jobs as queries
from encaisse.insight.queries.jobs import ItemRow, JobRow, Wanted
from encaisse.kernel import jobs as kernel
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Step, Tone, Value


def jobs(request: ScopedRequest) -> HttpResponse:
    """Every job that may be seen, newest first."""
    return render(request, "desk/jobs.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = _listing()
    asked = listing.asked(address, size)
    wanted = Wanted(asked.text("state"), asked.text("kind"), asked.text("whose") == "mine")
    found = queries.jobs(scope, wanted, window=window(asked))
    shown = {"name": "jobs", "caption": _("Jobs"), "empty": _empty(), "export_url": files("jobs", asked)}
    return listing.table(asked, found.rows, total=found.total, **shown)


def job(request: ScopedRequest, job_id: int) -> HttpResponse:
    """One job: how far it is, what came of it, and what became of each of its items."""
    found = queries.job(request.scope, job_id)
    again = queries.retryable(request.scope, job_id) if not found.is_under_way else 0
    shown = {
        "job": found,
        "title": job_words.title(found),
        "state": states.JOBS[found.state],
        "why": words.reason(found.error, found.error_facts) if found.error else "",
        "again": again,
        "result": _result(found),
        "carried_out": job_words.work(found.kind).carried_out if found.state == "done" and found.done else "",
        "in_all": " + ".join(formats.money(*each[::-1]) for each in queries.amounts(request.scope, job_id)),
        "facts": _facts(found),
        "figures": _figures(found),
        "items": _items(request.scope, request.GET, found),
        "crumbs": (Crumb(_("Jobs"), reverse("desk:jobs")), Crumb(job_words.title(found))),
        **progress_of(found),
    }
    return render(request, "desk/job.html", shown)


def progress(request: ScopedRequest, job_id: int) -> HttpResponse:
    """How far a job is, asked again and again; once it has ended, the page itself again."""
    found = queries.job(request.scope, job_id)
    if not found.is_under_way:
        return HttpResponseClientRefresh()
    return render(request, "desk/job_progress.html", progress_of(found))


def header(request: ScopedRequest, job_id: int) -> HttpResponse:
    """The same in the header of whatever page is being read."""
    running = job_words.running(queries.job(request.scope, job_id))
    return render(request, "ui/running.html", {"running": running})


def stop(request: ScopedRequest, job_id: int) -> HttpResponse:
    """Begin no further item."""
    kernel.stop(request.scope, job_id)
    messages.success(request, _("The job was stopped. What is done stays done."))
    return redirect("desk:job", job_id)


def again(request: ScopedRequest, job_id: int) -> HttpResponse:
    """Try again what was refused, in a job of its own."""
    return redirect("desk:job", kernel.again(request.scope, job_id))


def carry_out(request: ScopedRequest, job_id: int) -> HttpResponse:
    """Do what was rehearsed to the rows for which it passed."""
    return redirect("desk:job", mass_actions.carry_out(request.scope, job_id))


def file(request: ScopedRequest, job_id: int) -> FileResponse:
    """The file that came of a job."""
    found = job_files.file_of(queries.job(request.scope, job_id))
    answer = FileResponse(found.content, as_attachment=True, filename=found.name)
    answer["Content-Length"] = str(found.size_bytes)
    return answer


def _listing() -> Listing:
    kinds = tuple((kind, work.label) for kind, work in job_words.KINDS.items())
    return Listing(
        columns=(
            Column("kind", _("Job"), show=job_words.title, link=_page),
            Column("state", _("State"), Kind.STATUS, show=lambda row: states.JOBS[row.state]),
            Column("done", _("Done"), Kind.NUMBER),
            Column("refused", _("Refused"), Kind.NUMBER),
            Column("total", _("Of"), Kind.NUMBER),
            Column("actor", _("By")),
            Column("asked_at", _("Asked for"), Kind.INSTANT, sortable=True),
            Column("ended_at", _("Ended"), Kind.INSTANT),
        ),
        filters=(
            Filter("whose", _("Whose"), (("mine", _("Mine")),)),
            Filter("state", _("State"), tuple((name, each.label) for name, each in states.JOBS.items())),
            *((Filter("kind", _("Job"), kinds),) if kinds else ()),
        ),
        sort=Sort("asked_at", descending=True),
    )


def _page(row: JobRow) -> str:
    return reverse("desk:job", args=[row.id])


def progress_of(found: JobRow) -> dict[str, Any]:
    """The steps of a job, and what a page asks again while it is under way."""
    tone = states.JOBS[found.state].tone
    note = "" if found.total or not found.is_under_way else _("Its size is not known yet.")
    poll = reverse("desk:job_progress", args=[found.id]) if found.is_under_way else ""
    step = Step(job_words.work(found.kind).label, tone, found.over, found.total, note)
    return {"steps": (step,), "poll": poll}


def _facts(found: JobRow) -> tuple[Fact, ...]:
    return (
        Fact(_("By"), found.actor),
        Fact(_("Asked for"), found.asked_at),
        Fact(_("Begun"), found.started_at),
        Fact(_("Ended"), found.ended_at),
        Fact(_("File"), str(found.answer.get("file_name", "")) or None),
    )


def _result(found: JobRow) -> str:
    """The page of what came of it, once it is done."""
    leads_to = job_words.work(found.kind).leads_to
    return leads_to(found) if leads_to and found.state == "done" else ""


def _figures(found: JobRow) -> tuple[Figure, ...]:
    if not job_words.work(found.kind).noun:
        return ()
    here = reverse("desk:job", args=[found.id])
    failing = Tone.WARN if found.refused else Tone.DRAFT
    return (
        Figure(_("Items"), found.total, here),
        Figure(_("Done"), found.done, f"{here}?state=done"),
        Figure(
            _("Refused"),
            found.refused,
            f"{here}?state=refused",
            _("with their reasons") if found.refused else "",
            failing,
        ),
    )


def _outcomes(scope: Scope, address: Mapping[str, str], size: int = 0, *, job_id: int) -> Table:
    return _items(scope, address, queries.job(scope, job_id), size)


def _items(scope: Scope, address: Mapping[str, str], found: JobRow, size: int = 0) -> Table:
    noun = job_words.work(found.kind).noun
    outcomes = tuple((name, each.label) for name, each in states.JOB_ITEMS.items())
    rehearsed = bool(job_words.work(found.kind).carried_out)
    listing = Listing(_item_columns(noun, rehearsed=rehearsed), (Filter("state", _("Outcome"), outcomes),))
    asked = listing.asked(address, size)
    state, rows = asked.text("state"), window(asked)
    each = queries.items(scope, found.id, noun=noun, state=state, window=rows)
    shown = {"name": "items", "caption": _("Items"), "export_url": files("job", asked, found.id)}
    return listing.table(asked, each.rows, total=each.total, **shown)


def _details(row: ItemRow) -> str:
    return words.reason(row.code, job_words.told(row.facts)) if row.code else job_words.outcome(row.facts)


def _item_columns(noun: str, *, rehearsed: bool) -> tuple[Column, ...]:
    def state(row: ItemRow) -> Value:
        return states.REHEARSED if rehearsed and row.state == "done" else states.JOB_ITEMS[row.state]

    def name(row: ItemRow) -> Value:
        return row.name if row.is_seen or not noun else _("Not yours to see any more")

    def link(row: ItemRow) -> str:
        return reverse(job_words.PAGES[noun], args=[row.row_id]) if noun and row.is_seen else ""

    return (
        Column("name", _("Item"), show=name, link=link),
        Column("state", _("Outcome"), Kind.STATUS, show=state),
        Column(
            "code",
            _("Details"),
            show=_details,
        ),
    )


def _empty() -> Empty:
    return Empty(
        _("No job yet"),
        _(
            "What takes longer than a moment, such as a large export, goes on here while you do something else."
        ),
    )


routes = [
    Route("jobs", "jobs", jobs, table=_table),
    Route("jobs/<job:job_id>", "job", job, table=_outcomes),
    Route("jobs/<job:job_id>/progress", "job_progress", progress),
    Route("jobs/<job:job_id>/header", "job_header", header),
    Route("jobs/<job:job_id>/stop", "stop_job", stop, methods=BUTTON),
    Route("jobs/<job:job_id>/again", "job_again", again, methods=BUTTON),
    Route("jobs/<job:job_id>/carry-out", "carry_out_job", carry_out, methods=BUTTON),
    Route("jobs/<job:job_id>/file", "job_file", file),
]
