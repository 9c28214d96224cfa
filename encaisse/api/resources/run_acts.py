"""What is done with billing runs: tried, begun, paused, issued, cancelled, and what they set aside tried again."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    CurrencyGiven,
    CustomerKey,
    CycleKey,
    EntityKey,
    Given,
    InvoiceKey,
    OfferKey,
    RunKey,
    Search,
    Text,
    Told,
    TrialKey,
    TrialRef,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.cycles import Caught
from encaisse.api.resources.runs import WholeRun, whole_run
from encaisse.billing.operations.runs import pause
from encaisse.billing.queries import runs as queries
from encaisse.billing.rules import Manner, Selection
from encaisse.flows import billing_cycle, run_cycle, tasks
from encaisse.flows.try_run import ask_trial

resource = Resource("Acting on runs")


class SelectionGiven(Given):
    """Which active accounts a run bills: those of whom everything said holds."""

    legal_entity_id: EntityKey | None = None
    account_id: AccountKey | None = None
    customer_id: CustomerKey | None = None
    cycle_id: CycleKey | None = None
    offer_id: OfferKey | None = None
    payment_method: Literal["", "transfer", "cheque", "direct_debit", "card"] = ""
    terms_kind: Literal[
        "", "on_receipt", "net_days", "end_of_month", "end_of_month_on_day", "instalments"
    ] = ""
    currency: CurrencyGiven | Literal[""] = ""
    country: Annotated[str, Text(2, 2, "^[A-Z]{2}$")] | Literal[""] = ""

    def selection(self) -> Selection:
        """The same as the flow takes it."""
        return Selection(**self.dict())


class TrialGiven(Given):
    """A run to be tried. What is due before `cutoff_date` is billed, dated `issue_date`."""

    cutoff_date: dt.date
    issue_date: dt.date
    selection: SelectionGiven = SelectionGiven()

    def said(self) -> dict[str, Any]:
        """The arguments of the flows."""
        return {
            "cutoff_date": self.cutoff_date,
            "issue_date": self.issue_date,
            "selection": self.selection.selection(),
        }


class RunGiven(TrialGiven):
    """A run to be, and what becomes of the drafts that validation rules catch, once it is issued."""

    on_suspect: Caught = "quarantine"
    on_reject: Caught = "quarantine"

    def said(self) -> dict[str, Any]:
        """The arguments of the flow."""
        manner = Manner(on_suspect=self.on_suspect, on_reject=self.on_reject)
        return super().said() | {"manner": manner}


class Retry(Given):
    """Which exceptions are tried again: some accounts, those of one reason, or all."""

    reason: Search = ""
    account_ids: list[AccountKey] | None = Field(None, min_length=1, max_length=5_000)


class Cancellation(Given):
    """Whether what would have been billed is dropped for good, or waits for another run."""

    drop_charges: bool = False


class Redo(Given):
    """The date of the invoices of a run over what another one set aside."""

    issue_date: dt.date


class Trial(Told):
    """A dry run: what was asked, then its figures, or the code of why a run would be refused."""

    id: TrialRef
    cutoff_date: dt.date
    issue_date: dt.date
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    figures: dict[str, Any] | None
    refused: dict[str, Any] | None


@resource.post("/runs", WholeRun, "bill")
def create_run(request: ProgramRequest, said: RunGiven) -> Any:
    """Begin a billing run.

    Workers draft its invoices; nothing is issued before somebody says so.
    """
    run_id = billing_cycle.start(request.scope, **said.said())
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return whole_run(request, run_id)


@resource.post("/trials", Trial, "bill", status=202)
def try_run(request: ProgramRequest, said: TrialGiven) -> Any:
    """Try a billing run.

    A worker computes what it would make; nothing stays but the figures.
    """
    trial_id = ask_trial(request.scope, **said.said())
    tasks.try_later(trial_id)
    return queries.trial(request.scope, trial_id)


@resource.get("/trials/{trial_id}", Trial, "bill")
def get_trial(request: ProgramRequest, trial_id: TrialKey) -> Any:
    """Read a dry run.

    Its figures are there once it has ended.
    """
    return queries.trial(request.scope, trial_id)


@resource.post("/trials/{trial_id}/begin", WholeRun, "bill")
def begin_trial(request: ProgramRequest, trial_id: TrialKey) -> Any:
    """Begin as a run what was tried."""
    found = queries.trial(request.scope, trial_id)
    run_id = billing_cycle.start(
        request.scope,
        cutoff_date=found.cutoff_date,
        issue_date=found.issue_date,
        selection=found.selection,
    )
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/retry", WholeRun, "bill", status=202)
def retry_run(request: ProgramRequest, run_id: RunKey, said: Retry) -> Any:
    """Try what a run set aside again."""
    queries.whole_run(request.scope, run_id)
    tasks.retry_later(run_id, actor=request.scope.actor, reason=said.reason, account_ids=said.account_ids)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/exclude/{invoice_id}", WholeRun, "bill", status=200)
def exclude_draft(request: ProgramRequest, run_id: RunKey, invoice_id: InvoiceKey) -> Any:
    """Take one draft out of a run in review.

    Its charges wait for another run.
    """
    billing_cycle.exclude(request.scope, run_id, invoice_id)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/again", WholeRun, "bill")
def run_again(request: ProgramRequest, run_id: RunKey, said: Redo) -> Any:
    """Begin a run over what a complete one set aside."""
    new_id = run_cycle.start_over(request.scope, run_id, issue_date=said.issue_date)
    tasks.draft_run_later(new_id, actor=request.scope.actor)
    return whole_run(request, new_id)


@resource.post("/runs/{run_id}/pause", WholeRun, "bill", status=200)
def pause_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Pause a run.

    Nobody begins another part of it; those in hand are finished.
    """
    queries.whole_run(request.scope, run_id)
    pause(run_id, request.scope.actor)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/resume", WholeRun, "bill", status=202)
def resume_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Resume a run where it stopped."""
    queries.whole_run(request.scope, run_id)
    tasks.resume_run_later(run_id, actor=request.scope.actor)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/issue", WholeRun, "issue", status=202)
def issue_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Issue every approved draft of a run in review.

    Workers number and book them; they are sent as their accounts say.
    """
    queries.whole_run(request.scope, run_id)
    tasks.issue_run_later(run_id, actor=request.scope.actor)
    return whole_run(request, run_id)


@resource.post("/runs/{run_id}/cancel", WholeRun, "bill", status=200)
def cancel_run(request: ProgramRequest, run_id: RunKey, said: Cancellation) -> Any:
    """Cancel a run.

    It ends without an invoice.
    """
    queries.whole_run(request.scope, run_id)
    billing_cycle.cancel(run_id, actor=request.scope.actor, drop=said.drop_charges)
    return whole_run(request, run_id)
