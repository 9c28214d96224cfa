"""The calendar: what begins by itself and when, what became of it the last time, and how to begin it now."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import job_words, states
from encaisse.desk.forms import Form
from encaisse.desk.lists import files
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.desk.selections import named
from encaisse.insight.queries.calendar import Upcoming
from encaisse.insight.queries.calendar import calendar as upcoming
from encaisse.kernel import schedules
from encaisse.kernel.schedules import KIND, ScheduleRow, StartRow
from encaisse.kernel.scope import Scope
from encaisse.ui import words
from encaisse.ui.lists import Column, Empty, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone, Value, Words

HISTORY: Final = 30
STARTS: Final[dict[str, Words]] = {
    "by_hand": gettext_lazy("No: somebody begins it"),
    "draft": gettext_lazy("Yes, to its review"),
    "issue": gettext_lazy("Yes, to the invoices"),
}
WORKS: Final[dict[str, Words]] = {
    "check_books": gettext_lazy("Every entry, every document and every archived file is read again."),
    "follow_deposits": gettext_lazy(
        "Deposits that secure nothing any more are proposed to be given back or drawn on."
    ),
    "check_vat_numbers": gettext_lazy("VAT numbers that are new or old are asked for at the register."),
    "follow_contracts": gettext_lazy("Contracts renew and end as they say."),
    "start_cycles": gettext_lazy("Cycles whose day has come begin, each as far as it says."),
    "tidy": gettext_lazy("Old messages of webhooks and sessions that are over are forgotten."),
}


class TimeForm(Form):
    """When daily work begins."""

    at = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=[(zone, zone) for zone in sorted(available_timezones())]
    )


def calendar(request: ScopedRequest) -> HttpResponse:
    """What begins next, in order."""
    return render(request, "desk/calendar.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    columns = (
        Column("what", _("What begins"), show=_what, link=_page),
        Column("at", _("Next time"), Kind.DATE, show=_when),
        Column("by_itself", _("By itself"), show=_by_itself),
        Column("last", _("Last time"), Kind.DATE, show=_last_at, link=_last_page),
        Column("result", _("Result"), Kind.STATUS, show=_result),
    )
    empty = Empty(_("Nothing begins by itself"), _("Daily work stands here once the product was installed."))
    asked = Listing(columns).asked(address, size)
    return Table(
        columns,
        upcoming(scope),
        name="calendar",
        caption=_("What begins next"),
        empty=empty,
        export_url=files("calendar", asked),
    )


def schedule(request: ScopedRequest, schedule_id: int) -> HttpResponse:
    """One daily work: when it begins, how it went, and what can be done."""
    row = schedules.schedule(request.scope, schedule_id)
    form = TimeForm(request.POST or None, initial={"at": row.at, "timezone": row.timezone})
    if form.sent(lambda **said: schedules.change(request.scope, schedule_id, **said)):
        messages.success(request, _("Saved."))
        return redirect("desk:schedule", schedule_id)
    columns = (
        Column("asked_at", _("Began"), Kind.DATE, link=_job),
        Column("by_hand", _("By"), show=lambda start: _("Somebody") if start.by_hand else _("Itself")),
        Column("ended_at", _("Ended"), Kind.DATE),
        Column("state", _("Result"), Kind.STATUS, show=_start),
    )
    past = schedules.history(request.scope, schedule_id, most=HISTORY)
    empty = Empty(_("It never began yet"), _("Wait for its time, or run it now."))
    shown = {
        "schedule": row,
        "title": _name(row),
        "lead": WORKS.get(row.name, ""),
        "state": _state(row),
        "facts": _facts(row),
        "form": form,
        "table": Table(columns, past, name="history", caption=_("Past times"), empty=empty),
        "crumbs": (Crumb(_("Calendar"), reverse("desk:calendar")), Crumb(_name(row))),
    }
    return render(request, "desk/schedule.html", shown)


def run_schedule(request: ScopedRequest, schedule_id: int) -> HttpResponse:
    """Begin it now, and watch."""
    return redirect("desk:job", schedules.run_now(request.scope, schedule_id))


def pause_schedule(request: ScopedRequest, schedule_id: int) -> HttpResponse:
    """Let it begin by itself no more."""
    schedules.pause(request.scope, schedule_id)
    return redirect("desk:schedule", schedule_id)


def resume_schedule(request: ScopedRequest, schedule_id: int) -> HttpResponse:
    """Let it begin by itself again."""
    schedules.resume(request.scope, schedule_id)
    return redirect("desk:schedule", schedule_id)


def _name(row: ScheduleRow) -> str:
    return str(job_words.work(KIND + row.name).label)


def _what(row: Upcoming) -> Value:
    if row.work:
        return _name(row.work)
    cycle = row.cycle
    return _("Billing cycle: %(name)s") % {"name": named((cycle.name_fr, cycle.name_en))} if cycle else ""


def _page(row: Upcoming) -> str:
    if row.work:
        return reverse("desk:schedule", args=[row.work.id])
    return reverse("desk:cycle", args=[row.cycle.id]) if row.cycle else ""


def _when(row: Upcoming) -> Value:
    if row.work and row.work.is_paused:
        return None
    return row.at.date() if row.is_day_alone else row.at


def _by_itself(row: Upcoming) -> Value:
    if row.work:
        return _("Paused") if row.work.is_paused else _("Yes, every day")
    return STARTS[row.cycle.start] if row.cycle else ""


def _last_at(row: Upcoming) -> Value:
    if row.work:
        return row.work.last.asked_at if row.work.last else None
    return row.last_run.created_at if row.last_run else None


def _last_page(row: Upcoming) -> str:
    if row.work:
        return _job(row.work.last) if row.work.last else ""
    return reverse("desk:run", args=[row.last_run.id]) if row.last_run else ""


def _result(row: Upcoming) -> Value:
    if row.work:
        return _start(row.work.last) if row.work.last else None
    return states.RUNS[row.last_run.state] if row.last_run else None


def _job(start: StartRow) -> str:
    return reverse("desk:job", args=[start.job_id])


def _start(start: StartRow) -> Status:
    return states.JOBS[start.state]


def _state(row: ScheduleRow) -> Status:
    if row.is_paused:
        return Status(_("Paused"), Tone.WARN)
    return _start(row.last) if row.last else Status(_("Waiting"), Tone.DRAFT)


def _facts(row: ScheduleRow) -> tuple[Fact, ...]:
    last: tuple[Any, ...] = ()
    if row.last:
        why = words.reason(row.last.error, row.last.error_facts) if row.last.error else ""
        last = (Fact(_("Last time"), row.last.asked_at, url=_job(row.last), note=why),)
    return (Fact(_("Next time"), None if row.is_paused else row.next_at), *last)


_OF = "calendar/<sch:schedule_id>"
routes = [
    Route(
        "calendar",
        "calendar",
        calendar,
        "configure",
        menu=Menu(Section.SETTINGS, gettext_lazy("Calendar")),
        table=_table,
    ),
    Route(_OF, "schedule", schedule, "configure", FORM),
    Route(f"{_OF}/run", "run_schedule", run_schedule, "configure", BUTTON),
    Route(f"{_OF}/pause", "pause_schedule", pause_schedule, "configure", BUTTON),
    Route(f"{_OF}/resume", "resume_schedule", resume_schedule, "configure", BUTTON),
]
