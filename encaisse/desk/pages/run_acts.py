"""What people do with a run: its exceptions looked at and tried again, pause, resume, issue, cancel."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from encaisse.billing.operations.runs import pause as pause_run
from encaisse.billing.queries import runs as billing
from encaisse.billing.queries.runs import ExceptionRow, RunDetail
from encaisse.desk import states
from encaisse.desk.fields import today
from encaisse.desk.pages.runs import head
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.flows import billing_cycle, run_cycle, tasks
from encaisse.kernel.references import key_of
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing


def exceptions(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The accounts that a run set aside, each with its reason; those chosen are tried again."""
    found = billing.run_detail(request.scope, run_id)
    listing = _exceptions(found)
    asked = listing.asked(request.GET)
    rows, total = billing.exceptions(
        request.scope, run_id, reason=asked.text("reason"), offset=asked.page.offset, limit=asked.page.size
    )
    retries = found.is_whole and found.run.state == "review" and request.scope.may("bill")
    empty = Empty(_("No exception"), _("Every account of this run was billed, or had nothing to bill."))
    shown: dict[str, Any] = {"name": "exceptions", "caption": _("Exceptions"), "empty": empty}
    if retries:
        shown |= {"select": "reference", "form": "retry"}
    table = listing.table(asked, rows, total=total, **shown)
    page = {**head(found, "exceptions"), "table": table, "reason": asked.text("reason")}
    return render(request, "desk/run_exceptions.html", {**page, "may_retry": retries and total > 0})


def retry(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Draft the accounts chosen again, else those of one reason, else every one set aside."""
    billing.whole_run(request.scope, run_id)
    chosen = [key_of("ba", reference) for reference in request.POST.getlist("reference")]
    only_chosen = request.POST.get("do") == "chosen"
    if only_chosen and not chosen:
        messages.warning(request, _("Choose first which accounts to try again."))
        return redirect("desk:run_exceptions", run_id)
    which = {"account_ids": chosen} if only_chosen else {"reason": request.POST.get("reason", "")}
    count = tasks.retry_later(run_id, actor=request.scope.actor, **which)
    text = ngettext("%(n)s account is tried again.", "%(n)s accounts are tried again.", count)
    messages.success(request, text % {"n": formats.number(count)})
    return redirect("desk:run", run_id)


def exclude(request: ScopedRequest, run_id: int, invoice_id: int) -> HttpResponse:
    """Take one draft out of a run in review."""
    billing_cycle.exclude(request.scope, run_id, invoice_id)
    messages.success(request, _("The draft is out of its run; its charges wait for another."))
    return redirect("desk:invoice", invoice_id)


def again(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Begin a run over what a complete one set aside."""
    new_id = run_cycle.start_over(request.scope, run_id, issue_date=today(request.scope))
    tasks.draft_run_later(new_id, actor=request.scope.actor)
    return redirect("desk:run", new_id)


def pause(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Let nobody begin another chunk."""
    billing.whole_run(request.scope, run_id)
    pause_run(run_id, request.scope.actor)
    return redirect("desk:run", run_id)


def resume(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Let workers take up a run where it stopped."""
    billing.whole_run(request.scope, run_id)
    tasks.resume_run_later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def issue(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Let workers issue every approved draft."""
    billing.whole_run(request.scope, run_id)
    tasks.issue_run_later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def cancel(request: ScopedRequest, run_id: int) -> HttpResponse:
    """End a run without an invoice."""
    billing.whole_run(request.scope, run_id)
    billing_cycle.cancel(run_id, actor=request.scope.actor, drop=request.POST.get("charges") == "drop")
    messages.success(request, _("The run is cancelled; nothing was issued."))
    return redirect("desk:run", run_id)


def _account_page(row: ExceptionRow) -> str:
    return reverse("desk:account", args=[row.account_id])


def _customer_page(row: ExceptionRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _exceptions(found: RunDetail) -> Listing:
    reasons = tuple((each.code, states.reason(each.code)) for each in found.reasons)
    return Listing(
        columns=(
            Column("account", _("Billing account"), Kind.CODE, link=_account_page),
            Column("customer", _("Customer"), link=_customer_page),
            Column("reason", _("Reason"), show=lambda row: words.reason(row.reason, row.facts)),
        ),
        filters=(Filter("reason", _("Reason"), reasons),),
    )


routes = [
    Route("runs/<run:run_id>/exceptions", "run_exceptions", exceptions),
    Route("runs/<run:run_id>/retry", "retry_run", retry, "bill", BUTTON),
    Route("runs/<run:run_id>/exclude/<inv:invoice_id>", "exclude_draft", exclude, "bill", BUTTON),
    Route("runs/<run:run_id>/again", "run_again", again, "bill", BUTTON),
    Route("runs/<run:run_id>/pause", "pause_run", pause, "bill", BUTTON),
    Route("runs/<run:run_id>/resume", "resume_run", resume, "bill", BUTTON),
    Route("runs/<run:run_id>/issue", "issue_run", issue, "issue", BUTTON),
    Route("runs/<run:run_id>/cancel", "cancel_run", cancel, "bill", BUTTON),
]
